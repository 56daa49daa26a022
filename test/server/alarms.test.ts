import { once } from 'node:events';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/logger.ts';
import { busyBytes } from '../../src/kit/memory.ts';
import { type Server, startServer } from '../../src/server/boot.ts';
import { type Config, configOf } from '../../src/server/config.ts';

const MIB = 2 ** 20;
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(differences: Partial<Config> = {}): Promise<Server> {
  const server = await startServer(
    configOf({ host: '127.0.0.1', port: 0, memoryCalculation: 'allocated', ...differences }),
    silentLogger,
  );
  servers.push(server);
  return server;
}

/** One that has room for so many bytes of messages. */
function startWithRoom(bytes: number): Promise<Server> {
  return start({ memoryHighWatermark: { by: 'bytes', bytes: busyBytes() + bytes } });
}

async function client({ port }: Server): Promise<{ link: ChannelModel; channel: ConfirmChannel }> {
  const link = await connect(`amqp://guest:guest@127.0.0.1:${port}`);
  link.on('error', () => {});
  return { link, channel: await link.createConfirmChannel() };
}

/** Publishes until it is blocked, and says why it was. */
async function fill({ link, channel }: Awaited<ReturnType<typeof client>>, queue: string) {
  let reason: string | undefined;
  const blocked = new Promise<void>((resolve) => {
    link.once('blocked', (text) => {
      reason = text;
      resolve();
    });
  });
  await channel.assertQueue(queue, { durable: false, exclusive: false });
  while (reason === undefined) {
    // Four of these fill a segment of the message memory.
    for (let i = 0; i < 4; i++) channel.sendToQueue(queue, Buffer.alloc(64_000));
    // Confirms stop with the alarm.
    await Promise.race([channel.waitForConfirms(), blocked]);
  }
  return reason;
}

describe('the memory alarm', () => {
  it('names the queue that holds most, lets consumers go on, and ends when they have', async () => {
    const server = await startWithRoom(20 * MIB);
    const publisher = await client(server);
    const consumer = await client(server);
    await consumer.channel.assertQueue('other', { durable: false, exclusive: false });
    consumer.channel.sendToQueue('other', Buffer.alloc(MIB));
    const reason = await fill(publisher, 'billing');
    expect(reason).toMatch(
      /^low on memory: queue 'billing' in vhost '\/' holds (?:1[89]|2[01])\.\d MiB in memory, 0 consumers$/,
    );
    const unblocked = once(publisher.link, 'unblocked');
    const { channel } = await client(server);
    await channel.consume('billing', (message) => message && channel.ack(message));
    await unblocked;
    await publisher.channel.waitForConfirms();
  });

  it('names the connection that does not acknowledge', async () => {
    const server = await startWithRoom(20 * MIB);
    const consumer = await client(server);
    const publisher = await client(server);
    await consumer.channel.assertQueue('work', { durable: false, exclusive: false });
    await consumer.channel.consume('work', () => {});
    const reason = await fill(publisher, 'work');
    expect(reason).toMatch(
      /^low on memory: the client of connection 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+ has (?:1[89]|2[01])\.\d MiB not acknowledged$/,
    );
    const unblocked = once(publisher.link, 'unblocked');
    consumer.channel.ackAll();
    await unblocked;
  });

  it('says so to a client that comes later, as soon as it publishes', async () => {
    const server = await startWithRoom(4 * MIB);
    await fill(await client(server), 'full');
    const late = await client(server);
    const blocked = once(late.link, 'blocked');
    late.channel.publish('', 'nobody', Buffer.from('x'));
    expect(String(await blocked)).toMatch(/^low on memory: queue 'full'/);
  });
});

describe('the disk alarm', () => {
  it('lets a client that has published before take messages until it publishes again', async () => {
    const server = await start();
    const { link, channel } = await client(server);
    await channel.assertQueue('q', { durable: false });
    channel.sendToQueue('q', Buffer.from('x'));
    await channel.waitForConfirms();
    const full = { space: async () => ({ free: 10 * MIB, total: 2 ** 40 }) };
    await server.broker.alarms.watchDisk(full, 50_000_000);
    expect(await channel.get('q')).toMatchObject({ content: Buffer.from('x') });
    const blocked = once(link, 'blocked');
    channel.sendToQueue('q', Buffer.from('y'));
    await blocked;
  });

  it('blocks publishers until there is space again', async () => {
    const server = await start();
    const disk = { free: 10 * MIB, space: async () => ({ free: disk.free, total: 2 ** 40 }) };
    const publisher = await client(server);
    await publisher.channel.assertQueue('q', { durable: false });
    publisher.channel.sendToQueue('q', Buffer.from('x'));
    await publisher.channel.waitForConfirms();
    const blocked = once(publisher.link, 'blocked');
    await server.broker.alarms.watchDisk(disk, 50_000_000);
    publisher.channel.sendToQueue('q', Buffer.from('y'));
    expect(String(await blocked)).toBe('low on disk: 10.0 MiB free, 47.7 MiB wanted');
    const consumer = await client(server);
    expect(await consumer.channel.get('q')).toMatchObject({ content: Buffer.from('x') });
    const unblocked = once(publisher.link, 'unblocked');
    disk.free = 2 ** 39;
    await unblocked;
  });
});
