import com.rabbitmq.perf.PerfTest;
import com.rabbitmq.perf.ShutdownService;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs PerfTest several times in one process.
 * Arguments: seconds for each run, a folder, and a file with a line for each run: a name and PerfTest's
 * arguments, with tabs between them. What a run printed goes to a file of its name in the folder, after
 * a line with its exit status, which is -1 when it was not done in time.
 */
public final class Modes {
  private static final int LATE = -1;

  /** Ends a run where a process would end. */
  private static final class Exited extends Error {
    private Exited() {
      super("exit", null, false, false);
    }
  }

  private static void run(String[] arguments, AtomicInteger status, PrintStream console) {
    PerfTest.PerfTestOptions options =
        new PerfTest.PerfTestOptions()
            .setConsoleOut(console)
            .setConsoleErr(console)
            .setShutdownService(new ShutdownService())
            .setArgumentLookup(name -> null)
            .setSystemExiter(
                code -> {
                  status.compareAndSet(LATE, code);
                  throw new Exited();
                });
    try {
      PerfTest.main(arguments, options);
      status.compareAndSet(LATE, 0);
    } catch (Exited exited) {
      // Its status is known.
    } catch (Throwable failure) {
      failure.printStackTrace(console);
      status.compareAndSet(LATE, 1);
    }
  }

  private static void runMode(String line, Path folder, long seconds) throws Exception {
    String[] fields = line.split("\t");
    String[] arguments = Arrays.copyOfRange(fields, 1, fields.length);
    AtomicInteger status = new AtomicInteger(LATE);
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    PrintStream console = new PrintStream(output, true, "UTF-8");
    Thread thread = new Thread(() -> run(arguments, status, console), fields[0]);
    thread.setDaemon(true);
    thread.start();
    thread.join(seconds * 1000);
    console.flush();
    byte[] first = (status.get() + "\n").getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.write(first);
    whole.write(output.toByteArray());
    Files.write(folder.resolve(fields[0] + ".txt"), whole.toByteArray());
    thread.interrupt();
  }

  public static void main(String[] arguments) throws Exception {
    long seconds = Long.parseLong(arguments[0]);
    for (String line : Files.readAllLines(Path.of(arguments[2]))) {
      if (!line.isEmpty()) runMode(line, Path.of(arguments[1]), seconds);
    }
    // Threads that a run left behind would keep the machine up.
    Runtime.getRuntime().halt(0);
  }
}
