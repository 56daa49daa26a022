import amqp, {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type ConsumeMessage,
  type GetMessage,
} from 'amqplib';
import { program } from './kit/program.ts';
import {
  attempt,
  Events,
  heading,
  queueName,
  say,
  show,
  sleep,
  until,
  url,
} from './kit/transcript.ts';

let connection: ChannelModel;
let sender: ConfirmChannel;

/** A queue with so many messages in it, "1", "2", … */
async function filled(name: string, count: number): Promise<string> {
  const queue = queueName(name);
  await sender.assertQueue(queue, { durable: false });
  for (let i = 1; i <= count; i++) sender.sendToQueue(queue, Buffer.from(String(i)));
  await sender.waitForConfirms();
  return queue;
}

const text = (message: ConsumeMessage | GetMessage): string =>
  `${message.content}${message.fields.redelivered ? ' (redelivered)' : ''}`;

/** Everything in the queue, in order, and whether it was delivered before. */
async function contents(queue: string): Promise<string> {
  const found: string[] = [];
  for (;;) {
    const message = await sender.get(queue, { noAck: true });
    if (message === false) return show(found);
    found.push(text(message));
  }
}

/** A channel that consumes the queue and has so many deliveries in hand. */
async function holding(
  queue: string,
  count: number,
): Promise<{ channel: Channel; messages: ConsumeMessage[] }> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  const messages: ConsumeMessage[] = [];
  await channel.prefetch(count);
  await channel.consume(queue, (message) => {
    if (message !== null) messages.push(message);
  });
  await until(`${count} deliveries`, () => messages.length === count);
  return { channel, messages };
}

async function settling(): Promise<void> {
  const cases: Record<string, (channel: Channel, messages: ConsumeMessage[]) => void> = {
    'ack of the second': (channel, [, second]) => second && channel.ack(second),
    'ack up to the third': (channel, [, , third]) => third && channel.ack(third, true),
    ackAll: (channel) => channel.ackAll(),
    'nack of the second': (channel, [, second]) => second && channel.nack(second),
    'nack up to the third': (channel, [, , third]) => third && channel.nack(third, true),
    'nack up to the third, no requeue': (channel, [, , third]) =>
      third && channel.nack(third, true, false),
    nackAll: (channel) => channel.nackAll(),
    'nackAll, no requeue': (channel) => channel.nackAll(false),
    'reject of the first': (channel, [first]) => first && channel.reject(first),
    'reject of the first, no requeue': (channel, [first]) => first && channel.reject(first, false),
    'nothing settled': () => {},
  };
  heading('settling four of five in hand');
  for (const [label, settle] of Object.entries(cases)) {
    const queue = await filled(label.replaceAll(/\W+/g, '-'), 5);
    const { channel, messages } = await holding(queue, 4);
    const { consumerTag } = messages[0]?.fields ?? { consumerTag: '' };
    await channel.cancel(consumerTag);
    settle(channel, messages);
    await channel.checkQueue(queue);
    await channel.close();
    await sleep(30);
    say(`${label} → ${await contents(queue)}`);
  }
}

async function requeueOrder(): Promise<void> {
  heading('a requeued message goes back to its place');
  const queue = await filled('places', 5);
  const channel = await connection.createChannel();
  const got: GetMessage[] = [];
  for (let i = 0; i < 4; i++) {
    const message = await channel.get(queue);
    if (message !== false) got.push(message);
  }
  say(`in hand: ${show(got.map((message) => message.fields))}`);
  const [one, two, three, four] = got;
  if (three) channel.nack(three);
  if (one) channel.nack(one);
  if (four) channel.ack(four);
  await channel.checkQueue(queue);
  await sleep(30);
  say(`two still in hand: ${await contents(queue)}`);
  if (two) channel.reject(two);
  await channel.checkQueue(queue);
  await sleep(30);
  say(`and then: ${await contents(queue)}`);
  await channel.close();
}

async function getting(): Promise<void> {
  heading('get');
  const queue = await filled('gets', 3);
  const channel = await connection.createChannel();
  const first = await channel.get(queue, { noAck: true });
  say(`noAck: ${show(first)}`);
  const second = await channel.get(queue);
  say(`to be acked: ${show(second)}`);
  if (second !== false) channel.ack(second);
  const third = await channel.get(queue, { noAck: false });
  say(`noAck false: ${show(third)}`);
  await attempt('empty', () => channel.get(queue));
  if (third !== false) channel.nack(third);
  await until('the message', async () => (await channel.checkQueue(queue)).messageCount === 1);
  await attempt('after nack', () => channel.get(queue));
  await channel.close();
  const other = await connection.createChannel();
  other.on('error', () => {});
  await attempt('no such queue', () => other.get(queueName('nowhere')));
}

async function refused(): Promise<void> {
  heading('a delivery tag nobody knows');
  const cases: Record<string, (channel: Channel, message: ConsumeMessage) => void> = {
    'ack twice': (channel, message) => {
      channel.ack(message);
      channel.ack(message);
    },
    'ack, then nack': (channel, message) => {
      channel.ack(message);
      channel.nack(message);
    },
    'ack, then reject': (channel, message) => {
      channel.ack(message);
      channel.reject(message);
    },
    'a tag from the future': (channel, message) => {
      channel.ack({ ...message, fields: { ...message.fields, deliveryTag: 99 } });
    },
    'up to a tag from the future': (channel, message) => {
      channel.ack({ ...message, fields: { ...message.fields, deliveryTag: 99 } }, true);
    },
  };
  for (const [label, action] of Object.entries(cases)) {
    const queue = await filled('refused', 1);
    const { channel, messages } = await holding(queue, 1);
    const events = new Events();
    events.watch(channel, label, 'error', 'close');
    const [message] = messages;
    if (message !== undefined) action(channel, message);
    await events.take(2);
    await sleep(30);
    say(`  the queue: ${await contents(queue)}`);
  }
  const fresh = await connection.createChannel();
  fresh.ackAll();
  fresh.nackAll();
  await attempt('ackAll and nackAll with nothing in hand', () =>
    fresh.checkQueue(queueName('gets')),
  );
  await fresh.close();
}

async function recovering(): Promise<void> {
  heading('recover');
  const queue = await filled('recover', 3);
  const { channel, messages } = await holding(queue, 3);
  say(`first: ${show(messages.map(text))}`);
  await attempt('recover()', () => channel.recover());
  await until('three more', () => messages.length === 6);
  say(`again: ${show(messages.slice(3).map(text))}`);
  say(`tags: ${show(messages.map((message) => message.fields.deliveryTag))}`);
  channel.ackAll();
  await channel.close();
  await sleep(30);
  say(`left: ${await contents(queue)}`);
}

async function prefetching(): Promise<void> {
  heading('prefetch');
  const queue = await filled('prefetch', 12);
  const counts = new Map<string, ConsumeMessage[]>();
  const consume = async (channel: Channel, name: string) => {
    const mine: ConsumeMessage[] = [];
    counts.set(name, mine);
    await channel.consume(
      queue,
      (message) => {
        if (message !== null) mine.push(message);
      },
      { consumerTag: name },
    );
    await sleep(60);
    say(`${name}: ${show([...counts].map(([one, held]) => `${one} holds ${held.length}`))}`);
  };
  const channel = await connection.createChannel();
  await attempt('prefetch(2)', () => channel.prefetch(2));
  await consume(channel, 'two');
  await attempt('prefetch(3)', () => channel.prefetch(3));
  await consume(channel, 'three');
  await attempt('prefetch(6, true)', () => channel.prefetch(6, true));
  await consume(channel, 'capped');
  const [first] = counts.get('two') ?? [];
  if (first) channel.ack(first);
  await sleep(60);
  const held = [...counts.values()].reduce((sum, one) => sum + one.length, 0);
  say(`one acked, so one more was delivered: ${held}`);
  await attempt('prefetch(0, true) lifts the cap', () => channel.prefetch(0, true));
  await sleep(60);
  say(`in all: ${[...counts.values()].reduce((sum, one) => sum + one.length, 0)}`);
  await channel.close();
  await sleep(30);
  await attempt('all but one are back', () => sender.checkQueue(queue));
  await sender.purgeQueue(queue);

  heading('prefetch and noAck, prefetch and get');
  const other = await filled('free', 5);
  const own = await connection.createChannel();
  await own.prefetch(1);
  let free = 0;
  const { consumerTag } = await own.consume(other, () => free++, { noAck: true });
  await until('5 deliveries', () => free === 5);
  say(`noAck is not limited: ${free}`);
  await own.cancel(consumerTag);
  await filled('free', 3);
  const got = [await own.get(other), await own.get(other), await own.get(other)];
  say(`get is not limited: ${got.filter((message) => message !== false).length}`);
  await own.close();
}

program(async () => {
  connection = await amqp.connect(url);
  sender = await connection.createConfirmChannel();
  await settling();
  await requeueOrder();
  await getting();
  await refused();
  await recovering();
  await prefetching();
  await connection.close();
});
