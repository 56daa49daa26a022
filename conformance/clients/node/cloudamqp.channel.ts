import {
  type AMQPChannel,
  AMQPClient,
  type AMQPMessage,
  type AMQPProperties,
} from '@cloudamqp/amqp-client';
import { program } from './kit/program.ts';
import {
  attempt,
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

let client: AMQPClient;

/** Calls whose result is of no interest give the channel or nothing. */
const done = (action: () => Promise<unknown>) => () => action().then(() => 'ok');

function showMessage(message: AMQPMessage | null): string {
  if (message === null) return 'null';
  const { exchange, routingKey, properties, bodySize, deliveryTag, redelivered } = message;
  const { messageCount, replyCode, replyText } = message;
  return show({
    exchange,
    routingKey,
    properties,
    bodySize,
    deliveryTag,
    redelivered,
    messageCount,
    replyCode,
    replyText,
    body: message.bodyString(),
  });
}

async function topology(channel: AMQPChannel): Promise<void> {
  heading('topology');
  const queue = queueName('q');
  const one = exchangeName('one');
  const two = exchangeName('two');
  await attempt('queueDeclare', () =>
    channel.queueDeclare(queue, { durable: true }, { 'x-max-priority': 3, 'x-none': null }),
  );
  await attempt('queueDeclare passive', () => channel.queueDeclare(queue, { passive: true }));
  await attempt('queueDeclare of no name', () => channel.queueDeclare());
  await attempt('queueDelete of no name', () => channel.queueDelete());
  const declare = (name: string, type: string, options = {}, args = {}) =>
    attempt(`exchangeDeclare ${type}`, () =>
      channel.exchangeDeclare(name, type, options, args).then(() => 'ok'),
    );
  await declare(one, 'topic', { durable: false }, { 'alternate-exchange': 'amq.fanout' });
  await declare(two, 'headers', { autoDelete: true, internal: true });
  await declare(one, 'topic', { passive: true });
  await attempt(
    'exchangeBind',
    done(() => channel.exchangeBind(two, one, 'a.#', { n: 1 })),
  );
  const match = { 'x-match': 'any', h: 'v' };
  await attempt(
    'queueBind',
    done(() => channel.queueBind(queue, two, '', match)),
  );
  await channel.basicPublish(one, 'a.b', 'routed', { headers: { h: 'v' } });
  await until(
    'the message',
    async () => (await channel.queueDeclare(queue, { passive: true })).messageCount === 1,
  );
  await attempt('queuePurge', () => channel.queuePurge(queue));
  await attempt(
    'queueUnbind',
    done(() => channel.queueUnbind(queue, two, '', match)),
  );
  await attempt(
    'exchangeUnbind',
    done(() => channel.exchangeUnbind(two, one, 'a.#', { n: 1 })),
  );
  await attempt(
    'exchangeDelete',
    done(() => channel.exchangeDelete(one, { ifUnused: true })),
  );
  await attempt(
    'exchangeDelete of none',
    done(() => channel.exchangeDelete(two)),
  );
  await attempt('queueDelete', () => channel.queueDelete(queue, { ifUnused: true, ifEmpty: true }));
}

async function messages(channel: AMQPChannel): Promise<void> {
  heading('messages');
  const { name: queue } = await channel.queueDeclare('');
  await attempt(
    'confirmSelect',
    done(() => channel.confirmSelect()),
  );
  const all: AMQPProperties = {
    contentType: 'text/plain',
    contentEncoding: 'identity',
    headers: {
      text: 'x',
      int: 5,
      big: 2 ** 40,
      float: 1.5,
      yes: true,
      no: false,
      nothing: null,
      list: [1, 'a', [true]],
      table: { deep: { er: 1 } },
      date: new Date(1700000000000),
      bytes: new Uint8Array([1, 2]),
      bigint: 5n,
    },
    deliveryMode: 2,
    priority: 4,
    correlationId: 'c',
    replyTo: 'r',
    expiration: '60000',
    messageId: 'm',
    timestamp: new Date(1700000000000),
    type: 't',
    userId: 'guest',
    appId: 'a',
  };
  for (const [label, body, properties] of [
    ['text', 'text', {}],
    ['null', null, {}],
    ['bytes', new Uint8Array([104, 105]), {}],
    ['array buffer', new Uint8Array([104, 105]).buffer, {}],
    ['buffer with everything', Buffer.from('all'), all],
  ] as const) {
    await attempt(label, () => channel.basicPublish('', queue, body, properties));
    say(showMessage(await channel.basicGet(queue)));
  }
  for (const size of [0, 8183, 8184, 8185, 16368, 100_000]) {
    const body = Buffer.alloc(size, 3);
    await channel.basicPublish('', queue, body);
    const message = await channel.basicGet(queue);
    say(`${size} bytes: ${body.equals(message?.body ?? Buffer.from('?'))}`);
  }
  say(`empty: ${showMessage(await channel.basicGet(queue))}`);
  const tags = await Promise.all(
    Array.from({ length: 300 }, (_, i) => channel.basicPublish('', queue, String(i))),
  );
  say(`300 confirms, tags in a row: ${tags.every((tag, i) => tag === (tags[0] ?? 0) + i)}`);
  await attempt('queuePurge', () => channel.queuePurge(queue));
}

async function settling(channel: AMQPChannel): Promise<void> {
  heading('settling');
  const { name: queue } = await channel.queueDeclare('');
  for (let i = 1; i <= 6; i++) await channel.basicPublish('', queue, String(i));
  const get = () => channel.basicGet(queue, { noAck: false });
  const [one, two, three, four, five] = [
    await get(),
    await get(),
    await get(),
    await get(),
    await get(),
  ];
  if (!one || !two || !three || !four || !five) return say('messages are missing');
  await one.ack();
  say(`acked ${one.isAcked}`);
  await two.nack(true);
  await three.reject(false);
  await channel.basicNack(four.deliveryTag, true);
  await channel.basicReject(five.deliveryTag, true);
  await attempt(
    'basicRecover',
    done(() => channel.basicRecover(true)),
  );
  const left: string[] = [];
  for (;;) {
    const message = await channel.basicGet(queue);
    if (message === null) break;
    left.push(`${message.bodyString()} ${message.redelivered}`);
  }
  say(show(left));
  for (let i = 1; i <= 4; i++) await channel.basicPublish('', queue, String(i));
  await get();
  await get();
  const last = await get();
  await channel.basicAck(last?.deliveryTag ?? 0, true);
  await attempt('three acked at once', () => channel.queueDelete(queue));
}

async function consuming(channel: AMQPChannel): Promise<void> {
  heading('consuming');
  const queue = queueName('consumed');
  await channel.queueDeclare(queue, { durable: false });
  await attempt(
    'prefetch',
    done(() => channel.prefetch(2)),
  );
  await attempt(
    'basicQos global',
    done(() => channel.basicQos(3, 0, true)),
  );
  const seen: AMQPMessage[] = [];
  const consumer = await channel.basicConsume(
    queue,
    { noAck: false, tag: 'mine', args: { 'x-priority': 2 } },
    (message) => {
      seen.push(message);
    },
  );
  say(`tag ${consumer.tag}`);
  for (let i = 1; i <= 4; i++) await channel.basicPublish('', queue, String(i));
  await until('2 deliveries', () => seen.length === 2);
  await sleep(30);
  say(`in hand ${seen.length}`);
  for (let i = 0; i < 4; i++) {
    await until(`delivery ${i + 1}`, () => seen.length > i);
    await seen[i]?.ack();
  }
  say(show(seen.map((message) => `${message.consumerTag} ${message.bodyString()}`)));
  await attempt('wait with a timeout', () => consumer.wait(30));
  const waiting = attempt('wait', () => consumer.wait());
  await attempt(
    'cancel',
    done(() => consumer.cancel()),
  );
  await waiting;
  const other = await channel.basicConsume(queue, { exclusive: true }, async (message) => {
    seen.push(message);
    await message.cancelConsumer();
  });
  await channel.basicPublish('', queue, 'last');
  await attempt('wait until it cancels itself', () => other.wait());
  say(`got ${seen[4]?.bodyToString()}`);
  await attempt(
    'basicCancel of an unknown tag',
    done(() => channel.basicCancel('unknown')),
  );

  const generator = await channel.basicConsume(queue, { noAck: false });
  for (let i = 1; i <= 3; i++) await channel.basicPublish('', queue, String(i));
  const found: string[] = [];
  for await (const message of generator.messages) {
    found.push(String(message.bodyString()));
    await message.ack();
    if (found.length === 3) break;
  }
  say(`the generator gave ${show(found)}`);

  const doomed = await channel.basicConsume(queue, {}, () => {});
  const ending = doomed.wait().then(show, show);
  const outside = await client.channel();
  await attempt('queueDelete', () => outside.queueDelete(queue));
  say(`its consumer ends with ${await ending}`);
  await outside.close();
}

async function returnsAndNacks(): Promise<void> {
  heading('returns and nacks');
  const channel = await client.channel();
  const events = new Events();
  channel.onReturn = (message) => events.record(`return ${showMessage(message)}`);
  await channel.confirmSelect();
  await attempt('mandatory', () =>
    channel.basicPublish('', queueName('none'), 'lost', { type: 't' }, true),
  );
  await events.take(1);
  const queue = queueName('full');
  const args = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
  await channel.queueDeclare(queue, { durable: false }, args);
  await attempt('first', () => channel.basicPublish('', queue, 'x'));
  await attempt('second', () => channel.basicPublish('', queue, 'x'));
  await attempt('not a body', () => Reflect.apply(channel.basicPublish, channel, ['', queue, 5]));
  await attempt('close', () => channel.close('done', 200));
}

async function flowAndTransactions(): Promise<void> {
  heading('flow and transactions');
  const channel = await client.channel();
  await attempt('basicFlow(true)', () => channel.basicFlow(true));
  const { name: queue } = await channel.queueDeclare('');
  await attempt(
    'txSelect',
    done(() => channel.txSelect()),
  );
  const count = async () => (await channel.queueDeclare(queue, { passive: true })).messageCount;
  await channel.basicPublish('', queue, 'one');
  say(`before: ${await count()}`);
  await attempt(
    'txRollback',
    done(() => channel.txRollback()),
  );
  await channel.basicPublish('', queue, 'two');
  await attempt(
    'txCommit',
    done(() => channel.txCommit()),
  );
  await until('the message', async () => (await count()) === 1);
  const message = await channel.basicGet(queue);
  say(`got ${message?.bodyString()}`);
  await channel.close();

  const own = new AMQPClient(url);
  await own.connect();
  const events = new Events();
  own.onerror = (error) => events.record(`onerror ${show(error)}`);
  const stopped = await own.channel();
  await attempt('basicFlow(false)', () => stopped.basicFlow(false));
  await sleep(20);
  events.print();
  if (!own.closed) await own.close();
}

program(async () => {
  client = new AMQPClient(url);
  const events = new Events();
  client.onerror = (error) => events.record(`onerror ${show(error)}`);
  await client.connect();
  const channel = await client.channel();
  await topology(channel);
  await messages(channel);
  await settling(channel);
  await consuming(channel);
  await returnsAndNacks();
  await flowAndTransactions();
  events.print();
  await client.close();
});
