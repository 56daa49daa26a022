// Point to point: a message goes into one queue and from there to one receiver. The two need not
// know each other, nor be there at the same time: the queue keeps what was sent.

import type { ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const QUEUE = 'examples.point-to-point.orders';
const ORDERS = ['order 1', 'order 2', 'order 3'];

export async function pointToPoint(connection: ChannelModel, print: Print): Promise<void> {
  const setup = await connection.createChannel();
  // A restart of the broker spares what is durable: the queue, and persistent messages in it.
  await setup.assertQueue(QUEUE, { durable: true });

  await send(connection, print);
  await receive(connection, print);

  await setup.deleteQueue(QUEUE);
  await setup.close();
}

async function send(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  channel.on('return', (message) => {
    print(`nobody takes ${message.content.toString()} for ${message.fields.routingKey}`);
  });
  for (const order of ORDERS) {
    channel.sendToQueue(QUEUE, Buffer.from(order), { persistent: true, mandatory: true });
  }
  // A message without a queue to go to is confirmed as well, and gone. `mandatory` brings it back,
  // and does so before the confirm.
  channel.sendToQueue('examples.point-to-point.oders', Buffer.from('order 4'), {
    persistent: true,
    mandatory: true,
  });
  // Until it has confirmed them the broker may have lost them, and the sender would have to send
  // them again.
  await channel.waitForConfirms();
  print(`sent ${ORDERS.length} orders`);
  await channel.close();
}

async function receive(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createChannel();
  const all = countdown(ORDERS.length);
  await channel.consume(QUEUE, (message) => {
    if (message === null) return; // the queue was deleted
    print(`received ${message.content.toString()}`);
    // After the work, never before: what is acknowledged, the broker forgets.
    channel.ack(message);
    all.tick();
  });
  await all.done;
  await channel.close();
}

await runAsProgram(import.meta.url, pointToPoint);
