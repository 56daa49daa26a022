import amqp, { type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib';
import { program } from './kit/program.ts';
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

async function freshQueue(channel: Channel, name: string): Promise<string> {
  await channel.assertQueue(queueName(name), { durable: false });
  return queueName(name);
}

async function basics(): Promise<void> {
  heading('consume, cancel');
  const channel = await connection.createConfirmChannel();
  const queue = await freshQueue(channel, 'basics');
  const events = new Events();
  const seen = (message: ConsumeMessage | null) => events.record(show(message));
  await attempt('a tag of the server', () => channel.consume(queue, seen, { noAck: true }));
  channel.sendToQueue(queue, Buffer.from('one'), { messageId: 'm1', headers: { h: 1 } });
  channel.sendToQueue(queue, Buffer.from('two'));
  await events.take(2);
  const tagged = await attempt('a tag of ours', () =>
    channel.consume(queueName('basics'), seen, { consumerTag: 'ours' }),
  );
  if (tagged !== undefined) await attempt('cancel', () => channel.cancel(tagged.consumerTag));
  await attempt('cancel again', () => channel.cancel('ours'));
  await attempt('cancel an unknown tag', () => channel.cancel('never-heard-of'));
  await channel.close();
  await attempt('cancel on a closed channel', () => channel.cancel('ours'));
}

async function options(): Promise<void> {
  heading('options');
  const channel = await connection.createConfirmChannel();
  const queue = await freshQueue(channel, 'options');
  const events = new Events();
  const named = (name: string) => (message: ConsumeMessage | null) =>
    events.record(`${name}: ${show(message?.content)}`);
  await channel.consume(queue, named('low'), { noAck: true, priority: 1, consumerTag: 'low' });
  await channel.consume(queue, named('high'), { noAck: true, priority: 5, consumerTag: 'high' });
  for (let i = 0; i < 3; i++) channel.sendToQueue(queue, Buffer.from(`priority ${i}`));
  await channel.waitForConfirms();
  await events.take(3);
  await channel.cancel('high');
  channel.sendToQueue(queue, Buffer.from('only low is left'));
  await events.take(1);
  await channel.cancel('low');
  await attempt('noLocal is accepted', () =>
    channel.consume(queue, named('local'), { noLocal: true, noAck: true, consumerTag: 'local' }),
  );
  channel.sendToQueue(queue, Buffer.from('delivered all the same'));
  await events.take(1);
  await channel.cancel('local');
  await attempt('arguments', () =>
    channel.consume(queue, named('argued'), {
      noAck: true,
      consumerTag: 'argued',
      arguments: { 'x-priority': -3, 'x-of-no-meaning': 'yes' },
    }),
  );
  await channel.cancel('argued');
  await attempt('exclusive', () =>
    channel.consume(queue, named('sole'), { exclusive: true, consumerTag: 'sole' }),
  );
  await channel.close();
}

async function roundRobin(): Promise<void> {
  heading('round robin');
  const channel = await connection.createConfirmChannel();
  const queue = await freshQueue(channel, 'robin');
  const counts = new Map<string, number>();
  for (const name of ['a', 'b', 'c']) {
    await channel.consume(queue, () => counts.set(name, (counts.get(name) ?? 0) + 1), {
      noAck: true,
    });
  }
  for (let i = 0; i < 9; i++) {
    channel.sendToQueue(queue, Buffer.from(String(i)));
    await channel.waitForConfirms();
  }
  const total = () => [...counts.values()].reduce((sum, one) => sum + one, 0);
  await until('9 deliveries', () => total() === 9);
  say(`of nine each has ${show([...counts.values()])}`);
  await channel.close();
}

async function refusals(): Promise<void> {
  heading('refused');
  const holder = await connection.createChannel();
  const held = await freshQueue(holder, 'held');
  await holder.consume(held, () => {}, { exclusive: true });
  const shared = await freshQueue(holder, 'shared');
  await holder.consume(shared, () => {});
  const cases: Record<string, (channel: Channel) => Promise<unknown>> = {
    'no such queue': (channel) => channel.consume(queueName('nowhere'), () => {}),
    'a queue somebody consumes exclusively': (channel) => channel.consume(held, () => {}),
    'exclusive while there is another': (channel) =>
      channel.consume(shared, () => {}, { exclusive: true }),
    'x-priority not a number': (channel) =>
      channel.consume(shared, () => {}, { arguments: { 'x-priority': 'high' } }),
  };
  for (const [label, action] of Object.entries(cases)) {
    const channel = await connection.createChannel();
    const events = new Events();
    events.watch(channel, 'channel', 'error', 'close');
    await attempt(label, () => action(channel));
    await events.take(2);
  }
  await holder.close();
}

async function sameTag(): Promise<void> {
  heading('a consumer tag used twice');
  const own = await amqp.connect(url);
  const channel = await own.createChannel();
  const events = new Events();
  events.watch(own, 'connection', 'error', 'close');
  events.watch(channel, 'channel', 'error', 'close');
  const queue = await freshQueue(channel, 'twice');
  await channel.consume(queue, () => {}, { consumerTag: 'same' });
  const other = await own.createChannel();
  await attempt('on another channel', () =>
    other.consume(queue, () => {}, { consumerTag: 'same' }),
  );
  await attempt('on the same channel', () =>
    channel.consume(queue, () => {}, { consumerTag: 'same' }),
  );
  await events.take(3);
}

async function cancelledByServer(): Promise<void> {
  heading('cancelled by the server');
  const channel = await connection.createChannel();
  const events = new Events();
  events.watch(channel, 'channel', 'cancel', 'error', 'close');
  const queue = await freshQueue(channel, 'doomed');
  await channel.consume(queue, (message) => events.record(`one: ${show(message)}`), {
    consumerTag: 'one',
  });
  await channel.consume(queue, (message) => events.record(`two: ${show(message)}`), {
    consumerTag: 'two',
  });
  const other = await connection.createChannel();
  await attempt('deleteQueue', () => other.deleteQueue(queue));
  await events.takeSorted(4);
  await attempt('cancel after it', () => channel.cancel('one'));
  await attempt('the channel lives', () => channel.assertQueue(queue, { durable: false }));
  await attempt('consume anew with the same tag', () =>
    channel.consume(queue, (message) => events.record(`anew: ${show(message?.content)}`), {
      consumerTag: 'one',
      noAck: true,
    }),
  );
  channel.sendToQueue(queue, Buffer.from('x'));
  await events.take(1);
  await channel.close();
  await other.close();
}

async function afterCancel(): Promise<void> {
  heading('after cancel');
  const channel = await connection.createConfirmChannel();
  const queue = await freshQueue(channel, 'after');
  const messages: ConsumeMessage[] = [];
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (message !== null) messages.push(message);
  });
  channel.sendToQueue(queue, Buffer.from('kept unacked'));
  await until('a delivery', () => messages.length === 1);
  await succeed('cancel', () => channel.cancel(consumerTag));
  channel.sendToQueue(queue, Buffer.from('stays in the queue'));
  await channel.waitForConfirms();
  await sleep(50);
  say(`deliveries: ${messages.length}`);
  await attempt('counts', () => channel.checkQueue(queue));
  for (const message of messages) channel.ack(message);
  await attempt('an ack after cancel is fine', () => channel.checkQueue(queue));
  await channel.close();
}

async function many(): Promise<void> {
  heading('many consumers on many channels');
  const sender = await connection.createConfirmChannel();
  const queue = await freshQueue(sender, 'many');
  let received = 0;
  const channels = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const channel = await connection.createChannel();
      await channel.prefetch(3);
      await channel.consume(queue, (message) => {
        if (message === null) return;
        received++;
        channel.ack(message);
      });
      return channel;
    }),
  );
  await attempt('checkQueue', () => sender.checkQueue(queue));
  for (let i = 0; i < 1000; i++) sender.sendToQueue(queue, Buffer.from(String(i)));
  await sender.waitForConfirms();
  await until('1000 deliveries', () => received === 1000);
  await Promise.all(channels.map((channel) => channel.close()));
  say(`received ${received}`);
  await attempt('nothing is left', () => sender.checkQueue(queue));
  await sender.close();
}

program(async () => {
  connection = await amqp.connect(url);
  await basics();
  await options();
  await roundRobin();
  await refusals();
  await sameTag();
  await cancelledByServer();
  await afterCancel();
  await many();
  await connection.close();
});
