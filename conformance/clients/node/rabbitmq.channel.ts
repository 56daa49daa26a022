import { AMQPChannelError, type AsyncMessage, type Channel, Connection } from 'rabbitmq-client';
import { program } from './kit/program.ts';
import { showMessage } from './kit/rabbitmq-client.ts';
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

let connection: Connection;

async function topology(): Promise<void> {
  heading('topology');
  const channel = await connection.acquire();
  const queue = queueName('q');
  const one = exchangeName('one');
  const two = exchangeName('two');
  await attempt('queueDeclare(name)', () => channel.queueDeclare(queue));
  await attempt('queueDeclare passive', () => channel.queueDeclare({ queue, passive: true }));
  await attempt('queueDeclare()', () => channel.queueDeclare());
  await attempt('queueDelete()', () => channel.queueDelete());
  await attempt('exchangeDeclare', () =>
    channel.exchangeDeclare({ exchange: one, type: 'topic', durable: true }),
  );
  await attempt('exchangeDeclare without a type', () =>
    channel.exchangeDeclare({ exchange: two, autoDelete: true }),
  );
  await attempt('exchangeDeclare passive', () =>
    channel.exchangeDeclare({ exchange: one, passive: true }),
  );
  await attempt('exchangeBind', () =>
    channel.exchangeBind({ destination: two, source: one, routingKey: 'a.#' }),
  );
  await attempt('queueBind', () =>
    channel.queueBind({ queue, exchange: two, routingKey: 'a.b', arguments: { n: 1 } }),
  );
  await channel.basicPublish({ exchange: one, routingKey: 'a.b' }, 'routed');
  await until('the message', async () => (await channel.queueDeclare(queue)).messageCount === 1);
  await attempt('queuePurge', () => channel.queuePurge(queue));
  await attempt('queuePurge()', () => channel.queuePurge());
  await attempt('queueUnbind', () =>
    channel.queueUnbind({ queue, exchange: two, routingKey: 'a.b', arguments: { n: 1 } }),
  );
  await attempt('exchangeUnbind', () =>
    channel.exchangeUnbind({ destination: two, source: one, routingKey: 'a.#' }),
  );
  await attempt('exchangeDelete', () => channel.exchangeDelete({ exchange: one, ifUnused: true }));
  await attempt('queueDelete', () => channel.queueDelete({ queue, ifUnused: true, ifEmpty: true }));
  await channel.close();
  say(`active ${channel.active}`);

  heading('the same on the connection');
  const name = queueName('lazy');
  await attempt('queueDeclare', () => connection.queueDeclare({ queue: name }));
  await attempt('exchangeDeclare', () => connection.exchangeDeclare({ exchange: one }));
  await attempt('exchangeDeclare', () => connection.exchangeDeclare({ exchange: two }));
  await attempt('exchangeBind', () => connection.exchangeBind({ destination: two, source: one }));
  await attempt('queueBind', () => connection.queueBind({ queue: name, exchange: two }));
  await attempt('basicGet', () => connection.basicGet(name));
  await attempt('queuePurge', () => connection.queuePurge(name));
  await attempt('queueUnbind', () => connection.queueUnbind({ queue: name, exchange: two }));
  await attempt('exchangeUnbind', () =>
    connection.exchangeUnbind({ destination: two, source: one }),
  );
  await attempt('exchangeDelete', () => connection.exchangeDelete({ exchange: one }));
  await attempt('exchangeDelete', () => connection.exchangeDelete({ exchange: two }));
  await attempt('queueDelete', () => connection.queueDelete(name));
}

async function messages(): Promise<void> {
  heading('messages');
  const channel = await connection.acquire();
  const queue = queueName('m');
  await channel.queueDeclare({ queue, exclusive: true });
  const get = async (label: string) =>
    say(`${label}: ${showMessage(await channel.basicGet(queue))}`);
  await channel.confirmSelect();
  await channel.basicPublish(queue, 'text');
  await get('text');
  await channel.basicPublish({ routingKey: queue }, { json: [1, null, 'two'] });
  await get('object');
  await channel.basicPublish({ routingKey: queue }, Buffer.from([1, 2, 255]));
  await get('bytes');
  await channel.basicPublish(
    {
      routingKey: queue,
      contentEncoding: 'identity',
      contentType: 'application/x-own',
      headers: { a: 1, b: [true, { c: 2.5 }], d: new Date(1700000000000), big: 2 ** 40 },
      durable: true,
      priority: 3,
      correlationId: 'c',
      replyTo: 'r',
      expiration: '60000',
      messageId: 'm',
      timestamp: 1700000000,
      type: 't',
      userId: 'guest',
      appId: 'a',
    },
    Buffer.from('all'),
  );
  await get('all');
  for (const size of [0, 8183, 8184, 8185, 16368, 100_000]) {
    await channel.basicPublish(queue, Buffer.alloc(size, 7));
    const message = await channel.basicGet({ queue, noAck: true });
    say(`${size} bytes: ${Buffer.alloc(size, 7).equals(message?.body)}`);
  }
  await get('empty');
  channel.basicAck({ deliveryTag: 0, multiple: true });
  await channel.close();
}

async function settling(): Promise<void> {
  heading('consume, ack, nack, recover, cancel');
  const channel = await connection.acquire();
  const queue = queueName('s');
  await channel.queueDeclare({ queue });
  await channel.confirmSelect();
  await attempt('basicQos', () => channel.basicQos({ prefetchCount: 2 }));
  const seen: AsyncMessage[] = [];
  await attempt('basicConsume', () =>
    channel.basicConsume({ queue, consumerTag: 'mine' }, (message) => seen.push(message)),
  );
  for (const text of ['1', '2', '3', '4']) await channel.basicPublish(queue, text);
  await until('2 deliveries', () => seen.length === 2);
  channel.basicAck({ deliveryTag: 1 });
  await until('3 deliveries', () => seen.length === 3);
  channel.basicNack({ deliveryTag: 2, requeue: false });
  await until('4 deliveries', () => seen.length === 4);
  channel.basicNack({ deliveryTag: 4, multiple: true });
  await until('6 deliveries', () => seen.length === 6);
  await attempt('basicRecover', () => channel.basicRecover({ requeue: true }));
  await until('8 deliveries', () => seen.length === 8);
  for (const one of seen) say(`${one.deliveryTag} ${one.body} ${one.redelivered}`);
  channel.basicAck({ deliveryTag: 8, multiple: true });
  await attempt('basicCancel', () => channel.basicCancel('mine'));
  await attempt('basicCancel, unknown', () => channel.basicCancel({ consumerTag: 'unknown' }));
  await attempt('queueDeclare', () => channel.queueDeclare({ queue, passive: true }));
  const { consumerTag } = await channel.basicConsume(
    { queue, noAck: true, exclusive: true, arguments: { 'x-priority': 3 } },
    (message) => seen.push(message),
  );
  await channel.basicPublish(queue, 'noAck');
  await until('9 deliveries', () => seen.length === 9);
  say(`${consumerTag} got ${showMessage(seen[8])}`);
  const events = new Events();
  channel.on('basic.cancel', (tag, error) => events.record(`cancel ${tag} ${show(error)}`));
  await attempt('queueDelete', () => connection.queueDelete(queue));
  await events.take(1);
  await attempt('basicQos global', () => channel.basicQos({ prefetchCount: 5, global: true }));
  await channel.close();
}

async function returnsAndNacks(): Promise<void> {
  heading('returns and nacks');
  const channel = await connection.acquire();
  const events = new Events();
  channel.on('basic.return', (message) => events.record(`return ${showMessage(message)}`));
  await attempt('confirmSelect', () => channel.confirmSelect());
  await attempt('mandatory', () =>
    channel.basicPublish({ routingKey: queueName('none'), mandatory: true }, 'lost'),
  );
  await events.take(1);
  const queue = queueName('full');
  await channel.queueDeclare({
    queue,
    exclusive: true,
    arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
  });
  await attempt('first', () => channel.basicPublish(queue, 'x'));
  await attempt('second', () => channel.basicPublish(queue, 'x'));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 300 }, () => channel.basicPublish('nowhere', 'x')),
  );
  say(`300 at once: ${show([...new Set(outcomes.map((one) => one.status))])}`);
  await channel.close();
}

async function transactions(): Promise<void> {
  heading('transactions');
  const channel = await connection.acquire();
  const queue = queueName('tx');
  await channel.queueDeclare({ queue, exclusive: true });
  await attempt('txSelect', () => channel.txSelect());
  const count = async () => (await channel.queueDeclare({ queue, passive: true })).messageCount;
  await channel.basicPublish(queue, 'rolled back');
  say(`before: ${await count()}`);
  await attempt('txRollback', () => channel.txRollback());
  say(`rolled back: ${await count()}`);
  await channel.basicPublish(queue, 'committed');
  await attempt('txCommit', () => channel.txCommit());
  await until('the message', async () => (await count()) === 1);
  const message = await channel.basicGet({ queue });
  say(`got ${message?.body}`);
  channel.basicAck({ deliveryTag: message?.deliveryTag ?? 0 });
  await attempt('txRollback', () => channel.txRollback());
  await attempt('basicRecover', () => channel.basicRecover({ requeue: true }));
  await until('the message', async () => (await count()) === 1);
  const again = await channel.basicGet({ queue });
  say(`the ack was rolled back: ${again?.redelivered}`);
  channel.basicAck({ deliveryTag: again?.deliveryTag ?? 0 });
  await attempt('txCommit', () => channel.txCommit());
  say(`left: ${await count()}`);
  await channel.close();
}

async function failures(): Promise<void> {
  heading('failures');
  const cases: Record<string, (channel: Channel) => Promise<unknown>> = {
    'queueDeclare passive': (channel) =>
      channel.queueDeclare({ queue: queueName('none'), passive: true }),
    'basicGet of no queue': (channel) => channel.basicGet(queueName('none')),
    'basicConsume of no queue': (channel) =>
      channel.basicConsume({ queue: queueName('none') }, () => {}),
    'exchangeDeclare reserved': (channel) => channel.exchangeDeclare({ exchange: 'amq.mine' }),
    'queueBind to no exchange': (channel) =>
      channel.queueBind({ queue: queueName('none'), exchange: exchangeName('none') }),
    'basicQos prefetchSize': (channel) => channel.basicQos({ prefetchSize: 10 }),
    'txCommit without txSelect': (channel) => channel.txCommit(),
    'confirmSelect after txSelect': async (channel) => {
      await channel.txSelect();
      await channel.confirmSelect();
    },
    'txSelect after confirmSelect': async (channel) => {
      await channel.confirmSelect();
      await channel.txSelect();
    },
    'confirmed publish to no exchange': async (channel) => {
      await channel.confirmSelect();
      await channel.basicPublish({ exchange: exchangeName('none') }, 'x');
    },
    'basicRecover without requeue': (channel) => channel.basicRecover({ requeue: false }),
  };
  for (const [label, action] of Object.entries(cases)) {
    const own = new Connection({ url, retryLow: 60000 });
    const events = new Events();
    own.on('error', (error) => events.record(`connection error ${show(error)}`));
    const channel = await own.acquire({ emitErrorsFromChannel: true });
    events.watch(channel, 'channel', 'error', 'close');
    await attempt(label, () => action(channel));
    await sleep(20);
    events.print();
    if (channel.active) await channel.close();
    own.unsafeDestroy();
  }
  const channel = await connection.acquire({ emitErrorsFromChannel: true });
  const events = new Events();
  events.watch(channel, 'channel', 'close');
  channel.on('error', (error) =>
    events.record(`${show(error)}, AMQPChannelError ${error instanceof AMQPChannelError}`),
  );
  channel.basicAck({ deliveryTag: 12345 });
  await events.take(2);
  await attempt('afterwards', () => channel.queueDeclare({ exclusive: true }));
}

program(async () => {
  connection = new Connection(url);
  const events = new Events();
  events.watch(connection, 'connection', 'error');
  await topology();
  await messages();
  await settling();
  await returnsAndNacks();
  await transactions();
  await failures();
  events.print();
  connection.unsafeDestroy();
});
