import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_PATIENCE_MS = 60_000;
const STOP_PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 10;
const LOG_LINES_SHOWN = 20;

/** Lines of its configuration file. */
export type Settings = readonly string[];

/** The broker under test. */
export interface CrashBroker {
  readonly url: string;
  /** It can be ended and started anew; otherwise only the connections to it are cut. */
  readonly canDie: boolean;
  /** Resolves when it accepts connections. @returns the milliseconds that it took */
  start(settings: Settings): Promise<number>;
  /** Starts it and kills it after `afterMs`, ready or not. */
  startAndKill(settings: Settings, afterMs: number): Promise<void>;
  kill(): Promise<void>;
  /** SIGTERM. @throws Error when it does not end well and in time */
  stop(): Promise<void>;
  /** SIGTERM, and SIGKILL after `afterMs`. */
  stopAndKill(afterMs: number): Promise<void>;
  /** The end of what it has logged. */
  lastWords(): string;
}

/** A broker that is there and stays. */
export class StandingBroker implements CrashBroker {
  readonly canDie = false;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async start(): Promise<number> {
    return 0;
  }

  async startAndKill(): Promise<void> {
    throw new Error('this broker cannot be killed');
  }

  async kill(): Promise<void> {}

  async stop(): Promise<void> {}

  async stopAndKill(): Promise<void> {}

  lastWords(): string {
    return '';
  }
}

/** Leveret in a process of its own, always on the same port and data directory. */
export class LeveretProcess implements CrashBroker {
  readonly canDie = true;
  readonly url: string;
  readonly #command: readonly string[];
  readonly #dataDir: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  /**
   * @param command what runs `leveret`, as arguments of node
   * @param dataDir beside it are DIR.log, its log, DIR.conf, its configuration, and DIR.before, the
   *   directory as the last start found it
   */
  constructor(command: readonly string[], dataDir: string, port: number) {
    this.#command = command;
    this.#dataDir = dataDir;
    this.#port = port;
    // However the test ends, the broker ends with it.
    process.once('exit', () => this.#child?.kill('SIGKILL'));
    this.url = `amqp://guest:guest@127.0.0.1:${port}/?heartbeat=0`;
  }

  async start(settings: Settings): Promise<number> {
    const began = performance.now();
    const logged = this.#spawn(settings);
    for (;;) {
      if (this.#log().slice(logged).includes('"Server startup complete"')) break;
      if (this.#child === undefined) throw new Error('the broker did not start');
      const tookMs = performance.now() - began;
      if (tookMs > START_PATIENCE_MS) throw new Error('the start takes too long');
      await sleep(LOOK_EVERY_MS);
    }
    return Math.round(performance.now() - began);
  }

  async startAndKill(settings: Settings, afterMs: number): Promise<void> {
    this.#spawn(settings);
    await sleep(afterMs);
    await this.kill();
  }

  async kill(): Promise<void> {
    if (this.#child === undefined) throw new Error('the broker has ended by itself');
    await this.#end('SIGKILL', this.#child);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) throw new Error('the broker has ended by itself');
    const began = performance.now();
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await this.#end('SIGTERM', child);
    clearTimeout(timer);
    if (child.exitCode === 0) return;
    const took = Math.round(performance.now() - began);
    throw new Error(`SIGTERM: ${child.signalCode ?? `status ${child.exitCode}`} after ${took} ms`);
  }

  async stopAndKill(afterMs: number): Promise<void> {
    this.#child?.kill('SIGTERM');
    await sleep(afterMs);
    // It may have been faster.
    if (this.#child !== undefined) await this.kill();
  }

  lastWords(): string {
    return this.#log().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
  }

  /** @returns how much the log held before */
  #spawn(settings: Settings): number {
    const logged = this.#log().length;
    const config = `${this.#dataDir}.conf`;
    writeFileSync(config, settings.map((line) => `${line}\n`).join(''));
    rmSync(`${this.#dataDir}.before`, { recursive: true, force: true });
    if (existsSync(this.#dataDir)) {
      cpSync(this.#dataDir, `${this.#dataDir}.before`, {
        recursive: true,
        filter: (path) => !lstatSync(path).isSocket(),
      });
    }
    const log = openSync(`${this.#dataDir}.log`, 'a');
    const child = spawn(
      process.execPath,
      [
        ...this.#command,
        'start',
        ...['--config', config, '--data-dir', this.#dataDir],
        ...['--host', '127.0.0.1', '--port', String(this.#port)],
        ...['--management-port', 'none', '--prometheus-port', 'none'],
      ],
      // Nothing of the test's own loader may reach the broker.
      { cwd: ROOT, stdio: ['ignore', log, log], env: { PATH: process.env['PATH'] } },
    );
    closeSync(log);
    this.#child = child;
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    return logged;
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM', child: ChildProcess): Promise<void> {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await ended;
  }

  #log(): string {
    const path = `${this.#dataDir}.log`;
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      if (address === null || typeof address === 'string') throw new Error('no port was given');
      probe.close(() => resolve(address.port));
    });
  });
}
