// Wire tap: listen to what passes a point without touching it. The exchange that senders publish to is
// bound to another one, whose queues get copies; senders and receivers need not know.

import type { Channel, ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const ORDERS = 'examples.wire-tap.orders';
const WAREHOUSE = 'examples.wire-tap.warehouse';
const TAP = 'examples.wire-tap.tap';

export async function wireTap(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(ORDERS, 'topic', { durable: true });
  await channel.assertQueue(WAREHOUSE, { durable: true });
  await channel.bindQueue(WAREHOUSE, ORDERS, 'order.paid');
  const send = async (key: string, text: string): Promise<void> => {
    channel.publish(ORDERS, key, Buffer.from(text), { persistent: true });
    await channel.waitForConfirms();
  };

  const delivered = countdown(3);
  await channel.consume(WAREHOUSE, (message) => {
    if (message === null) return; // the queue was deleted
    print(`warehouse: ${message.content.toString()}`);
    channel.ack(message);
    delivered.tick();
  });

  await send('order.paid', 'a chair');
  const heard = countdown(2);
  const tap = await tapInto(connection, (line) => {
    print(line);
    heard.tick();
  });
  await send('order.paid', 'a table');
  await send('order.cancelled', 'a bed');
  await heard.done;
  // The tap is out again, and nothing else was stopped or changed.
  await channel.unbindExchange(TAP, ORDERS, '#');
  await tap.close();
  await send('order.paid', 'a shelf');
  await delivered.done;

  await channel.deleteQueue(WAREHOUSE);
  await channel.deleteExchange(TAP);
  await channel.deleteExchange(ORDERS);
  await channel.close();
}

async function tapInto(connection: ChannelModel, print: Print): Promise<Channel> {
  const channel = await connection.createChannel();
  // Internal: only what comes through the binding, nothing that somebody publishes to it.
  await channel.assertExchange(TAP, 'fanout', { durable: true, internal: true });
  await channel.bindExchange(TAP, ORDERS, '#');
  // Bounded, so that a listener that falls asleep costs the oldest copies and not the broker's memory.
  const { queue } = await channel.assertQueue('', { exclusive: true, maxLength: 1000 });
  await channel.bindQueue(queue, TAP, '');
  await channel.consume(
    queue,
    (message) => {
      if (message === null) return; // the queue was deleted
      // The copy says where it was published to, not which way it came.
      const { exchange, routingKey } = message.fields;
      print(`tap: ${exchange} ${routingKey} ${message.content.toString()}`);
    },
    { noAck: true },
  );
  return channel;
}

await runAsProgram(import.meta.url, wireTap);
