/**
 * An amqplib of some years ago, as many deployed programs still have it: it asks for frames of
 * 4096 bytes, and newer brokers refuse it for that. OLD_AMQPLIB tells where it is installed.
 */
import { createRequire } from 'node:module';
import { program } from './kit/program.ts';
import { frameKind, Proxy } from './kit/proxy.ts';
import {
  attempt,
  Events,
  exchangeName,
  heading,
  queueName,
  say,
  show,
  until,
  urlWith,
} from './kit/transcript.ts';

const require = createRequire(`${process.env['OLD_AMQPLIB'] ?? process.cwd()}/`);
const amqp: typeof import('amqplib') = require('amqplib');
const callbacks: typeof import('amqplib/callback_api') = require('amqplib/callback_api');

async function promises(proxy: Proxy): Promise<void> {
  heading('promise API');
  const connection = await amqp.connect(proxy.url());
  say(`tune-ok ${show(proxy.tuned('client'))}`);
  const channel = await connection.createConfirmChannel();
  const events = new Events();
  channel.on('return', (message) => events.record(`return ${show(message.fields)}`));
  const queue = queueName('old');
  const exchange = exchangeName('old');
  await attempt('assertQueue', () =>
    channel.assertQueue(queue, { durable: true, maxPriority: 3, messageTtl: 60000 }),
  );
  await attempt('assertExchange', () => channel.assertExchange(exchange, 'topic'));
  await attempt('bindQueue', () => channel.bindQueue(queue, exchange, 'a.*'));
  await attempt('prefetch', () => channel.prefetch(2));
  await attempt('prefetch global', () => channel.prefetch(2, true));
  const bodies: Buffer[] = [];
  await attempt('consume', () =>
    channel.consume(
      queue,
      (message) => {
        if (message === null) return events.record('cancelled');
        bodies.push(message.content);
        channel.ack(message);
      },
      { consumerTag: 'old' },
    ),
  );
  const sizes = [0, 1, 4087, 4088, 4089, 50_000];
  for (const size of sizes) {
    channel.publish(exchange, 'a.b', Buffer.alloc(size, 'old'), { headers: { size } });
  }
  await channel.waitForConfirms();
  await until('all bodies', () => bodies.length === sizes.length);
  say(`sizes ${show(bodies.map((body) => body.length))}`);
  say(`right ${bodies.every((body) => body.equals(Buffer.alloc(body.length, 'old')))}`);
  const largest = Math.max(
    ...proxy.frames
      .filter((frame) => frame.from === 'server' && frameKind(frame) === 'body')
      .map((frame) => frame.payload.length + 8),
  );
  say(`largest frame of the server ${largest}`);
  channel.publish(exchange, 'b', Buffer.from('x'), { mandatory: true });
  await channel.waitForConfirms();
  await events.take(1);
  await attempt('deleteQueue', () => channel.deleteQueue(queue));
  await events.take(1);
  await attempt('close', () => channel.close());
  const failing = await connection.createChannel();
  events.watch(failing, 'channel', 'error', 'close');
  await attempt('checkQueue', () => failing.checkQueue(queueName('nowhere')));
  await events.take(2);
  await attempt('connection close', () => connection.close());
  await attempt('wrong password', () => amqp.connect(urlWith({ password: 'wrong' })));
}

async function callbackApi(proxy: Proxy): Promise<void> {
  heading('callback API');
  const outcome = await new Promise<string>((resolve, reject) => {
    callbacks.connect(proxy.url('?heartbeat=10'), (error, connection) => {
      if (error) return reject(error);
      connection.createChannel((failure, channel) => {
        if (failure) return reject(failure);
        channel.assertQueue('', { exclusive: true }, (refusal, ok) => {
          if (refusal) return reject(refusal);
          channel.sendToQueue(ok.queue, Buffer.from('hello'));
          channel.consume(
            ok.queue,
            (message) => connection.close(() => resolve(`${message?.content}`)),
            { noAck: true },
          );
        });
      });
    });
  });
  say(`received ${outcome}, tune-ok ${show(proxy.tuned('client'))}`);
}

program(async () => {
  const proxy = await Proxy.start();
  await promises(proxy);
  await callbackApi(proxy);
  await proxy.close();
});
