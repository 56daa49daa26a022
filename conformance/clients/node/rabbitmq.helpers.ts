import { type AsyncMessage, Connection, type ConsumerProps, ConsumerStatus } from 'rabbitmq-client';
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
  succeed,
  until,
  url,
} from './kit/transcript.ts';

let connection: Connection;

async function publishers(): Promise<void> {
  heading('publisher');
  const queue = queueName('p');
  const one = exchangeName('one');
  const two = exchangeName('two');
  const publisher = connection.createPublisher({
    confirm: true,
    maxAttempts: 2,
    queues: [{ queue, durable: true }],
    exchanges: [
      { exchange: one, type: 'topic' },
      { exchange: two, type: 'fanout' },
    ],
    queueBindings: [{ queue, exchange: two }],
    exchangeBindings: [{ destination: two, source: one, routingKey: 'a.*' }],
  });
  const events = new Events();
  publisher.on('basic.return', (message) => events.record(`return ${showMessage(message)}`));
  publisher.on('retry', (error, envelope) => {
    events.record(`retry ${show(error)} ${show(envelope)}`);
  });
  await attempt('send to an exchange', () =>
    publisher.send({ exchange: one, routingKey: 'a.b', durable: true }, { n: 1 }),
  );
  await attempt('send to a queue', () => publisher.send(queue, 'text'));
  say(showMessage(await connection.basicGet({ queue, noAck: true })));
  say(showMessage(await connection.basicGet({ queue, noAck: true })));
  await attempt('mandatory', () =>
    publisher.send({ exchange: one, routingKey: 'none', mandatory: true }, 'lost'),
  );
  await events.take(1);
  await attempt('to no exchange', () => publisher.send({ exchange: exchangeName('none') }, 'x'));
  await events.take(1);
  await attempt('and again', () => publisher.send(queue, 'the channel is made anew'));
  await attempt('many at once', async () => {
    const sent = await Promise.all(
      Array.from({ length: 500 }, (_, i) => publisher.send(queue, String(i))),
    );
    return sent.length;
  });
  await attempt('queuePurge', () => connection.queuePurge(queue));
  await succeed('close', () => publisher.close());
  await attempt('send after close', () => publisher.send(queue, 'x'));
  const plain = connection.createPublisher();
  await attempt('without confirm', () => plain.send(queue, 'x'));
  await plain.close();
  const failing = connection.createPublisher({
    exchanges: [{ exchange: 'amq.topic', type: 'fanout' }],
  });
  await attempt('set-up that fails', () => failing.send('amq.topic', 'x'));
}

async function consumers(): Promise<void> {
  heading('consumer');
  const queue = queueName('c');
  const exchange = exchangeName('c');
  const upstream = exchangeName('upstream');
  const props: ConsumerProps = {
    queue,
    queueOptions: { autoDelete: true },
    qos: { prefetchCount: 4 },
    concurrency: 2,
    requeue: false,
    exchanges: [
      { exchange, type: 'fanout' },
      { exchange: upstream, type: 'direct' },
    ],
    queueBindings: [{ queue, exchange }],
    exchangeBindings: [{ destination: exchange, source: upstream, routingKey: 'k' }],
  };
  const events = new Events();
  const handled: string[] = [];
  const consumer = connection.createConsumer(props, async (message) => {
    await sleep(5);
    handled.push(`${message.body}${message.redelivered ? ' again' : ''}`);
    if (message.body === 'drop') return ConsumerStatus.DROP;
    if (message.body === 'requeue' && !message.redelivered) return ConsumerStatus.REQUEUE;
    if (message.body === 'throw') throw new Error('as told');
    return message.body === 'ack' ? ConsumerStatus.ACK : undefined;
  });
  events.watch(consumer, 'consumer', 'ready', 'error');
  await events.take(1);
  say(`queue ${consumer.queue}, tag ${consumer.consumerTag}, concurrency ${consumer.concurrency}`);
  const publisher = connection.createPublisher({ confirm: true });
  for (const text of ['plain', 'ack', 'drop', 'requeue', 'throw']) {
    await publisher.send({ exchange: upstream, routingKey: 'k' }, text);
  }
  await until('6 messages handled', () => handled.length === 6);
  await events.take(1);
  say(show(handled.sort()));
  await sleep(30);
  say(show(consumer.stats));
  await succeed('close', () => consumer.close());
  await attempt('the queue went with it', () => connection.queueDeclare({ queue, passive: true }));
  await publisher.close();
}

async function moreConsumers(): Promise<void> {
  heading('more consumers');
  const queue = queueName('more');
  await connection.queueDeclare({ queue });
  const publisher = connection.createPublisher({ confirm: true });
  const seen: string[] = [];
  const lazy = connection.createConsumer({ queue, lazy: true, noAck: true }, (message) => {
    seen.push(message.body);
  });
  const events = new Events();
  events.watch(lazy, 'lazy', 'ready', 'error');
  await publisher.send(queue, 'waits');
  await events.silence(30);
  lazy.start();
  await events.take(1);
  await until('a message', () => seen.length === 1);
  say(`${show(seen)}, ${lazy.stats.initialMessageCount} at the start`);
  await lazy.close();
  const anonymous = connection.createConsumer(
    { queueOptions: { exclusive: true }, consumerTag: 'mine' },
    () => {},
  );
  events.watch(anonymous, 'anonymous', 'ready', 'error');
  await events.take(1);
  say(`queue ${anonymous.queue}, tag ${anonymous.consumerTag}`);
  await anonymous.close();
  const requeueing = connection.createConsumer({ queue, requeue: true }, (message) => {
    if (!message.redelivered) throw new Error('once more');
    seen.push('again');
  });
  events.watch(requeueing, 'requeueing', 'error');
  await publisher.send(queue, 'x');
  await until('a redelivery', () => seen.length === 2);
  await events.take(1);
  await requeueing.close();
  const failing = connection.createConsumer(
    { queue: queueName('none'), queueOptions: { passive: true } },
    () => {},
  );
  events.watch(failing, 'failing', 'ready', 'error');
  await events.take(1);
  await connection.queueDeclare({ queue: queueName('none') });
  await events.take(1);
  await connection.queueDelete(queueName('none'));
  await events.take(1);
  await connection.queueDeclare({ queue: queueName('none') });
  // The set-up after a cancelled consumer may fail a few times before the queue is there again.
  await until('ready again', () => failing.consumerTag !== '');
  say(`consumes again from ${failing.queue}`);
  await failing.close();
  await publisher.close();
}

/** An answer of direct reply-to: brokers count its delivery tags or not, nothing hangs on it. */
function showAnswer(message: AsyncMessage): string {
  return showMessage({ ...message, deliveryTag: undefined });
}

async function calls(): Promise<void> {
  heading('remote procedure calls');
  const queue = queueName('rpc');
  const server = connection.createConsumer({ queue, noAck: true }, async (message, reply) => {
    if (message.body === 'silence') return;
    if (message.replyTo === undefined) {
      await attempt('reply to a message that asks for none', () => reply('x'));
      return;
    }
    await reply({ echo: message.body, expiration: message.expiration }, { type: 'answer' });
  });
  const ready = new Events();
  ready.watch(server, 'server', 'ready', 'error');
  await ready.take(1);
  const client = connection.createRPCClient({ confirm: true, timeout: 150, maxAttempts: 2 });
  say(showAnswer(await client.send(queue, 'ping')));
  say(showAnswer(await client.publish({ routingKey: queue, headers: { h: 1 } }, [1, 2])));
  const many = await Promise.all(Array.from({ length: 100 }, (_, i) => client.send(queue, i)));
  say(`each got its own: ${many.every((message, i) => message.body.echo === i)}`);
  await attempt('no answer', () => client.send(queue, 'silence'));
  await attempt('no such queue', () => client.send(queueName('none'), 'x'));
  say(`active ${client.active}`);
  await connection.createPublisher().send(queue, 'one way');
  await sleep(50);
  await client.close();
  say(`active ${client.active}`);
  await attempt('after close', () => client.send(queue, 'x'));
  const full = connection.createRPCClient({
    queues: [{ queue }],
    exchanges: [{ exchange: exchangeName('rpc'), type: 'direct' }],
    exchangeBindings: [
      { destination: exchangeName('rpc'), source: 'amq.direct', routingKey: queue },
    ],
    queueBindings: [{ queue, exchange: exchangeName('rpc'), routingKey: queue }],
  });
  const answer = await full.send({ exchange: 'amq.direct', routingKey: queue }, 'far');
  say(`by way of exchanges: ${show(answer.body)}`);
  await full.close();
  await server.close();
}

async function replyTo(): Promise<void> {
  heading('direct reply-to by hand');
  const channel = await connection.acquire({ emitErrorsFromChannel: true });
  const queue = queueName('hand');
  await channel.queueDeclare({ queue, exclusive: true });
  const answers: string[] = [];
  const consumeReplies = () =>
    channel.basicConsume({ queue: 'amq.rabbitmq.reply-to', noAck: true }, (message) => {
      answers.push(showAnswer(message));
    });
  await attempt('basicConsume', consumeReplies);
  await channel.basicPublish({ routingKey: queue, replyTo: 'amq.rabbitmq.reply-to' }, 'ask');
  const request = await channel.basicGet({ queue, noAck: true });
  say(`the request asks for replies at ${request?.replyTo}`);
  const address = request?.replyTo ?? '';
  const other = await connection.acquire();
  await other.basicPublish({ routingKey: address }, 'answer');
  await until('an answer', () => answers.length === 1);
  say(answers.join());
  const events = new Events();
  other.on('basic.return', (message) => events.record(`return ${message.replyText}`));
  await other.confirmSelect();
  await attempt('mandatory to a live address', () =>
    other.basicPublish({ routingKey: address, mandatory: true }, 'answer'),
  );
  await channel.close();
  await attempt('mandatory to a dead address', () =>
    other.basicPublish({ routingKey: address, mandatory: true }, 'late'),
  );
  await sleep(30);
  events.print();
  await other.close();
  for (const [label, consume] of [
    ['without noAck', { queue: 'amq.rabbitmq.reply-to' }],
    ['twice', { queue: 'amq.rabbitmq.reply-to', noAck: true }],
  ] as const) {
    const fresh = await connection.acquire({ emitErrorsFromChannel: true });
    if (label === 'twice') await fresh.basicConsume(consume, () => {});
    await attempt(`basicConsume ${label}`, () => fresh.basicConsume(consume, () => {}));
  }
  const asking = await connection.acquire({ emitErrorsFromChannel: true });
  const refused = new Events();
  refused.watch(asking, 'channel', 'error', 'close');
  await asking.basicPublish({ routingKey: 'any', replyTo: 'amq.rabbitmq.reply-to' }, 'x');
  await refused.take(2);
}

program(async () => {
  connection = new Connection({ url, retryLow: 20, retryHigh: 40 });
  const events = new Events();
  events.watch(connection, 'connection', 'error');
  await publishers();
  await consumers();
  await moreConsumers();
  await calls();
  await replyTo();
  events.print();
  connection.unsafeDestroy();
});
