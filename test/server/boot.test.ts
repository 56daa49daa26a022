import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChannelModel, connect } from 'amqplib';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/logger.ts';
import { type Server, startServer } from '../../src/server/boot.ts';
import { type Config, configOf } from '../../src/server/config.ts';
import { protocolHeader } from '../kit/scripted-peer.ts';

const servers: Server[] = [];
const connections: ChannelModel[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  connections.length = 0;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(differences: Partial<Config> = {}, logger = silentLogger): Promise<Server> {
  const server = await startServer(
    configOf({ host: '127.0.0.1', port: 0, logLevel: 'silent', ...differences }),
    logger,
  );
  servers.push(server);
  return server;
}

async function joinServer(url: string): Promise<ChannelModel> {
  const connection = await connect(url);
  connection.on('error', () => {});
  connections.push(connection);
  return connection;
}

const urlOf = ({ port }: Server, host = '127.0.0.1') => `amqp://guest:guest@${host}:${port}`;

describe('a server', () => {
  it('listens wherever it is told to, all with one broker', async () => {
    const logged: object[] = [];
    const listeners = [
      { host: '127.0.0.1', port: 0 },
      { host: '::1', port: 0 },
    ];
    const server = await start(
      { listeners },
      {
        ...silentLogger,
        info: (fields, text) => {
          if (text === 'Listening for AMQP') logged.push(fields);
        },
      },
    );
    expect(logged).toEqual([
      { host: '127.0.0.1', port: server.port },
      { host: '::1', port: expect.any(Number) },
    ]);
    const [, second] = logged as { port: number }[];
    const one = await joinServer(urlOf(server));
    const other = await joinServer(`amqp://guest:guest@[::1]:${second?.port}`);
    await (await one.createChannel()).assertQueue('q');
    expect(await (await other.createChannel()).checkQueue('q')).toMatchObject({ queue: 'q' });
  });

  it('listens nowhere when it cannot listen everywhere', async () => {
    const busy = await start();
    const free = await start();
    const { port } = free;
    await free.stop();
    const listeners = [
      { host: '127.0.0.1', port },
      { host: '127.0.0.1', port: busy.port },
    ];
    await expect(start({ listeners })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await start({ port });
  });

  it('takes as many connections as it may, and more when some have left', async () => {
    const server = await start({ connectionMax: 2 });
    const first = await joinServer(urlOf(server));
    await joinServer(urlOf(server));
    await expect(connect(urlOf(server))).rejects.toThrow('ConnectionClose');
    await first.close();
    await joinServer(urlOf(server));
  });

  it('lets in whom it was told to, and nobody else', async () => {
    const server = await start({ defaultUser: 'me', defaultPass: 'secret' });
    await joinServer(`amqp://me:secret@127.0.0.1:${server.port}`);
    await expect(connect(urlOf(server))).rejects.toThrow('ACCESS_REFUSED');
    await expect(connect(`amqp://me:guess@127.0.0.1:${server.port}`)).rejects.toThrow(
      'ACCESS_REFUSED',
    );
  });
});

describe('stopping a server', () => {
  it('closes every connection with 320, and frees the port', async () => {
    const server = await start();
    const reasons = await Promise.all(
      [1, 2, 3].map(async () => {
        const connection = await joinServer(urlOf(server));
        return { closed: once(connection, 'close') };
      }),
    );
    await server.stop();
    for (const { closed } of reasons) {
      const [error] = await closed;
      expect(String(error)).toContain('CONNECTION_FORCED');
    }
    expect(server.broker.connections.size).toBe(0);
    await start({ port: server.port });
  });

  it('does not wait for ever for clients that say nothing', async () => {
    const server = await start();
    const silent = connectSocket(server.port, '127.0.0.1');
    const halfway = connectSocket(server.port, '127.0.0.1');
    for (const socket of [silent, halfway]) {
      socket.on('error', () => {});
      await once(socket, 'connect');
    }
    halfway.write(protocolHeader);
    await once(halfway, 'data');
    const ended = [silent, halfway].map((socket) => once(socket, 'close'));
    for (const socket of [silent, halfway]) socket.resume();
    await server.stop();
    await Promise.all(ended);
  });

  it('leaves nothing running', async () => {
    const kinds = () =>
      process
        .getActiveResourcesInfo()
        .filter((kind) => ['TCPServerWrap', 'TCPSocketWrap', 'Timeout'].includes(kind))
        .sort();
    const before = kinds();
    const server = await start();
    const connection = await joinServer(urlOf(server));
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('q', { messageTtl: 3_600_000, expires: 3_600_000 });
    await channel.consume('q', () => {});
    channel.sendToQueue('q', Buffer.from('x'));
    await channel.waitForConfirms();
    expect(kinds()).not.toEqual(before);
    const closed = once(connection, 'close');
    await server.stop();
    await closed;
    await expect.poll(kinds).toEqual(before);
  });
});

describe('a server with a data directory', () => {
  function newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-boot-'));
    folders.push(folder);
    return folder;
  }

  async function confirmed(server: Server, queue: string, texts: readonly string[]): Promise<void> {
    const connection = await joinServer(urlOf(server));
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(queue);
    for (const text of texts) channel.sendToQueue(queue, Buffer.from(text), { persistent: true });
    await channel.waitForConfirms();
    await connection.close();
  }

  it('is as it was when it is started again', async () => {
    const dataDir = newFolder();
    const first = await start({ dataDir, walFileSize: 1_048_576 });
    await confirmed(first, 'q', ['a', 'b']);
    await first.stop();
    const second = await start({ dataDir, walFileSize: 1_048_576 });
    const channel = await (await joinServer(urlOf(second))).createChannel();
    for (const text of ['a', 'b']) {
      expect(await channel.get('q')).toMatchObject({ content: Buffer.from(text) });
    }
    expect(await channel.get('q')).toBe(false);
  });

  it('gives the directory back when it cannot listen', async () => {
    const busy = await start();
    const dataDir = newFolder();
    await expect(start({ dataDir, port: busy.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await start({ dataDir });
  });

  it('gives the directory back when what lies there cannot be opened', async () => {
    const dataDir = newFolder();
    const server = await start({ dataDir });
    await confirmed(server, 'q', ['a']);
    await server.stop();
    const snapshots = join(dataDir, 'snapshot');
    const damaged = readdirSync(snapshots).map((name) => {
      const path = join(snapshots, name);
      const whole = readFileSync(path);
      writeFileSync(path, Buffer.from(whole).fill(0xff, 40, 60));
      return { path, whole };
    });
    await expect(start({ dataDir })).rejects.toThrow(/is damaged: snapshot\/.*offset \d+/);
    for (const { path, whole } of damaged) writeFileSync(path, whole);
    await start({ dataDir });
  });

  it('is refused a directory that another one has', async () => {
    const dataDir = newFolder();
    await start({ dataDir });
    await expect(start({ dataDir })).rejects.toThrow(`data directory ${dataDir} is in use by`);
  });

  it('holds publishers back from the start when its disk has too little space', async () => {
    const dataDir = newFolder();
    const server = await start({ dataDir, diskFreeLimit: { by: 'bytes', bytes: 2 ** 52 } });
    const connection = await joinServer(urlOf(server));
    const blocked = once(connection, 'blocked');
    const channel = await connection.createChannel();
    channel.publish('', 'nobody', Buffer.from('x'));
    const [reason] = await blocked;
    expect(reason).toMatch(/^low on disk: \d+\.\d [GT]iB free, 4096\.0 TiB wanted$/);
  });
});
