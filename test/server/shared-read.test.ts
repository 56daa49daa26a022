import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { type Server, startServer } from '../../src/server/boot.ts';
import { configOf } from '../../src/server/config.ts';
import { readShared } from '../../src/server/shared-read.ts';
import type { ReadMode } from '../../src/server/socket-transport.ts';
import { framesOf, method, namesOf, opening, publish } from '../kit/scripted-peer.ts';

const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(readMode: ReadMode): Promise<Server> {
  const config = configOf({ host: '127.0.0.1', port: 0, logLevel: 'silent' });
  const random = new SeededRandom(3);
  const server = await startServer(config, silentLogger, { random, readMode });
  servers.push(server);
  return server;
}

/** Everything that the server says, to a client that says all this, until it says goodbye. */
async function conversation(server: Server, said: Uint8Array, size: number): Promise<Buffer> {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const heard: Buffer[] = [];
  let last = Buffer.alloc(0);
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      heard.push(chunk);
      last = Buffer.concat([last, chunk]).subarray(-farewell.length);
      if (last.equals(farewell)) resolve();
    });
  });
  for (let at = 0; at < said.length; at += size) {
    if (!socket.write(said.subarray(at, at + size))) await once(socket, 'drain');
    if (size < 100) await new Promise((resolve) => setImmediate(resolve));
  }
  await answered;
  socket.end();
  return Buffer.concat(heard);
}

const farewell = method(0, 'connection.close-ok');
const goodbye = method(0, 'connection.close', { replyCode: 200 });
const get = method(1, 'basic.get', { queue: 'q', noAck: true });

// Every message is asked for: what a consumer had got by then would depend on how fast it reads.
const saying = (count: number, content: (i: number) => Uint8Array): Buffer => {
  const messages = Array.from({ length: count }, (_, i) =>
    publish(1, { routingKey: 'q', content: content(i), properties: { messageId: `${i}` } }),
  );
  return Buffer.concat([
    opening(),
    method(1, 'queue.declare', { queue: 'q', autoDelete: true }),
    ...messages,
    ...messages.map(() => get),
    goodbye,
  ]);
};

describe('reading into the shared window', () => {
  it.each([
    ['many small messages', saying(3000, (i) => Buffer.from(`message ${i}`)), 1_000_000],
    ['large messages', saying(12, (i) => new Uint8Array(300_000 + i).fill(i)), 1_000_000],
    ['messages that come slowly', saying(3, (i) => Buffer.from(`${i}`)), 7],
    ['a few bytes at a time', saying(20, (i) => new Uint8Array(i * 100).fill(i)), 97],
  ])('gives the same answers as reading chunk by chunk: %s', async (_name, said, size) => {
    const shared = await conversation(await start('shared'), said, size);
    const data = await conversation(await start('data'), said, size);
    expect(namesOf(framesOf(shared)).slice(-2)).toEqual(['basic.get-ok', 'connection.close-ok']);
    expect(shared.equals(data)).toBe(true);
  });

  it('keeps many connections apart that are in the middle of frames at the same time', async () => {
    for (const mode of ['shared', 'data'] as const) {
      const server = await start(mode);
      const asked = Array.from({ length: 8 }, (_, i) => {
        const queue = `own-${i}`;
        const content = new Uint8Array(50_000 + i * 977).fill(i);
        return Buffer.concat([
          opening(),
          method(1, 'queue.declare', { queue, exclusive: true }),
          publish(1, { routingKey: queue, content }),
          method(1, 'basic.get', { queue, noAck: true }),
          goodbye,
        ]);
      });
      const answers = await Promise.all(
        asked.map((said, i) => conversation(server, said, 1000 + i * 13)),
      );
      for (const [i, answer] of answers.entries()) {
        const body = new Uint8Array(50_000 + i * 977).fill(i);
        expect(answer.includes(Buffer.from(body)), `${mode} ${i}`).toBe(true);
      }
    }
  });
});

describe('taking over a socket', () => {
  it('reads what was sent before, and is counted by its server until it closes', async () => {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const accepted = once(server, 'connection');
    const client = connect(address.port, '127.0.0.1');
    client.write('hello');
    const [socket]: Socket[] = await accepted;
    let bytes = 0;
    const shared = socket && readShared(socket, (count) => (bytes += count));
    if (shared === undefined) throw new Error('it could not be taken over');
    expect(shared.remotePort).toBe(client.localPort);
    shared.resume();
    await expect.poll(() => bytes).toBe(5);
    let closed = false;
    server.close(() => {
      closed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(closed).toBe(false);
    shared.on('end', () => shared.end());
    client.end();
    await expect.poll(() => closed).toBe(true);
  });

  it('is not done with a socket that has lost its handle', async () => {
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const accepted = once(server, 'connection');
    const client = connect(address.port, '127.0.0.1');
    client.on('error', () => {});
    const [socket]: Socket[] = await accepted;
    socket?.destroy();
    expect(socket && readShared(socket, () => {})).toBeUndefined();
    client.destroy();
    server.close();
  });
});
