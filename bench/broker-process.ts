/** Leveret in a process of its own, from dist, which is built first when it is older than the sources. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { GcTrace } from './gc-trace.ts';
import { type Address, parseAddress } from './generator/address.ts';
import { RawConnection, SMALL } from './generator/connection.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = join(ROOT, 'dist/cli/main.js');
const START_PATIENCE_MS = 15_000;
const STOP_PATIENCE_MS = 10_000;
const RETRY_MS = 50;
/** Once it has started, the broker may still be writing its first files or compiling. */
const SETTLE_MS = 500;

export function buildIfStale(): void {
  if (existsSync(ENTRY) && newestMs(join(ROOT, 'src')) <= statSync(ENTRY).mtimeMs) return;
  process.stderr.write('building dist\n');
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
}

function newestMs(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile())
      newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return newest;
}

export interface BrokerOptions {
  /** Arguments for node, before the script. */
  readonly nodeArgs: readonly string[];
  /** Arguments for `leveret start`, behind the bench's own. */
  readonly startArgs: readonly string[];
}

export class BrokerProcess {
  readonly address: Address;
  readonly pid: number;
  readonly gc = new GcTrace();
  readonly #child: ChildProcess;
  readonly #dataDir: string;
  readonly #exited: Promise<void>;
  readonly #kill = (): void => {
    this.#child.kill('SIGKILL');
  };

  private constructor(child: ChildProcess, pid: number, port: number, dataDir: string) {
    this.#child = child;
    this.pid = pid;
    this.address = parseAddress(`amqp://127.0.0.1:${port}`);
    this.#dataDir = dataDir;
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
    // However the bench ends, the broker ends with it.
    process.once('exit', this.#kill);
    if (child.stdout === null) throw new Error('the broker has no stdout');
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!this.gc.take(line)) process.stderr.write(`leveret: ${line}\n`);
    });
  }

  static async start(options: BrokerOptions): Promise<BrokerProcess> {
    const port = await freePort();
    const dataDir = mkdtempSync(join(tmpdir(), 'leveret-bench-'));
    const child = spawn(
      process.execPath,
      [
        ...options.nodeArgs,
        '--trace-gc',
        ENTRY,
        'start',
        ...['--port', String(port), '--log-level', 'warn', '--data-dir', dataDir],
        ...options.startArgs,
      ],
      // Nothing of the bench's own loader may reach the broker.
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
    );
    if (child.pid === undefined) throw new Error('the broker could not be started');
    const broker = new BrokerProcess(child, child.pid, port, dataDir);
    await broker.#accepting();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return broker;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const patience = setTimeout(this.#kill, STOP_PATIENCE_MS);
    if (this.running) await this.#exited;
    clearTimeout(patience);
    process.off('exit', this.#kill);
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  async #accepting(): Promise<void> {
    const deadline = performance.now() + START_PATIENCE_MS;
    for (;;) {
      try {
        const connection = await RawConnection.open(this.address, SMALL);
        await connection.close();
        return;
      } catch (error) {
        if (!this.running) throw new Error('the broker ended before it accepted a login');
        if (performance.now() > deadline) {
          await this.stop();
          throw new Error('the broker does not accept a login', { cause: error });
        }
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      if (address === null || typeof address === 'string') throw new Error('no port was given');
      probe.close(() => resolve(address.port));
    });
  });
}
