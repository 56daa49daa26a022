import { type AsyncMessage, Connection } from 'rabbitmq-client';
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

async function consumerRecovers(proxy: Proxy, connection: Connection): Promise<void> {
  heading('a consumer recovers, with its topology');
  const outside = new Connection(url);
  const queue = queueName('c');
  const exchange = exchangeName('c');
  const seen: AsyncMessage[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const consumer = connection.createConsumer(
    {
      queue,
      queueOptions: { durable: true },
      exchanges: [{ exchange, type: 'fanout', autoDelete: true }],
      queueBindings: [{ queue, exchange }],
      qos: { prefetchCount: 1 },
    },
    async (message) => {
      seen.push(message);
      if (message.body === 'held' && !message.redelivered) await held;
    },
  );
  const events = new Events();
  consumer.on('ready', () => events.record('ready'));
  consumer.on('error', (error) => events.record(`error ${show(error)}`));
  await events.take(1);
  const publisher = outside.createPublisher({ confirm: true });
  await publisher.send({ exchange }, 'held');
  await until('a delivery', () => seen.length === 1);
  proxy.cut();
  await until('the drop', () => !connection.ready);
  release();
  // The handler's ack finds its channel gone.
  await events.take(2);
  await until('redelivery', () => seen.length === 2);
  say(show(seen.map((message) => `${message.body} ${message.redelivered}`)));
  await publisher.send({ exchange }, 'next');
  await until('a delivery', () => seen.length === 3);
  say(`and ${seen[2]?.body}`);
  await consumer.close();
  await publisher.close();
  await attempt('what is left', () => outside.queueDelete(queue));
  await outside.close();
}

async function publisherRecovers(proxy: Proxy, connection: Connection): Promise<void> {
  heading('a publisher recovers');
  const queue = queueName('p');
  const publisher = connection.createPublisher({
    confirm: true,
    maxAttempts: 5,
    queues: [{ queue, exclusive: true }],
  });
  const events = new Events();
  publisher.on('retry', (error) => events.record(`retry ${show(error)}`));
  await publisher.send(queue, 'before');
  proxy.refuse();
  proxy.cut();
  await until('the drop', () => !connection.ready);
  const results = [publisher.send(queue, 'one'), publisher.send(queue, 'two')];
  await sleep(80);
  await proxy.listen();
  await Promise.all(results);
  events.print();
  await attempt('both are there', async () => {
    const channel = await connection.acquire();
    const { messageCount } = await channel.queueDeclare({ queue, exclusive: true });
    await channel.close();
    return messageCount;
  });
  await publisher.close();
}

async function callsRecover(proxy: Proxy, connection: Connection): Promise<void> {
  heading('remote procedure calls recover');
  const queue = queueName('r');
  const server = connection.createConsumer({ queue, noAck: true }, (message, reply) =>
    message.body === 'hang' ? undefined : reply(`re: ${message.body}`),
  );
  const events = new Events();
  server.on('ready', () => events.record('server ready'));
  await events.take(1);
  const client = connection.createRPCClient({ timeout: 2000 });
  say(`${(await client.send(queue, 'first')).body}`);
  const hanging = attempt('a call the connection dies under', () => client.send(queue, 'hang'));
  await sleep(30);
  proxy.cut();
  await hanging;
  await events.take(1);
  say(`${(await client.send(queue, 'second')).body}`);
  await client.close();
  await server.close();
}

async function cancelledConsumer(_proxy: Proxy, connection: Connection): Promise<void> {
  heading('a consumer whose queue is deleted');
  const queue = queueName('d');
  const seen: string[] = [];
  const consumer = connection.createConsumer({ queue }, (message) => {
    seen.push(message.body);
  });
  const events = new Events();
  consumer.on('ready', () => events.record('ready'));
  consumer.on('error', (error) => events.record(`error ${show(error)}`));
  await events.take(1);
  await attempt('queueDelete', () => connection.queueDelete(queue));
  await events.take(2);
  const publisher = connection.createPublisher({ confirm: true });
  await publisher.send(queue, 'declared anew');
  await until('a delivery', () => seen.length === 1);
  say(show(seen));
  await publisher.close();
  await consumer.close();
}

async function hosts(proxy: Proxy): Promise<void> {
  heading('the next of several hosts');
  const second = await Proxy.start();
  const { username, password } = new URL(url);
  const connection = new Connection({
    username,
    password,
    hosts: [`127.0.0.1:${proxy.port}`, `127.0.0.1:${second.port}`],
    retryLow: 20,
    retryHigh: 40,
  });
  connection.on('error', () => {});
  await connection.onConnect();
  say(`first ${proxy.open}, second ${second.open}`);
  proxy.cut();
  await until('the second host', () => connection.ready && second.open === 1);
  say(`first ${proxy.open}, second ${second.open}`);
  await connection.close();
  await second.close();
}

program(async () => {
  for (const part of [consumerRecovers, publisherRecovers, callsRecover, cancelledConsumer]) {
    const proxy = await Proxy.start();
    const connection = new Connection({ url: proxy.url(), retryLow: 20, retryHigh: 40 });
    const events = new Events();
    events.watch(connection, 'connection', 'connection', 'error');
    await part(proxy, connection);
    events.print();
    await connection.close();
    await proxy.close();
  }
  const proxy = await Proxy.start();
  await hosts(proxy);
  await proxy.close();
});
