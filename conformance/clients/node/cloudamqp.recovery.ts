import { AMQPSession, type AMQPSessionOptions } from '@cloudamqp/amqp-client';
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
  until,
  url,
} from './kit/transcript.ts';

async function open(
  proxy: Proxy,
  options: AMQPSessionOptions = {},
): Promise<{ session: AMQPSession; events: Events }> {
  const events = new Events();
  const session = await AMQPSession.connect(proxy.url(), {
    reconnectInterval: 20,
    maxReconnectInterval: 40,
    onconnect: () => events.record('onconnect'),
    ondisconnect: (error) => events.record(`ondisconnect ${show(error)}`),
    onfailed: (error) => events.record(`onfailed ${show(error)}`),
    onrecoverfailed: (name, error) => events.record(`onrecoverfailed ${name} ${show(error)}`),
    onblocked: (reason) => events.record(`onblocked ${reason}`),
    onunblocked: () => events.record('onunblocked'),
    ...options,
  });
  return { session, events };
}

async function calls(): Promise<void> {
  heading('remote procedure calls');
  const session = await AMQPSession.connect(url);
  const name = queueName('rpc');
  const server = await session.rpcServer(name, async (message) => {
    if (message.bodyString() === 'fail') throw new Error('no answer');
    return `re: ${message.bodyString()}`;
  });
  await attempt('rpcCall', async () => (await session.rpcCall(name, 'one')).bodyString());
  const client = await session.rpcClient();
  const answer = await client.call(name, 'two', { type: 'question', timeout: 2000 });
  say(`${answer.bodyString()} ${answer.routingKey} ${show(answer.properties)}`);
  const many = await Promise.all(Array.from({ length: 50 }, (_, i) => client.call(name, `${i}`)));
  say(`each got its own: ${many.every((one, i) => one.bodyString() === `re: ${i}`)}`);
  await attempt('a call without an answer', () => client.call(name, 'fail', { timeout: 80 }));
  await attempt('no such queue', () => client.call(queueName('none'), 'x', { timeout: 80 }));
  const pending = attempt('a call when the client closes', () =>
    client.call(queueName('none'), 'x'),
  );
  await sleep(20);
  await client.close();
  await pending;
  await attempt('a call after close', () => client.call(name, 'x'));
  await server.close();
  await server.close();
  await session.stop();
}

async function consumersRecover(proxy: Proxy): Promise<void> {
  heading('consumers recover');
  const { session, events } = await open(proxy);
  await events.take(1);
  const queue = await session.queue(queueName('c'), { durable: true });
  const seen: string[] = [];
  const subscription = await queue.subscribe({ prefetch: 2 }, (message) => {
    seen.push(`callback ${message.bodyString()}`);
  });
  const other = await session.queue(queueName('g'), { durable: true });
  const generator = await other.subscribe();
  const iterating = (async () => {
    for await (const message of generator) {
      seen.push(`generator ${message.bodyString()}`);
      if (message.bodyString() === 'end') break;
    }
  })();
  await queue.publish('before');
  await other.publish('before');
  await until('2 deliveries', () => seen.length === 2);
  await sleep(30);
  proxy.cut();
  await events.take(2);
  await queue.publish('after');
  await until('a delivery', () => seen.includes('callback after'));
  await other.publish('end');
  await iterating;
  say(show(seen.filter((text) => !text.startsWith('generator before'))));
  say(`tag ${subscription.consumerTag}`);
  await subscription.cancel();
  await attempt('get', () => queue.get());
  await session.stop();
}

async function brokerAway(proxy: Proxy): Promise<void> {
  heading('the broker is away for a while');
  let knocks = 0;
  const { session, events } = await open(proxy, {
    beforeConnect: () => {
      knocks++;
    },
  });
  await events.take(1);
  const queue = await session.queue(queueName('away'), { durable: false });
  proxy.refuse();
  proxy.cut();
  await until('the drop', () => session.closed);
  await attempt('publish meanwhile', () => queue.publish('x'));
  await until('a few attempts', () => knocks >= 3);
  await proxy.listen();
  await events.take(2);
  await attempt('publish afterwards', () => queue.publish('x').then(() => 'ok'));
  await attempt('purge', () => queue.purge());
  await session.stop();
}

async function givingUp(proxy: Proxy): Promise<void> {
  heading('giving up, and failed recoveries');
  const first = await open(proxy, { maxRetries: 2 });
  await first.events.take(1);
  proxy.refuse();
  proxy.cut();
  await first.events.take(2);
  await proxy.listen();
  const { session, events } = await open(proxy);
  await events.take(1);
  const queue = await session.queue(queueName('gone'), { durable: false });
  await queue.subscribe(() => {});
  const outside = await AMQPSession.connect(url);
  proxy.refuse();
  proxy.cut();
  await until('the drop', () => session.closed);
  const same = await outside.queue(queueName('gone'), { durable: false });
  await attempt('the queue is deleted meanwhile', () => same.delete());
  await outside.stop();
  await proxy.listen();
  await events.take(3);
  await session.stop();
}

async function callsRecover(proxy: Proxy): Promise<void> {
  heading('remote procedure calls recover');
  const { session, events } = await open(proxy);
  await events.take(1);
  const name = queueName('r');
  await session.rpcServer(name, (message) => `re: ${message.bodyString()}`);
  const client = await session.rpcClient();
  await attempt('first', async () => (await client.call(name, 'first')).bodyString());
  const hanging = attempt('a call the connection dies under', () =>
    client.call(queueName('none'), 'x'),
  );
  await sleep(20);
  proxy.cut();
  await events.take(2);
  await hanging;
  await attempt('second', async () => (await client.call(name, 'second')).bodyString());
  await session.stop();
}

async function blocked(proxy: Proxy): Promise<void> {
  heading('blocked');
  const { session, events } = await open(proxy);
  await events.take(1);
  const queue = await session.queue(queueName('b'), { durable: false });
  proxy.block('low on disk');
  await events.take(1);
  await attempt('publish', () => queue.publish('x'));
  proxy.unblock();
  await events.take(1);
  await attempt('publish', () => queue.publish('x').then(() => 'ok'));
  await session.stop();
}

program(async () => {
  await calls();
  for (const part of [consumersRecover, brokerAway, givingUp, callsRecover, blocked]) {
    const proxy = await Proxy.start();
    await part(proxy);
    await proxy.close();
  }
});
