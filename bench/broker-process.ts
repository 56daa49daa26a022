/** A broker that the bench starts, stops, kills and starts again on the same data directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GcTrace } from './gc-trace.ts';
import { type Address, parseAddress } from './generator/address.ts';
import { RawConnection, SMALL } from './generator/connection.ts';
import type { Launch } from './launch.ts';
import type { MemoryCage } from './memory-cage.ts';
import { type Host, sleep, type Target } from './result.ts';

const START_PATIENCE_MS = 180_000;
const STOP_PATIENCE_MS = 60_000;
const RETRY_SECONDS = 0.01;
/** Once it has started, the broker may still be writing its first files or compiling. */
const SETTLE_SECONDS = 0.5;

interface Ports {
  readonly port: number;
  readonly managementPort: number | undefined;
}

export class BrokerProcess implements Target, Host {
  readonly name: string;
  readonly address: Address;
  readonly managementPort: number | undefined;
  readonly gc: GcTrace | undefined;
  readonly dataDir: string;
  readonly cage: MemoryCage | undefined;
  readonly #launch: Launch;
  readonly #kill = (): void => {
    this.#child?.kill('SIGKILL');
  };
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  private constructor(
    launch: Launch,
    { port, managementPort }: Ports,
    dataDir: string,
    cage: MemoryCage | undefined,
  ) {
    this.#launch = launch;
    this.managementPort = managementPort;
    this.name = launch.name;
    this.address = parseAddress(`amqp://127.0.0.1:${port}`);
    this.gc = launch.tracesGc ? new GcTrace() : undefined;
    this.dataDir = dataDir;
    this.cage = cage;
    // However the bench ends, the broker ends with it.
    process.once('exit', this.#kill);
  }

  /** With a data directory of its own, made in `folder`. */
  static async create(
    launch: Launch,
    folder: string,
    cage: MemoryCage | undefined,
  ): Promise<BrokerProcess> {
    const dataDir = mkdtempSync(join(folder, 'leveret-bench-'));
    const port = await freePort();
    const managementPort = launch.manages ? await freePort() : undefined;
    const broker = new BrokerProcess(launch, { port, managementPort }, dataDir, cage);
    try {
      await broker.start();
    } catch (error) {
      await broker.discard();
      throw error;
    }
    await sleep(SETTLE_SECONDS);
    return broker;
  }

  get host(): Host {
    return this;
  }

  get pids(): readonly number[] {
    const pid = this.#child?.pid;
    if (pid === undefined || !this.running) throw new Error('the broker is not running');
    return [pid];
  }

  get running(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  async start(): Promise<number> {
    const startMs = performance.now();
    const { command, args } = this.#launch.command(
      this.address.port,
      this.dataDir,
      this.managementPort,
    );
    const enter = this.cage === undefined ? '' : `${this.cage.enterCommand} && `;
    // The shell becomes the broker, so that its process id is the broker's.
    const child = spawn('/bin/sh', ['-c', `${enter}exec ${command}`, command, ...args], {
      stdio: ['ignore', this.gc === undefined ? 'ignore' : 'pipe', 'inherit'],
      // Nothing of the bench's own loader may reach the broker.
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (this.gc?.take(line) !== true) process.stderr.write(`${this.name}: ${line}\n`);
      });
    }
    await this.#accepting();
    return (performance.now() - startMs) / 1e3;
  }

  async stop(): Promise<number> {
    if (!this.running) throw new Error('the broker has ended by itself');
    const startMs = performance.now();
    this.#child?.kill('SIGTERM');
    const patience = setTimeout(this.#kill, STOP_PATIENCE_MS);
    await this.#exited;
    clearTimeout(patience);
    const { exitCode, signalCode } = this.#child ?? {};
    if (signalCode === 'SIGKILL') {
      throw new Error(`the broker did not end within ${STOP_PATIENCE_MS / 1e3} s of SIGTERM`);
    }
    if (exitCode !== 0) process.stderr.write(`${this.name} ended with ${exitCode ?? signalCode}\n`);
    return (performance.now() - startMs) / 1e3;
  }

  async kill(): Promise<void> {
    this.#kill();
    if (this.running) await this.#exited;
  }

  /** Ends it, if it has not ended yet, and removes all it wrote. */
  async discard(): Promise<void> {
    // In order, if it can: a profiler writes what it has seen then.
    if (this.running) await this.stop().catch(() => {});
    process.off('exit', this.#kill);
    rmSync(this.dataDir, { recursive: true, force: true });
    this.cage?.remove();
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
          throw new Error('the broker does not accept a login', { cause: error });
        }
      }
      await sleep(RETRY_SECONDS);
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
