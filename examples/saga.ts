// Saga, as choreography: a business transaction over several services, each with its own data. Nobody
// conducts; each service listens to what the others report and reports what it did itself. When a step
// fails, the ones before it are undone by steps of their own.

import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const EVENTS = 'examples.saga.events';

interface Order {
  readonly id: string;
  readonly item: string;
}

/** Does its part for an order, and returns the event that tells of it. */
type Reaction = (order: Order) => string;

const queueOf = (service: string): string => `examples.saga.${service}`;

/** The services, with so many chairs in stock: what each does at which event. */
function servicesOf(chairs: number): Readonly<Record<string, Readonly<Record<string, Reaction>>>> {
  let stock = chairs;
  return {
    payment: {
      'order.placed': () => 'payment.taken',
      // The compensation: what was paid cannot be made undone, but paid back.
      'stock.missing': () => 'payment.returned',
    },
    stock: {
      'payment.taken': () => {
        if (stock === 0) return 'stock.missing';
        stock -= 1;
        return 'stock.reserved';
      },
    },
    order: {
      'stock.reserved': () => 'order.completed',
      'payment.returned': () => 'order.cancelled',
    },
  };
}

export async function saga(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(EVENTS, 'topic', { durable: true });
  const services = servicesOf(1);
  for (const [service, reactions] of Object.entries(services)) {
    await startService(connection, service, reactions);
  }

  const ended = countdown(2);
  const { queue: log } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(log, EVENTS, '#');
  const onEvent = (event: string, order: Order): void => {
    print(`${order.id}: ${event}`);
    if (event === 'order.completed' || event === 'order.cancelled') ended.tick();
  };
  await channel.consume(
    log,
    (message) => {
      if (message !== null) {
        onEvent(message.fields.routingKey, JSON.parse(message.content.toString()));
      }
    },
    { noAck: true },
  );

  for (const id of ['order 1', 'order 2']) report(channel, 'order.placed', { id, item: 'chair' });
  await channel.waitForConfirms();
  await ended.done;

  for (const service of Object.keys(services)) await channel.deleteQueue(queueOf(service));
  await channel.deleteExchange(EVENTS);
  await channel.close();
}

function report(channel: ConfirmChannel, event: string, order: Order): void {
  channel.publish(EVENTS, event, Buffer.from(JSON.stringify(order)), {
    persistent: true,
    correlationId: order.id,
    // What an event is called by a receiver that sees it twice, as may happen after a crash.
    messageId: `${order.id} ${event}`,
  });
}

async function startService(
  connection: ChannelModel,
  service: string,
  reactions: Readonly<Record<string, Reaction>>,
): Promise<void> {
  const channel = await connection.createConfirmChannel();
  // A queue by name and durable: events wait in there while the service is down.
  await channel.assertQueue(queueOf(service), { durable: true });
  for (const event of Object.keys(reactions)) {
    await channel.bindQueue(queueOf(service), EVENTS, event);
  }
  await channel.prefetch(1);
  await channel.consume(queueOf(service), async (message) => {
    if (message === null) return; // the queue was deleted
    const order: Order = JSON.parse(message.content.toString());
    const event = reactions[message.fields.routingKey]?.(order);
    if (event !== undefined) report(channel, event, order);
    // Only with its report on the way for certain is this step over; else the saga would stop here.
    await channel.waitForConfirms();
    channel.ack(message);
  });
}

await runAsProgram(import.meta.url, saga);
