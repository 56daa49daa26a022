import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Channel, connect, type GetMessage } from 'amqplib';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmbeddedBroker, startBroker } from '../../src/index.ts';
import { FileDisk } from '../../src/store/file-disk.ts';
import { examine } from '../../src/store/repair.ts';
import { FORMAT_VERSION } from '../../src/store/structures.ts';
import { copyGolden, type Sent, settings, waiting } from './contents.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const formats = readdirSync(here).filter((name) => name.startsWith('format-'));

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function copyOf(format: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-golden-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  copyGolden(join(here, format), folder);
  return folder;
}

async function open(folder: string): Promise<EmbeddedBroker> {
  const broker = await startBroker({ ...settings, dataDir: folder });
  cleanups.push(() => broker.close());
  return broker;
}

async function channelTo(broker: EmbeddedBroker): Promise<Channel> {
  const connection = await connect(broker.url);
  cleanups.push(() => connection.close());
  return connection.createChannel();
}

async function all(channel: Channel, queue: string): Promise<readonly GetMessage[]> {
  const messages: GetMessage[] = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) return messages;
    messages.push(message);
  }
}

function bodies(messages: readonly (GetMessage | Sent)[]): readonly string[] {
  return messages.map((message) => String('content' in message ? message.content : message.body));
}

it('there is a golden directory of the format that is written now', () => {
  expect(formats).toContain(`format-${FORMAT_VERSION}`);
});

describe.each(formats)('a data directory of %s', (format) => {
  it('has nothing in it that would have to be repaired', async () => {
    const { findings } = await examine(new FileDisk(copyOf(format)));
    expect(findings).toEqual([]);
  });

  it('holds what was durable, and nothing else', async () => {
    const broker = await open(copyOf(format));
    expect([...broker.queues()].sort()).toEqual([
      'dead',
      'expiring',
      'half',
      'plain',
      'priorities',
      'returned',
    ]);
    const exchanges = broker.exchanges().filter((name) => !/^(amq\..*)?$/.test(name));
    expect([...exchanges].sort()).toEqual(['alternate', 'by-headers', 'by-topic', 'late']);
  });

  it('holds its messages, in their order and with all their properties', async () => {
    const channel = await channelTo(await open(copyOf(format)));
    for (const [queue, expected] of Object.entries(waiting)) {
      expect(bodies(await all(channel, queue)), queue).toEqual(bodies(expected));
    }
    expect(await all(channel, 'expiring')).toEqual([]);
  });

  it('keeps the properties of messages', async () => {
    const channel = await channelTo(await open(copyOf(format)));
    const [, message] = await all(channel, 'plain');
    const { persistent: _, ...properties } = waiting.plain[1].properties;
    expect(message?.properties).toMatchObject({ ...properties, deliveryMode: 2 });
  });

  it('knows which messages were handed out, and how often', async () => {
    const channel = await channelTo(await open(copyOf(format)));
    const returned = await all(channel, 'returned');
    expect(returned.map(({ fields }) => fields.redelivered)).toEqual([true, false]);
    expect(returned.map(({ properties }) => properties.headers?.['x-delivery-count'])).toEqual([
      2,
      undefined,
    ]);
    const half = await all(channel, 'half');
    expect(half.every(({ fields }) => fields.redelivered)).toBe(true);
    const plain = await all(channel, 'plain');
    expect(plain.some(({ fields }) => fields.redelivered)).toBe(false);
  });

  it('dead-letters what has expired since', async () => {
    const channel = await channelTo(await open(copyOf(format)));
    const [message] = await all(channel, 'dead');
    expect(message?.properties.headers?.['x-death']).toMatchObject([
      { queue: 'expiring', reason: 'expired', count: 1 },
    ]);
  });

  it('routes as it did', async () => {
    const channel = await channelTo(await open(copyOf(format)));
    for (const queue of ['plain', 'half', 'dead']) await channel.purgeQueue(queue);
    const body = Buffer.from('new');
    channel.publish('by-topic', 'a.b.c', body);
    channel.publish('by-topic', 'some.headers', body, { headers: { size: 7 } });
    channel.publish('by-topic', 'nowhere', body);
    channel.publish('late', 'key', body);
    channel.publish('alternate', 'unbound', body);
    await channel.checkQueue('plain');
    expect(bodies(await all(channel, 'plain'))).toEqual(['new', 'new']);
    expect(bodies(await all(channel, 'half'))).toEqual(['new']);
    expect(bodies(await all(channel, 'dead'))).toEqual(['new', 'new']);
  });

  it('keeps it all over another restart', async () => {
    const folder = copyOf(format);
    await (await open(folder)).close();
    const channel = await channelTo(await open(folder));
    for (const [queue, expected] of Object.entries(waiting)) {
      expect(bodies(await all(channel, queue)), queue).toEqual(bodies(expected));
    }
  });
});
