// Scatter-gather: one question goes to all who may answer, their answers are gathered, and at the
// deadline the best of them is taken, however many there are.

import { randomUUID } from 'node:crypto';
import type { ChannelModel } from 'amqplib';
import { type Print, runAsProgram } from './run.ts';

const EXCHANGE = 'examples.scatter-gather.enquiries';
const DEADLINE_MS = 200;

interface Offer {
  readonly supplier: string;
  readonly price: number;
}

export async function scatterGather(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createChannel();
  await channel.assertExchange(EXCHANGE, 'fanout', { durable: true });
  await startSupplier(connection, 'north', 120);
  await startSupplier(connection, 'south', 110);
  await startSupplier(connection, 'sleepy', undefined);

  const offers = await gather(connection, 'ten chairs', print);
  const [best] = offers.toSorted((one, other) => one.price - other.price);
  print(best ? `${best.supplier} is the best of ${offers.length} offers` : 'nobody offers any');

  await channel.deleteExchange(EXCHANGE);
  await channel.close();
}

async function startSupplier(
  connection: ChannelModel,
  supplier: string,
  price: number | undefined,
): Promise<void> {
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, EXCHANGE, '');
  await channel.consume(queue, (enquiry) => {
    if (enquiry === null) return; // the queue was deleted
    const { replyTo, correlationId } = enquiry.properties;
    if (price !== undefined) {
      const offer: Offer = { supplier, price };
      channel.sendToQueue(replyTo, Buffer.from(JSON.stringify(offer)), { correlationId });
    }
    channel.ack(enquiry);
  });
}

async function gather(connection: ChannelModel, item: string, print: Print): Promise<Offer[]> {
  const channel = await connection.createChannel();
  const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
  // The deadline is a message as well: it expires in a queue of its own and is dead-lettered into the
  // one that the offers come to. What stands before it there was in time, and no timer decides.
  const { queue: deadline } = await channel.assertQueue('', {
    exclusive: true,
    messageTtl: DEADLINE_MS,
    deadLetterExchange: '',
    deadLetterRoutingKey: replyTo,
  });

  const correlationId = randomUUID();
  const offers: Offer[] = [];
  const closed = new Promise<void>((resolve, reject) => {
    const onReply = channel.consume(
      replyTo,
      (reply) => {
        if (reply === null) return; // the queue was deleted
        if (reply.properties.type === 'deadline') return resolve();
        // An offer of an enquiry before this one would come too late.
        if (reply.properties.correlationId !== correlationId) return;
        const offer: Offer = JSON.parse(reply.content.toString());
        print(`${offer.supplier} offers ${item} at ${offer.price}`);
        offers.push(offer);
      },
      { noAck: true },
    );
    onReply.catch(reject);
  });
  channel.sendToQueue(deadline, Buffer.alloc(0), { type: 'deadline' });
  channel.publish(EXCHANGE, '', Buffer.from(item), { correlationId, replyTo });
  await closed;
  await channel.close();
  return offers;
}

await runAsProgram(import.meta.url, scatterGather);
