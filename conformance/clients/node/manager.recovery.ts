import amqp from 'amqp-connection-manager';
import { type Channel, type ConsumeMessage, connect } from 'amqplib';
import { program } from './kit/program.ts';
import { Proxy } from './kit/proxy.ts';
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

async function topologyAgain(proxy: Proxy): Promise<void> {
  heading('set-up, consumers and messages outlive the connection');
  const manager = amqp.connect(proxy.url(), { reconnectTimeInSeconds: 0.03 });
  const queue = queueName('kept');
  const exchange = exchangeName('kept');
  let setUps = 0;
  const wrapper = manager.createChannel({
    setup: async (channel: Channel) => {
      setUps++;
      await channel.assertExchange(exchange, 'direct', { autoDelete: true, durable: false });
      await channel.assertQueue(queue, { exclusive: true, durable: false });
      await channel.bindQueue(queue, exchange, 'k');
    },
  });
  const events = new Events();
  events.watch(wrapper, 'wrapper', 'connect', 'error', 'close');
  await events.take(1);
  const seen: ConsumeMessage[] = [];
  await wrapper.consume(
    queue,
    (message) => {
      seen.push(message);
      wrapper.ack(message);
    },
    { prefetch: 1, consumerTag: 'kept' },
  );
  await wrapper.publish(exchange, 'k', 'before');
  await until('a delivery', () => seen.length === 1);
  await wrapper.checkQueue(queue);
  proxy.refuse();
  proxy.cut();
  await until('disconnection', () => !manager.isConnected());
  const results = ['one', 'two', 'three'].map((text) => wrapper.publish(exchange, 'k', text));
  await sleep(50);
  say(`waiting: ${wrapper.queueLength()}`);
  await proxy.listen();
  say(`published: ${show(await Promise.all(results))}`);
  await until('4 deliveries', () => seen.length === 4);
  say(show(seen.map((message) => `${message.content} ${message.fields.consumerTag}`)));
  say(`set up ${setUps} times`);
  await events.take(1);
  proxy.reset();
  await until('a third set-up', () => setUps === 3);
  await attempt('publish', () => wrapper.publish(exchange, 'k', 'last'));
  await until('5 deliveries', () => seen.length === 5);
  say(`and ${seen[4]?.content}`);
  await manager.close();
}

async function redelivery(proxy: Proxy): Promise<void> {
  heading('unacked messages come again');
  const manager = amqp.connect(proxy.url(), { reconnectTimeInSeconds: 0.03 });
  const queue = queueName('unacked');
  const wrapper = manager.createChannel({
    setup: async (channel: Channel) => {
      await channel.assertQueue(queue, { durable: true });
    },
  });
  const seen: ConsumeMessage[] = [];
  await wrapper.waitForConnect();
  await wrapper.consume(queue, (message) => seen.push(message), { prefetch: 2 });
  for (const text of ['a', 'b', 'c']) await wrapper.sendToQueue(queue, text);
  await until('2 deliveries', () => seen.length === 2);
  proxy.cut();
  await until('2 more', () => seen.length === 4);
  say(show(seen.map((message) => `${message.content} ${message.fields.redelivered}`)));
  await manager.close();
}

async function cancelled(proxy: Proxy): Promise<void> {
  heading('a consumer whose queue is deleted');
  const manager = amqp.connect(proxy.url(), { reconnectTimeInSeconds: 0.03 });
  const events = new Events();
  manager.on('disconnect', ({ err }) => events.record(`disconnect ${show(err)}`));
  const queue = queueName('deleted');
  const wrapper = manager.createChannel({
    setup: async (channel: Channel) => {
      await channel.assertQueue(queue, { durable: false });
    },
  });
  events.watch(wrapper, 'wrapper', 'connect', 'error', 'close');
  await events.take(1);
  const seen: string[] = [];
  await wrapper.consume(queue, (message) => seen.push(message.content.toString()), {
    consumerTag: 'kept',
    noAck: true,
  });
  const outside = await connect(url);
  const channel = await outside.createChannel();
  await attempt('deleteQueue', () => channel.deleteQueue(queue));
  // The wrapper consumes anew at once; there is no such queue, and as nobody listens to its
  // channel's errors, amqplib drops the connection. The next one begins with the set-up.
  await events.take(2);
  channel.sendToQueue(queue, Buffer.from('after'));
  await until('a delivery', () => seen.length === 1);
  await attempt('checkQueue', () => channel.checkQueue(queue));
  await outside.close();
  await manager.close();
}

async function channelErrors(proxy: Proxy): Promise<void> {
  heading('a channel error: the next connection sends what waits');
  const manager = amqp.connect(proxy.url(), { reconnectTimeInSeconds: 0.03 });
  const events = new Events();
  manager.on('disconnect', ({ err }) => events.record(`disconnect ${show(err)}`));
  const wrapper = manager.createChannel();
  events.watch(wrapper, 'wrapper', 'connect', 'error', 'close');
  await events.take(1);
  const queue = queueName('late');
  await wrapper.assertQueue(queue, { durable: false });
  await attempt('checkQueue of no queue', () => wrapper.checkQueue(queueName('nowhere')));
  await attempt('sendToQueue', () => wrapper.sendToQueue(queue, 'x'));
  await events.take(2);
  await attempt('purgeQueue', () => wrapper.purgeQueue(queue));
  await attempt('publish to no exchange, with a timeout', () =>
    wrapper.publish(exchangeName('nowhere'), '', 'x', { timeout: 300 }),
  );
  await manager.close();
}

program(async () => {
  for (const part of [topologyAgain, redelivery, cancelled, channelErrors]) {
    const proxy = await Proxy.start();
    await part(proxy);
    await proxy.close();
  }
});
