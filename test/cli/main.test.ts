import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

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
// Many of them run at a time.
const beside = { LEVERET_MANAGEMENT_PORT: 'none', LEVERET_PROMETHEUS_PORT: 'none' };
const folders = mkdtempSync(join(tmpdir(), 'leveret-cli-'));
let folderCount = 0;

afterEach(async () => {
  await Promise.all(
    [...running].map((command) => {
      command.kill('SIGKILL');
      return once(command, 'exit');
    }),
  );
});
afterAll(() => rmSync(folders, { recursive: true, force: true }));

function newFolder(): string {
  folderCount += 1;
  return join(folders, String(folderCount));
}

function leveret(args: readonly string[], environment: Record<string, string> = {}): Command {
  const command = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
    cwd: fileURLToPath(root),
    env: { PATH: process.env['PATH'], ...beside, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(command);
  command.on('exit', () => running.delete(command));
  return command;
}

const inMemory = ['--data-dir', 'none'];

/** A server on this folder: its port, and the fields of its log line about it. */
function onFolder(folder: string): Command {
  return leveret(['start', '--port', '0', '--host', '127.0.0.1', '--data-dir', folder]);
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

/** The port in the line of a server that says that it is up, or so. */
async function started(command: Command, said = 'Server startup complete'): Promise<number> {
  let log = '';
  for await (const chunk of command.stdout.iterator({ destroyOnReturn: false })) {
    log += String(chunk);
    const line = log.split('\n').find((each) => each.includes(`"${said}"`));
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
    const args = ['start', '--host', '127.0.0.1', '--port', port, '--data-dir', 'none'];
    const ended = await end(leveret(args));
    other.close();
    expect(ended.code).toBe(1);
    expect(ended.complaint).toBe(
      `leveret: cannot listen on 127.0.0.1 port ${port}: it is in use\n`,
    );
  });

  it('serves the user that the variables name, from start to signal', async () => {
    const command = leveret(['start', '--port', '0', '--host', '127.0.0.1', ...inMemory], {
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

  it('operates a server that runs, beside which it needs to be told nothing', async () => {
    const environment = {
      LEVERET_MANAGEMENT_PORT: '0',
      RABBITMQ_DEFAULT_USER: 'ada',
      RABBITMQ_DEFAULT_PASS: 'engine',
    };
    const server = leveret(
      ['start', '--port', '0', '--host', '127.0.0.1', ...inMemory],
      environment,
    );
    const port = await started(server, 'Listening for HTTP');
    const beside = { ...environment, LEVERET_MANAGEMENT_PORT: String(port) };
    expect(await end(leveret(['-q', 'list_users'], beside))).toEqual({
      code: 0,
      out: 'user\ttags\nada\t[administrator]\n',
      complaint: '',
    });
    expect(await end(leveret(['-q', 'delete_user', 'nobody'], beside))).toEqual({
      code: 67,
      out: '',
      complaint: 'Error:\nUser "nobody" does not exist\n',
    });
  });

  it('stops cleanly on SIGINT too', async () => {
    const command = leveret(['start', '--port', '0', ...inMemory]);
    await started(command);
    const ended = end(command);
    command.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, out: expect.stringContaining('"Stopped"') });
  });
});

describe('the data directory of a server', () => {
  async function publish(port: number, count: number): Promise<void> {
    const connection = await connect(`amqp://guest:guest@127.0.0.1:${port}`);
    connection.on('error', () => {});
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('kept', { durable: true });
    for (let i = 0; i < count; i++) {
      channel.sendToQueue('kept', Buffer.from(`message ${i}`), { persistent: true });
    }
    await channel.waitForConfirms();
  }

  async function contents(port: number): Promise<string[]> {
    const connection = await connect(`amqp://guest:guest@127.0.0.1:${port}`);
    const channel = await connection.createChannel();
    const texts: string[] = [];
    for (let next = await channel.get('kept'); next; next = await channel.get('kept')) {
      texts.push(next.content.toString());
    }
    await connection.close();
    return texts;
  }

  const expected = Array.from({ length: 100 }, (_, i) => `message ${i}`);

  it.each(['SIGTERM', 'SIGKILL'] as const)('keeps what was confirmed over %s', async (signal) => {
    const folder = newFolder();
    const first = onFolder(folder);
    await publish(await started(first), expected.length);
    const ended = end(first);
    first.kill(signal);
    expect(await ended).toMatchObject({ code: signal === 'SIGTERM' ? 0 : null, complaint: '' });
    const second = onFolder(folder);
    expect(await contents(await started(second))).toEqual(expected);
  });

  it('tells in the log what was in it', async () => {
    const folder = newFolder();
    const first = onFolder(folder);
    await publish(await started(first), 3);
    const ended = end(first);
    first.kill('SIGTERM');
    await ended;
    const second = onFolder(folder);
    const { out } = await (async () => {
      const all = end(second);
      await started(second);
      second.kill('SIGTERM');
      return all;
    })();
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.find(({ msg }) => msg === 'Data directory opened')).toMatchObject({
      dataDir: folder,
      queues: 1,
      messages: 3,
      afterCrash: false,
      ms: expect.any(Number),
    });
  });

  it('belongs to one process: another ends with one line and status 1', async () => {
    const folder = newFolder();
    const first = onFolder(folder);
    await started(first);
    expect(await end(onFolder(folder))).toEqual({
      code: 1,
      out: '',
      complaint: `leveret: data directory ${folder} is in use by process ${first.pid}; stop that one, or name another folder by --data-dir\n`,
    });
  });

  it('has to be a folder', async () => {
    const file = newFolder();
    writeFileSync(file, '');
    expect(await end(onFolder(file))).toEqual({
      code: 1,
      out: '',
      complaint: `leveret: cannot use data directory ${file}: it is no folder\n`,
    });
  });

  it('has to be whole: a file that is damaged is named, with the way to repair it', async () => {
    const folder = newFolder();
    const first = onFolder(folder);
    await publish(await started(first), 3);
    const ended = end(first);
    first.kill('SIGTERM');
    await ended;
    const snapshots = readdirSync(join(folder, 'snapshot'));
    for (const name of snapshots) {
      const path = join(folder, 'snapshot', name);
      const bytes = readFileSync(path);
      bytes.fill(0xff, 40, 60);
      writeFileSync(path, bytes);
    }
    const { code, complaint } = await end(onFolder(folder));
    expect(code).toBe(1);
    expect(complaint).toMatch(
      /^leveret: data directory .* is damaged: snapshot\/\d+\.snap, offset \d+: .*\n$/,
    );
    expect(complaint).toContain(`'leveret repair --data-dir ${folder}'`);
  });

  it('is none when nobody wants one: nothing is written', async () => {
    const home = newFolder();
    mkdirSync(home);
    const command = leveret(['start', '--port', '0', ...inMemory], { HOME: home });
    await started(command);
    const ended = end(command);
    command.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
    expect(readdirSync(home)).toEqual([]);
  });
});
