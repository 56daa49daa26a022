import { AMQPSession, AMQPWebSocketClient } from '@cloudamqp/amqp-client';
import { program } from './kit/program.ts';
import { attempt, heading, queueName, say, sleep, target, until, url } from './kit/transcript.ts';
import { RelayedWebSocket } from './kit/web-socket.ts';

Reflect.set(globalThis, 'WebSocket', RelayedWebSocket);
const { username, password } = target();

async function client(): Promise<void> {
  heading('AMQPWebSocketClient');
  const address = 'ws://127.0.0.1/ws/amqp';
  for (const [label, made] of Object.entries({
    'arguments in a row': new AMQPWebSocketClient(address, '/', username, password, 'ws', 8192, 0),
    'an object': new AMQPWebSocketClient({
      url: address,
      vhost: '/',
      username,
      password,
      frameMax: 16384,
      channelMax: 10,
    }),
  })) {
    await attempt(label, async () => {
      await made.connect();
      const channel = await made.channel();
      await channel.confirmSelect();
      const { name } = await channel.queueDeclare('');
      await channel.basicPublish('', name, Buffer.alloc(20_000, 5));
      const message = await channel.basicGet(name);
      await made.close();
      return `${name} ${message?.bodySize} ${message?.body?.every((byte) => byte === 5)}`;
    });
    say(`closed ${made.closed}`);
  }
  const wrong = new AMQPWebSocketClient({ url: address, username, password: 'wrong' });
  await attempt('wrong password', () => wrong.connect().then(() => 'connected'));
}

async function session(): Promise<void> {
  heading('AMQPSession over a WebSocket');
  const { hostname } = new URL(url);
  const one = await AMQPSession.connect(`ws://${username}:${password}@${hostname}/ws?name=ws`, {
    vhost: '/',
  });
  const queue = await one.queue(queueName('ws'), { durable: false });
  const seen: string[] = [];
  const subscription = await queue.subscribe((message) => {
    seen.push(String(message.bodyString()));
  });
  await queue.publish('hello');
  await until('a delivery', () => seen.length === 1);
  say(`received ${seen.join()}`);
  await subscription.cancel();
  await one.stop();
  await sleep(20);
  say(`closed ${one.closed}`);
}

program(async () => {
  await client();
  await session();
});
