// Aggregator: collects the messages that belong together and makes one of them. It keeps their
// acknowledgements back until the whole is safe, so that the broker holds what it has collected.

import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const PARTS = 'examples.aggregator.parts';
const ORDERS = 'examples.aggregator.orders';

// As they come: the parts of several orders in any order, and one of them twice.
const ARRIVING = [
  { order: 'A', position: 2, size: 2, item: 'chair' },
  { order: 'B', position: 1, size: 3, item: 'bed' },
  { order: 'C', position: 1, size: 2, item: 'shelf' },
  { order: 'B', position: 3, size: 3, item: 'quilt' },
  { order: 'B', position: 3, size: 3, item: 'quilt' },
  { order: 'A', position: 1, size: 2, item: 'table' },
  { order: 'B', position: 2, size: 3, item: 'pillow' },
];

export async function aggregator(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(PARTS, { durable: true });
  await channel.assertQueue(ORDERS, { durable: true });
  for (const { order, position, size, item } of ARRIVING) {
    channel.sendToQueue(PARTS, Buffer.from(item), {
      persistent: true,
      correlationId: order,
      headers: { position, size },
    });
  }
  await channel.waitForConfirms();

  const orders = countdown(2);
  await channel.consume(ORDERS, (message) => {
    if (message === null) return; // the queue was deleted
    print(`order ${message.properties.correlationId}: ${message.content.toString()}`);
    channel.ack(message);
    orders.tick();
  });
  const stop = await startAggregator(connection);
  await orders.done;
  await stop();

  const { messageCount } = await channel.checkQueue(PARTS);
  print(`${messageCount} part waits for the rest of its order`);

  await channel.deleteQueue(PARTS);
  await channel.deleteQueue(ORDERS);
  await channel.close();
}

async function startAggregator(connection: ChannelModel): Promise<() => Promise<void>> {
  const channel = await connection.createConfirmChannel();
  // As many parts may be held at a time. Too few, and it would wait for parts that it is not sent.
  await channel.prefetch(100);
  const open = new Map<string, Map<number, ConsumeMessage>>();
  const { consumerTag } = await channel.consume(PARTS, async (message) => {
    if (message === null) return; // the queue was deleted
    const { correlationId, headers } = message.properties;
    const parts = open.get(correlationId) ?? new Map<number, ConsumeMessage>();
    open.set(correlationId, parts);
    const position: number = headers?.['position'];
    if (parts.has(position)) {
      channel.ack(message); // once more what is there already
      return;
    }
    parts.set(position, message);
    if (parts.size < headers?.['size']) return;

    open.delete(correlationId);
    const inOrder = [...parts].sort(([one], [other]) => one - other).map(([, part]) => part);
    const items = inOrder.map((part) => part.content.toString());
    channel.sendToQueue(ORDERS, Buffer.from(items.join(', ')), { persistent: true, correlationId });
    await channel.waitForConfirms();
    for (const part of inOrder) channel.ack(part);
  });
  return async () => {
    await channel.cancel(consumerTag);
    // What is incomplete goes back to the queue, as it would after a crash.
    channel.nackAll();
    await channel.close();
  };
}

await runAsProgram(import.meta.url, aggregator);
