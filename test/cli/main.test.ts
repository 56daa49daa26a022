import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import { afterEach, describe, expect, it } from 'vitest';

type Command = ChildProcessByStdio<null, Readable, Readable>;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly complaint: string;
}

const root = new URL('../../', import.meta.url);
const manifest: { version: string } = JSON.parse(
  readFileSync(new URL('package.json', root), 'utf8'),
);
const running = new Set<Command>();

afterEach(() => {
  for (const command of running) command.kill('SIGKILL');
});

function leveret(args: readonly string[], environment: Record<string, string> = {}): Command {
  const command = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
    cwd: fileURLToPath(root),
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(command);
  command.on('exit', () => running.delete(command));
  return command;
}

async function end(command: Command): Promise<Ended> {
  let out = '';
  let complaint = '';
  command.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  command.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const [code] = await once(command, 'close');
  return { code, out, complaint };
}

/** The port of a server that has said that it is up. */
async function started(command: Command): Promise<number> {
  let log = '';
  for await (const chunk of command.stdout.iterator({ destroyOnReturn: false })) {
    log += String(chunk);
    const line = log.split('\n').find((each) => each.includes('"Server startup complete"'));
    if (line !== undefined) return JSON.parse(line).port;
  }
  throw new Error(`the server ended: ${log}`);
}

describe('the command leveret', () => {
  it('says its version', async () => {
    expect(await end(leveret(['--version']))).toEqual({
      code: 0,
      out: `${manifest.version}\n`,
      complaint: '',
    });
  });

  it('answers a command line that makes no sense with one line and status 64', async () => {
    expect(await end(leveret(['start', '--prot', '5673']))).toEqual({
      code: 64,
      out: '',
      complaint: "leveret: unknown flag '--prot'; did you mean '--port'?\n",
    });
  });

  it('answers a configuration that makes no sense with one line and status 1', async () => {
    expect(await end(leveret(['start'], { RABBITMQ_NODE_PORT: 'amqp' }))).toEqual({
      code: 1,
      out: '',
      complaint:
        "leveret: RABBITMQ_NODE_PORT: must be a whole number from 0 to 65535, not 'amqp'\n",
    });
  });

  it('answers a port that is in use with one line and status 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const ended = await end(leveret(['start', '--host', '127.0.0.1', '--port', port]));
    other.close();
    expect(ended.code).toBe(1);
    expect(ended.complaint).toBe(
      `leveret: cannot listen on 127.0.0.1 port ${port}: it is in use\n`,
    );
  });

  it('serves the user that the variables name, from start to signal', async () => {
    const command = leveret(['start', '--port', '0', '--host', '127.0.0.1'], {
      RABBITMQ_DEFAULT_USER: 'ada',
      RABBITMQ_DEFAULT_PASS: 'engine',
      RABBITMQ_DEFAULT_VHOST: 'works',
    });
    const port = await started(command);
    const connection = await connect(`amqp://ada:engine@127.0.0.1:${port}/works`);
    await expect(connect(`amqp://guest:guest@127.0.0.1:${port}/works`)).rejects.toThrow('403');
    const closed = once(connection, 'close');
    const ended = end(command);
    command.kill('SIGTERM');
    expect(String(await closed)).toContain('320');
    expect(await ended).toMatchObject({ code: 0, complaint: '' });
  });

  it('stops cleanly on SIGINT too', async () => {
    const command = leveret(['start', '--port', '0']);
    await started(command);
    const ended = end(command);
    command.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, out: expect.stringContaining('"Stopped"') });
  });
});
