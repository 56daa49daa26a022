// Dead-letter channel: what cannot be processed is set aside, with the reason, where somebody can look
// at it, instead of getting lost or blocking the queue by coming again and again.

import type { ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const EXCHANGE = 'examples.dead-letter-channel.dead';
const DEAD = 'examples.dead-letter-channel.dead';
const ORDERS = 'examples.dead-letter-channel.orders';
const OFFER_MS = 100;

export async function deadLetterChannel(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(EXCHANGE, 'fanout', { durable: true });
  await channel.assertQueue(DEAD, { durable: true });
  await channel.bindQueue(DEAD, EXCHANGE, '');
  await channel.assertQueue(ORDERS, {
    durable: true,
    deadLetterExchange: EXCHANGE,
    // Full at two: `drop-head` gives up the oldest, which is dead-lettered as well.
    maxLength: 2,
    overflow: 'drop-head',
  });
  const send = async (text: string, expiration?: number): Promise<void> => {
    channel.sendToQueue(ORDERS, Buffer.from(text), {
      persistent: true,
      ...(expiration === undefined ? {} : { expiration }),
    });
    await channel.waitForConfirms();
  };

  const dead = countdown(3);
  await watchDeadLetters(connection, print, dead.tick);

  await send('{"chairs": 1}');
  await send('{"chairs": 2}');
  await send('2 chairs');
  await takeOrders(connection, print);
  // Nobody takes this one: it dies of age.
  await send('{"chairs": 20, "only": "today"}', OFFER_MS);
  print('the shop is closed');
  await dead.done;

  await channel.deleteQueue(ORDERS);
  await channel.deleteQueue(DEAD);
  await channel.deleteExchange(EXCHANGE);
  await channel.close();
}

/** Takes two orders, and leaves. */
async function takeOrders(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createChannel();
  const seen = countdown(2);
  await channel.consume(ORDERS, (message) => {
    if (message === null) return; // the queue was deleted
    const text = message.content.toString();
    try {
      JSON.parse(text);
      print(`took ${text}`);
      channel.ack(message);
    } catch {
      // It will not be better the next time, so it is not to be requeued.
      channel.nack(message, false, false);
    }
    seen.tick();
  });
  await seen.done;
  await channel.close();
}

async function watchDeadLetters(
  connection: ChannelModel,
  print: Print,
  onDead: () => void,
): Promise<void> {
  const channel = await connection.createChannel();
  await channel.consume(DEAD, (message) => {
    if (message === null) return; // the queue was deleted
    // Newest death first: from which queue, why, how often.
    const [death] = message.properties.headers?.['x-death'] ?? [];
    print(`${message.content.toString()} is dead: ${death?.reason}`);
    channel.ack(message);
    onDead();
  });
}

await runAsProgram(import.meta.url, deadLetterChannel);
