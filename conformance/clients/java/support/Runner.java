import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Request;
import org.junit.runner.manipulation.Filter;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/**
 * Runs classes of JUnit 4 one after the other and writes a line for each test: outcome, class, method.
 * A class that takes too long is left behind, and the test that it was at has failed.
 * Arguments: the report's file, seconds for each class, then CLASS, CLASS#METHOD,METHOD for these methods
 * alone or CLASS!METHOD,METHOD for all others.
 */
public final class Runner extends RunListener {
  private final PrintStream report;
  private final Map<Description, String> outcomes = new ConcurrentHashMap<>();
  private volatile Description running;

  private Runner(PrintStream report) {
    this.report = report;
  }

  private void write(Description test, String outcome) {
    report.printf("%s %s %s%n", outcome, test.getClassName(), test.getMethodName());
    report.flush();
  }

  @Override
  public void testStarted(Description test) {
    running = test;
    outcomes.put(test, "passed");
    System.out.println("> " + test.getDisplayName());
  }

  @Override
  public void testFailure(Failure failure) {
    System.out.println(failure.getTrace());
    Description test = failure.getDescription();
    // What fails outside a test has no method: setting up a class, for one.
    if (outcomes.replace(test, "failed") == null) write(test, "failed");
  }

  @Override
  public void testAssumptionFailure(Failure failure) {
    if (outcomes.replace(failure.getDescription(), "skipped") == null) {
      write(failure.getDescription(), "skipped");
    }
  }

  @Override
  public void testIgnored(Description test) {
    write(test, "skipped");
  }

  @Override
  public void testFinished(Description test) {
    running = null;
    write(test, outcomes.remove(test));
  }

  private static Request request(String entry) throws ClassNotFoundException {
    String[] parts = entry.split("[#!]");
    Request all = Request.aClass(Class.forName(parts[0]));
    if (parts.length == 1) return all;
    boolean wanted = entry.contains("#");
    List<String> methods = Arrays.asList(parts[1].split(","));
    return all.filterWith(
        new Filter() {
          @Override
          public boolean shouldRun(Description test) {
            return test.isSuite() || methods.contains(test.getMethodName()) == wanted;
          }

          @Override
          public String describe() {
            return entry;
          }
        });
  }

  private static void run(PrintStream report, String entry, long seconds) throws Exception {
    Runner listener = new Runner(report);
    JUnitCore core = new JUnitCore();
    core.addListener(listener);
    Request request = request(entry);
    FutureTask<?> task = new FutureTask<>(() -> core.run(request));
    Thread thread = new Thread(task, entry);
    thread.setDaemon(true);
    thread.start();
    try {
      task.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException tooLong) {
      for (StackTraceElement each : thread.getStackTrace()) System.out.println("  at " + each);
      Description test = listener.running;
      if (test != null) listener.write(test, "failed");
      thread.interrupt();
    } catch (ExecutionException failed) {
      failed.printStackTrace(System.out);
    }
  }

  public static void main(String[] arguments) throws Exception {
    try (PrintStream report = new PrintStream(arguments[0], "UTF-8")) {
      long seconds = Long.parseLong(arguments[1]);
      for (int i = 2; i < arguments.length; i++) {
        long began = System.nanoTime();
        run(report, arguments[i], seconds);
        long spent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        System.out.printf("= %s: %d ms%n", arguments[i], spent);
      }
    }
    // Threads of clients that a test left behind would keep the machine up.
    Runtime.getRuntime().halt(0);
  }
}
