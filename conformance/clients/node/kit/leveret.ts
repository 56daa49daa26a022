import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A TCP port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** A Leveret of its own process, from the sources. */
export class Leveret {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.url = `amqp://guest:guest@127.0.0.1:${port}`;
  }

  /** @throws Error when it does not listen within a minute */
  static async start(root: string, flags: readonly string[]): Promise<Leveret> {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        'src/cli/main.ts',
        'start',
        '--port',
        String(port),
        '--data-dir',
        'none',
        '--management-port',
        'none',
        '--prometheus-port',
        'none',
        ...flags,
      ],
      {
        cwd: root,
        env: { ...process.env, HOME: mkdtempSync(join(tmpdir(), 'leveret-')) },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const end = Date.now() + 60_000;
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`Leveret ended with ${child.exitCode}`);
      if (Date.now() > end) {
        child.kill();
        throw new Error('Leveret does not listen');
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    return new Leveret(child, port);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    const ended = new Promise((resolve) => {
      this.#process.once('exit', resolve);
    });
    this.#process.kill();
    await ended;
  }
}
