import { cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfirmChannel, connect, type Options } from 'amqplib';
import { type BrokerSettings, startBroker } from '../../src/index.ts';

const WAL_FILE_BYTES = 1024 * 1024;
/** Long gone by when anybody looks. */
const TTL_MS = 60_000;
const FULL = 5000;

export const settings: BrokerSettings = {
  walFileSize: WAL_FILE_BYTES,
  defaultUser: 'ada',
  defaultPass: 'engine',
  defaultVhost: 'works',
};

export interface Sent {
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

function text(body: string, properties: Options.Publish = {}): Sent {
  return { body: Buffer.from(body), properties: { persistent: true, ...properties } };
}

const richest: Sent = {
  body: Buffer.alloc(FULL, 'abc'),
  properties: {
    persistent: true,
    contentType: 'text/plain',
    contentEncoding: 'identity',
    correlationId: 'correlation',
    replyTo: 'reply',
    messageId: 'message',
    timestamp: 1_700_000_000,
    type: 'type',
    userId: 'ada',
    appId: 'app',
    headers: { text: 'é', number: -1, large: 2 ** 40, half: 0.5, flag: true, list: [1, 'two'] },
  },
};

/** What waits in each queue, in order. Of `returned` the first has come back, twice. */
export const waiting = {
  plain: [text('first'), { ...richest }, text(''), ...series('plain', 12)],
  priorities: [text('high', { priority: 5 }), text('low', { priority: 1 }), text('none')],
  returned: [text('twice'), text('never')],
  half: series('half', 12).filter((_, i) => i % 3 === 0),
  dead: [text('expired')],
} as const satisfies Record<string, readonly Sent[]>;

function series(name: string, count: number): readonly Sent[] {
  return Array.from({ length: count }, (_, i) => text(`${name} ${i}`.padEnd(500, '.')));
}

async function send(channel: ConfirmChannel, queue: string, all: readonly Sent[]): Promise<void> {
  for (const { body, properties } of all) channel.sendToQueue(queue, body, properties);
  await channel.waitForConfirms();
}

/** Does something with a broker on this folder. */
async function on(
  folder: string,
  work: (channel: ConfirmChannel) => Promise<void>,
  behind: () => void = () => {},
): Promise<void> {
  const broker = await startBroker({ ...settings, dataDir: folder });
  try {
    const connection = await connect(broker.url);
    await work(await connection.createConfirmChannel());
    behind();
    await connection.close();
  } finally {
    await broker.close();
  }
}

async function define(channel: ConfirmChannel): Promise<void> {
  await channel.assertExchange('alternate', 'fanout');
  await channel.assertExchange('by-topic', 'topic', { alternateExchange: 'alternate' });
  await channel.assertExchange('by-headers', 'headers', { internal: true });
  await channel.assertExchange('fleeting', 'direct', { durable: false });
  await channel.assertQueue('plain');
  await channel.assertQueue('priorities', { maxPriority: 9 });
  await channel.assertQueue('returned', { arguments: { 'x-queue-type': 'quorum' } });
  await channel.assertQueue('half');
  await channel.assertQueue('dead');
  await channel.assertQueue('expiring', { deadLetterExchange: '', deadLetterRoutingKey: 'dead' });
  await channel.assertQueue('fleeting', { durable: false });
  await channel.assertQueue('deleted');
  await channel.bindQueue('plain', 'by-topic', 'a.*.c');
  await channel.bindExchange('by-headers', 'by-topic', '#.headers');
  await channel.bindQueue('half', 'by-headers', '', { 'x-match': 'any', size: 7 });
  await channel.bindQueue('dead', 'alternate', '');
  await channel.bindQueue('plain', 'alternate', 'unbound');
  await channel.unbindQueue('plain', 'alternate', 'unbound');
  await channel.deleteQueue('deleted');
}

// Of each three the last two.
async function settleOfThree(channel: ConfirmChannel, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const message = await channel.get('half');
    if (message !== false && i % 3 !== 0) channel.ack(message);
  }
  // The answer comes when all of it has been done.
  await channel.checkQueue('half');
}

async function giveBack(channel: ConfirmChannel): Promise<void> {
  for (let i = 0; i < 2; i++) {
    const message = await channel.get('returned');
    if (message !== false) channel.nack(message);
    await channel.checkQueue('returned');
  }
}

/**
 * Makes a data directory with everything in it that there is on disk: a snapshot, a segment, a file
 * of the log that stays as one, and a log that was not closed.
 * @param scratch a new folder to work in
 */
export async function makeGolden(scratch: string, golden: string): Promise<void> {
  await on(scratch, async (channel) => {
    await define(channel);
    await send(channel, 'plain', waiting.plain);
    await send(channel, 'fleeting', [text('gone')]);
  });
  await on(scratch, async (channel) => {
    await send(channel, 'half', series('half', 12));
    await settleOfThree(channel, 12);
  });
  await on(
    scratch,
    async (channel) => {
      await send(channel, 'priorities', [...waiting.priorities].reverse());
      await send(channel, 'returned', waiting.returned);
      await giveBack(channel);
      await send(channel, 'expiring', [text('expired', { expiration: TTL_MS })]);
      await channel.assertExchange('late', 'direct');
      await channel.bindQueue('plain', 'late', 'key');
    },
    () => copyDirectory(scratch, golden),
  );
}

// Files of the log are zero behind what was written, and what is not numbered is made anew.
function copyDirectory(from: string, to: string): void {
  for (const folder of ['snapshot', 'wal', 'segments']) {
    cpSync(join(from, folder), join(to, folder), {
      recursive: true,
      filter: (path) => path.endsWith(folder) || /\d\.\w+$/.test(path),
    });
  }
  for (const path of walFiles(to)) {
    const bytes = readFileSync(path);
    const end = bytes.findLastIndex((octet) => octet !== 0) + 1;
    writeFileSync(path, bytes.subarray(0, end));
  }
}

/** A copy of a golden directory, as large as it was. */
export function copyGolden(golden: string, to: string): void {
  cpSync(golden, to, { recursive: true });
  for (const path of walFiles(to)) {
    if (statSync(path).size < WAL_FILE_BYTES) truncateSync(path, WAL_FILE_BYTES);
  }
}

function walFiles(folder: string): readonly string[] {
  return readdirSync(join(folder, 'wal')).map((name) => join(folder, 'wal', name));
}
