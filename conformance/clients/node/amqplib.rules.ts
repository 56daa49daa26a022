import amqp, { type ConfirmChannel, type ConsumeMessage, type Options } from 'amqplib';
import { program } from './kit/program.ts';
import {
  Events,
  exchangeName,
  heading,
  queueName,
  say,
  show,
  sleep,
  until,
  url,
} from './kit/transcript.ts';

let channel: ConfirmChannel;

async function declare(name: string, options: Options.AssertQueue = {}): Promise<string> {
  await channel.assertQueue(queueName(name), { durable: false, ...options });
  return queueName(name);
}

async function send(queue: string, text: string, options: Options.Publish = {}): Promise<void> {
  channel.sendToQueue(queue, Buffer.from(text), options);
  await channel.waitForConfirms();
}

async function contents(queue: string): Promise<string> {
  const found: string[] = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) return show(found);
    found.push(message.content.toString());
  }
}

async function count(queue: string): Promise<number> {
  return (await channel.checkQueue(queue)).messageCount;
}

/** The message's death notices, times left out; 3.13 adds x-last-death-*, left out as well. */
function deaths(headers: Record<string, unknown> | undefined): string {
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(headers ?? {})) {
    if (key.startsWith('x-last-death-')) continue;
    shown[key] = value;
  }
  return show(shown).replaceAll(/(time: \{!: "timestamp", value: )\d{10}\}/g, '$1NOW}');
}

async function timeToLive(): Promise<void> {
  heading('time to live');
  const queue = await declare('ttl', { messageTtl: 120 });
  await send(queue, 'by the queue');
  await send(queue, 'longer by the message', { expiration: 60000 });
  await send(queue, 'shorter by the message', { expiration: 20 });
  say(`at once: ${await count(queue)}`);
  await until('expiry', async () => (await count(queue)) === 0, 2000);
  say(`later: ${await contents(queue)}`);
  const plain = await declare('expiration');
  await send(plain, 'stays');
  await send(plain, 'goes when it comes to the head', { expiration: 20 });
  await sleep(60);
  say(`behind a message that stays: ${await count(plain)}`);
  say(`got: ${await contents(plain)}`);
  const zero = await declare('zero', { messageTtl: 0 });
  await send(zero, 'nobody waits');
  say(`ttl 0, nobody waits: ${await count(zero)}`);
  const events = new Events();
  await channel.consume(zero, (message) => events.record(show(message?.content)), { noAck: true });
  await send(zero, 'somebody waits');
  await events.take(1);
}

async function expiry(): Promise<void> {
  heading('queue expiry');
  const queue = await declare('expiring', { expires: 150 });
  const own = await amqp.connect(url);
  const prober = await own.createChannel();
  prober.on('error', () => {});
  await sleep(500);
  const gone = await prober.checkQueue(queue).then(
    () => 'there',
    (error: unknown) => show(error),
  );
  say(`unused: ${gone}`);
  await own.close();
}

async function lengthLimits(): Promise<void> {
  heading('length limits');
  const head = await declare('head', { maxLength: 2 });
  for (const text of ['1', '2', '3', '4']) await send(head, text);
  say(`drop-head: ${await contents(head)}`);
  const bytes = await declare('bytes', { arguments: { 'x-max-length-bytes': 10 } });
  for (const text of ['aaaa', 'bbbb', 'cccc', 'dd']) await send(bytes, text);
  say(`ten bytes: ${await contents(bytes)}`);
  const reject = await declare('reject', { maxLength: 2, overflow: 'reject-publish' });
  for (const text of ['1', '2', '3']) await send(reject, text).catch(() => say(`${text} nacked`));
  say(`reject-publish: ${await contents(reject)}`);
}

async function deadLetters(): Promise<void> {
  heading('dead letters');
  const exchange = exchangeName('dead');
  await channel.assertExchange(exchange, 'topic', { durable: false });
  const grave = await declare('grave');
  await channel.bindQueue(grave, exchange, '#');
  const show1 = async (label: string) => {
    await until('a dead letter', async () => (await count(grave)) === 1);
    const message = await channel.get(grave, { noAck: true });
    if (message === false) return;
    say(`${label}: ${message.fields.exchange} "${message.fields.routingKey}"`);
    say(`  ${deaths(message.properties.headers)} expiration ${message.properties.expiration}`);
  };
  const queue = await declare('mortal', { deadLetterExchange: exchange, maxLength: 1 });
  await send(queue, 'x', { headers: { own: 1 } });
  const rejected = await channel.get(queue);
  if (rejected !== false) channel.reject(rejected, false);
  await show1('rejected');
  await send(queue, 'x');
  await send(queue, 'y');
  await show1('maxlen');
  await channel.purgeQueue(queue);
  await send(queue, 'x', { expiration: 10, CC: ['copy'] });
  await show1('expired, with CC');
  const renamed = await declare('renamed', {
    deadLetterExchange: exchange,
    deadLetterRoutingKey: 'renamed.key',
    messageTtl: 10,
  });
  await send(renamed, 'x');
  await show1('expired by the queue, another key');
  const dlx = await declare('dlx', {
    maxLength: 1,
    overflow: 'reject-publish-dlx',
    deadLetterExchange: exchange,
  });
  await send(dlx, 'one');
  await send(dlx, 'two').catch(() => say('two nacked'));
  await show1('reject-publish-dlx');
}

async function deathRow(): Promise<void> {
  heading('dying again and again');
  const first = await declare('first', {
    deadLetterExchange: '',
    deadLetterRoutingKey: queueName('second'),
  });
  const second = await declare('second', {
    deadLetterExchange: '',
    deadLetterRoutingKey: first,
  });
  await send(first, 'x');
  for (const queue of [first, second, first]) {
    await until('the message', async () => (await count(queue)) === 1);
    const message = await channel.get(queue);
    if (message === false) continue;
    say(`in ${queue}: ${deaths(message.properties.headers)}`);
    channel.nack(message, false, false);
  }
  await until('the message', async () => (await count(second)) === 1);
  const last = await channel.get(second, { noAck: true });
  if (last !== false) say(`at last: ${deaths(last.properties.headers)}`);
  const round = await declare('round', {
    messageTtl: 10,
    deadLetterExchange: '',
    deadLetterRoutingKey: queueName('round'),
  });
  await send(round, 'an automatic circle is cut');
  await sleep(80);
  say(`round: ${await count(round)}`);
}

async function priorities(): Promise<void> {
  heading('priorities');
  const queue = await declare('priority', { maxPriority: 5 });
  for (const [text, priority] of Object.entries({ none: undefined, p1: 1, p9: 9, p5: 5, p3: 3 })) {
    await send(queue, text, priority === undefined ? {} : { priority });
  }
  say(`order: ${await contents(queue)}`);
}

async function singleActive(): Promise<void> {
  heading('single active consumer');
  const queue = await declare('single', { arguments: { 'x-single-active-consumer': true } });
  const seen: string[] = [];
  const named = (name: string) => (message: ConsumeMessage | null) => {
    if (message !== null) seen.push(`${name} ${message.content}`);
  };
  await channel.consume(queue, named('first'), { noAck: true, consumerTag: 'first' });
  await channel.consume(queue, named('second'), { noAck: true, consumerTag: 'second' });
  for (const text of ['1', '2', '3']) await send(queue, text);
  await until('3 deliveries', () => seen.length === 3);
  await channel.cancel('first');
  for (const text of ['4', '5']) await send(queue, text);
  await until('5 deliveries', () => seen.length === 5);
  say(show(seen));
}

async function quorum(): Promise<void> {
  heading('quorum queue with a delivery limit');
  const grave = await declare('quorum-grave');
  const queue = await declare('quorum', {
    durable: true,
    deadLetterExchange: '',
    deadLetterRoutingKey: grave,
    arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 },
  });
  await send(queue, 'poison');
  for (let i = 1; i <= 3; i++) {
    await until('the message', async () => (await count(queue)) === 1);
    const message = await channel.get(queue);
    if (message === false) continue;
    say(
      `delivery ${i}: redelivered ${message.fields.redelivered} ${deaths(message.properties.headers)}`,
    );
    channel.nack(message);
  }
  await until('the dead letter', async () => (await count(grave)) === 1);
  const dead = await channel.get(grave, { noAck: true });
  if (dead !== false) say(`dead: ${deaths(dead.properties.headers)}`);
}

program(async () => {
  const connection = await amqp.connect(url);
  channel = await connection.createConfirmChannel();
  await timeToLive();
  await expiry();
  await lengthLimits();
  await deadLetters();
  await deathRow();
  await priorities();
  await singleActive();
  await quorum();
  await connection.close();
});
