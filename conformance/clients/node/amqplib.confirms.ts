import amqp, { type ChannelModel, type ConfirmChannel } from 'amqplib';
import { program } from './kit/program.ts';
import {
  attempt,
  Events,
  exchangeName,
  heading,
  queueName,
  say,
  show,
  succeed,
  url,
} from './kit/transcript.ts';

let connection: ChannelModel;

/** Publishes with a callback and gives what the callback was told. */
function confirmed(
  channel: ConfirmChannel,
  exchange: string,
  key: string,
  options: amqp.Options.Publish = {},
): Promise<string> {
  return new Promise((resolve) => {
    channel.publish(exchange, key, Buffer.from('x'), options, (error) => resolve(show(error)));
  });
}

async function callbacks(): Promise<void> {
  heading('callbacks');
  const channel = await connection.createConfirmChannel();
  const queue = queueName('confirmed');
  await channel.assertQueue(queue, { durable: true });
  say(`publish: ${await confirmed(channel, '', queue)}`);
  say(`persistent: ${await confirmed(channel, '', queue, { persistent: true })}`);
  say(`unroutable: ${await confirmed(channel, 'amq.direct', 'nowhere')}`);
  await new Promise<void>((resolve) => {
    channel.sendToQueue(queue, Buffer.from('x'), {}, (error, ok) => {
      say(`sendToQueue: ${show(error)} ${show(ok)}`);
      resolve();
    });
  });
  const many = await Promise.all(Array.from({ length: 200 }, () => confirmed(channel, '', queue)));
  say(`200 at once: ${show([...new Set(many)])}`);
  await attempt('waitForConfirms with nothing outstanding', () => channel.waitForConfirms());
  await attempt('messages', () => channel.purgeQueue(queue));
  await channel.close();
}

async function returnsFirst(): Promise<void> {
  heading('a return comes before its confirm');
  const channel = await connection.createConfirmChannel();
  const events = new Events();
  channel.on('return', (message) => events.record(`return of ${show(message.content)}`));
  channel.on('ack', (fields) => events.record(`ack ${show(fields)}`));
  channel.publish('', queueName('nowhere'), Buffer.from('one'), { mandatory: true });
  await channel.waitForConfirms();
  await events.take(2);
  channel.publish('', queueName('nowhere'), Buffer.from('two'), { mandatory: true });
  await channel.waitForConfirms();
  await events.take(2);
  await channel.close();
}

async function tags(): Promise<void> {
  heading('tags count from one, all of them are confirmed');
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true, durable: false });
  const seen = new Set<number>();
  let highest = 0;
  channel.on('ack', ({ deliveryTag, multiple }) => {
    if (multiple) for (let tag = highest + 1; tag <= deliveryTag; tag++) seen.add(tag);
    seen.add(deliveryTag);
    highest = Math.max(highest, deliveryTag);
  });
  for (let i = 0; i < 1000; i++) channel.sendToQueue(queue, Buffer.from(String(i)));
  await channel.waitForConfirms();
  say(`highest ${highest}, distinct ${seen.size}`);
  const order: string[] = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) break;
    order.push(message.content.toString());
  }
  say(`in order: ${order.every((text, index) => text === String(index))} (${order.length})`);
  await channel.close();
}

async function nacks(): Promise<void> {
  heading('nack: a full queue that rejects');
  const channel = await connection.createConfirmChannel();
  const events = new Events();
  channel.on('nack', ({ deliveryTag }) => events.record(`nack of ${deliveryTag}`));
  const queue = queueName('full');
  await channel.assertQueue(queue, { durable: false, maxLength: 1, overflow: 'reject-publish' });
  say(`first: ${await confirmed(channel, '', queue)}`);
  say(`second: ${await confirmed(channel, '', queue)}`);
  await events.take(1);
  channel.sendToQueue(queue, Buffer.from('third'));
  await attempt('waitForConfirms', () => channel.waitForConfirms());
  await events.take(1);
  await attempt('it kept the first', () => channel.purgeQueue(queue));
  say(`after purge: ${await confirmed(channel, '', queue)}`);
  const other = queueName('roomy');
  await channel.assertQueue(other, { durable: false });
  say(`one of two queues full: ${await confirmed(channel, '', queue, { CC: [other] })}`);
  await attempt('the other has it', () => channel.purgeQueue(other));
  await channel.close();
}

async function failures(): Promise<void> {
  heading('a publish that closes the channel');
  const channel = await connection.createConfirmChannel();
  const events = new Events();
  events.watch(channel, 'channel', 'error', 'close');
  const outcome = confirmed(channel, exchangeName('nowhere'), '');
  await events.take(2);
  say(`callback: ${await outcome}`);
  await attempt('waitForConfirms afterwards', () => channel.waitForConfirms());
  await attempt('publish afterwards', () => channel.publish('', 'x', Buffer.alloc(0)));

  heading('closing with messages outstanding');
  const other = await connection.createConfirmChannel();
  const { queue } = await other.assertQueue('', { exclusive: true, durable: false });
  const last = confirmed(other, '', queue);
  await succeed('close', () => other.close());
  say(`callback was called: ${['null', 'Error: channel closed'].includes(await last)}`);
}

async function mixed(): Promise<void> {
  heading('confirm.select twice, two channels at once');
  const [one, two] = await Promise.all([
    connection.createConfirmChannel(),
    connection.createConfirmChannel(),
  ]);
  const { queue } = await one.assertQueue('', { exclusive: true, durable: false });
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, i) => confirmed(i % 2 === 0 ? one : two, '', queue)),
  );
  say(`all confirmed: ${show([...new Set(results)])}`);
  await attempt('purge', () => one.purgeQueue(queue));
  await one.close();
  await two.close();
}

program(async () => {
  connection = await amqp.connect(url);
  await callbacks();
  await returnsFirst();
  await tags();
  await nacks();
  await failures();
  await mixed();
  await connection.close();
});
