import amqp, { type ChannelModel } from 'amqplib';
import { program } from './kit/program.ts';
import { Proxy } from './kit/proxy.ts';
import {
  attempt,
  Events,
  heading,
  queueName,
  say,
  show,
  sleep,
  succeed,
  until,
  url,
} from './kit/transcript.ts';

let connection: ChannelModel;

async function opening(): Promise<void> {
  heading('opening and closing');
  const channel = await connection.createChannel();
  const events = new Events();
  events.watch(channel, 'channel', 'error', 'close');
  await succeed('close', () => channel.close());
  await events.take(1);
  await attempt('close again', () => channel.close());
  for (const [label, action] of Object.entries({
    assertQueue: () => channel.assertQueue('x'),
    ack: () => channel.ackAll(),
    publish: () => channel.publish('', 'x', Buffer.alloc(0)),
    get: () => channel.get('x'),
    recover: () => channel.recover(),
    prefetch: () => channel.prefetch(1),
  })) {
    await attempt<unknown>(`${label} on a closed channel`, action);
  }
  for (let i = 0; i < 50; i++) {
    const one = await connection.createChannel();
    await one.close();
  }
  say('opened and closed fifty in a row');
  const open = await Promise.all(Array.from({ length: 50 }, () => connection.createChannel()));
  await Promise.all(open.map((one) => one.close()));
  say('opened and closed fifty at once');
}

async function numbersAgain(): Promise<void> {
  heading('a channel number is used again after an error');
  for (let i = 0; i < 3; i++) {
    const channel = await connection.createChannel();
    channel.on('error', () => {});
    await attempt('checkQueue', () => channel.checkQueue(queueName('nowhere')));
    const next = await connection.createChannel();
    await attempt('the next channel', () => next.assertQueue('', { exclusive: true }));
    await next.close();
  }
}

async function pending(): Promise<void> {
  heading('calls behind the one that fails');
  const channel = await connection.createChannel();
  const events = new Events();
  events.watch(channel, 'channel', 'error', 'close');
  const results = await Promise.allSettled([
    channel.assertQueue('', { exclusive: true }),
    channel.checkQueue(queueName('nowhere')),
    channel.assertQueue('', { exclusive: true }),
    channel.prefetch(1),
  ]);
  for (const result of results) {
    say(result.status === 'fulfilled' ? `done ${show(result.value)}` : show(result.reason));
  }
  await events.take(2);
}

async function queuedCalls(): Promise<void> {
  heading('many calls at once on one channel, answers in order');
  const channel = await connection.createChannel();
  const queue = queueName('calls');
  const results = await Promise.all([
    channel.assertQueue(queue, { durable: false }),
    channel.prefetch(5),
    channel.bindQueue(queue, 'amq.topic', 'x'),
    channel.checkQueue(queue),
    channel.consume(queue, () => {}, { consumerTag: 'c' }),
    channel.cancel('c'),
    channel.get(queue),
    channel.purgeQueue(queue),
    channel.recover(),
    channel.unbindQueue(queue, 'amq.topic', 'x'),
    channel.checkExchange('amq.topic'),
    channel.deleteQueue(queue),
  ]);
  for (const result of results) say(show(result));
  await channel.close();
}

async function otherChannels(): Promise<void> {
  heading('an error on one channel leaves the others alone');
  const one = await connection.createConfirmChannel();
  const two = await connection.createChannel();
  two.on('error', () => {});
  const queue = queueName('others');
  await one.assertQueue(queue, { durable: false });
  let seen = 0;
  await one.consume(queue, () => seen++, { noAck: true });
  await attempt('error', () => two.checkQueue(queueName('nowhere')));
  one.sendToQueue(queue, Buffer.from('x'));
  await one.waitForConfirms();
  await until('the delivery', () => seen === 1);
  say(`delivered: ${seen}`);
  await one.close();
}

async function connectionLost(): Promise<void> {
  heading('the connection is cut');
  const proxy = await Proxy.start();
  const own = await amqp.connect(proxy.url());
  const channel = await own.createConfirmChannel();
  const events = new Events();
  events.watch(own, 'connection', 'error', 'close');
  events.watch(channel, 'channel', 'error', 'close');
  const queue = queueName('lost');
  await channel.assertQueue(queue, { durable: false });
  channel.sendToQueue(queue, Buffer.from('x'));
  await channel.waitForConfirms();
  let held = 0;
  await channel.consume(queue, () => held++);
  await until('the delivery', () => held === 1);
  proxy.cut();
  await events.take(3);
  await attempt('assertQueue', () => channel.assertQueue(queue));
  await attempt('createChannel', () => own.createChannel());
  await attempt('close', () => own.close());
  const after = await connection.createChannel();
  await until('requeue', async () => (await after.checkQueue(queue)).messageCount === 1);
  await attempt('what it held is back', () => after.get(queue, { noAck: true }));
  await after.close();

  heading('the connection is reset while a call waits');
  const second = await amqp.connect(proxy.url());
  const waiting = await second.createChannel();
  const more = new Events();
  second.on('error', () => more.record('connection error'));
  second.on('close', () => more.record('connection close'));
  const call = attempt('assertQueue', () => waiting.assertQueue(queue, { durable: false }));
  proxy.reset();
  await call;
  await more.take(2);
  await proxy.close();
}

async function protocolErrors(): Promise<void> {
  heading('errors that take the connection with them');
  const own = await amqp.connect(url);
  const channel = await own.createChannel();
  const other = await own.createChannel();
  const events = new Events();
  events.watch(own, 'connection', 'error', 'close');
  events.watch(channel, 'channel', 'error', 'close');
  events.watch(other, 'other channel', 'error', 'close');
  const queue = queueName('tags');
  await channel.assertQueue(queue, { durable: false });
  await channel.consume(queue, () => {}, { consumerTag: 'same' });
  const both = await Promise.allSettled([
    channel.consume(queue, () => {}, { consumerTag: 'same' }),
    own.createChannel().then(() => 'open'),
  ]);
  say(`consume: ${both[0].status === 'rejected' ? show(both[0].reason) : 'done'}`);
  await events.takeSorted(4);
  await sleep(20);
  await attempt('createChannel', () => own.createChannel());
}

async function listeners(): Promise<void> {
  heading('the delivery event, and listeners that throw');
  const own = await amqp.connect(url);
  const channel = await own.createConfirmChannel();
  const events = new Events();
  events.watch(own, 'connection', 'error', 'close');
  events.watch(channel, 'channel', 'error', 'close', 'handler-error');
  channel.on('delivery', (message) => events.record(`delivery of ${message.content}`));
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.consume(queue, (message) => events.record(`consumed ${message?.content}`), {
    noAck: true,
  });
  channel.sendToQueue(queue, Buffer.from('x'));
  await events.take(2);
  channel.on('return', () => {
    throw new Error('thrown by a listener');
  });
  channel.sendToQueue(queueName('nowhere'), Buffer.from('x'), { mandatory: true });
  await events.take(1);
  await attempt('the channel afterwards', () => channel.checkExchange('amq.topic'));
  await own.close().catch(() => {});
  await sleep(20);
  events.print();
}

async function concurrently(): Promise<void> {
  heading('twenty connections at once');
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const own = await amqp.connect(url);
      const channel = await own.createConfirmChannel();
      const { queue } = await channel.assertQueue('', { exclusive: true });
      for (let n = 0; n < 50; n++) channel.sendToQueue(queue, Buffer.from(`${i} ${n}`));
      await channel.waitForConfirms();
      const { messageCount } = await channel.checkQueue(queue);
      await own.close();
      return messageCount;
    }),
  );
  say(`messages in each: ${show([...new Set(outcomes)])}`);
}

program(async () => {
  connection = await amqp.connect(url);
  await opening();
  await numbersAgain();
  await pending();
  await queuedCalls();
  await otherChannels();
  await connectionLost();
  await protocolErrors();
  await listeners();
  await concurrently();
  await connection.close();
});
