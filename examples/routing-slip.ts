// Routing slip: each message carries the list of the steps that it has yet to go through. Steps know
// nothing of one another, and every message may take a way of its own.

import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const STEPS = ['check', 'wrap', 'ship'];

const queueOf = (step: string): string => `examples.routing-slip.${step}`;

export async function routingSlip(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  const parcels = countdown(3);
  for (const step of STEPS) {
    await channel.assertQueue(queueOf(step), { durable: true });
    await startStep(connection, step, print, parcels.tick);
  }

  handOn(channel, 'book', ['check', 'ship']);
  handOn(channel, 'gift', ['check', 'wrap', 'ship']);
  handOn(channel, 'fragile gift', ['wrap', 'check', 'wrap', 'ship']);
  await channel.waitForConfirms();
  await parcels.done;

  for (const step of STEPS) await channel.deleteQueue(queueOf(step));
  await channel.close();
}

function handOn(channel: ConfirmChannel, parcel: string, [next, ...slip]: readonly string[]): void {
  if (next === undefined) return;
  channel.sendToQueue(queueOf(next), Buffer.from(parcel), { persistent: true, headers: { slip } });
}

async function startStep(
  connection: ChannelModel,
  step: string,
  print: Print,
  onLast: () => void,
): Promise<void> {
  const channel = await connection.createConfirmChannel();
  await channel.prefetch(1);
  await channel.consume(queueOf(step), async (message) => {
    if (message === null) return; // the queue was deleted
    const parcel = message.content.toString();
    const slip: readonly string[] = message.properties.headers?.['slip'] ?? [];
    print(`${step} ${parcel}`);
    handOn(channel, parcel, slip);
    // First the next queue has it, then this one lets go. A crash in between repeats a step; the other
    // way round it would lose the parcel.
    await channel.waitForConfirms();
    channel.ack(message);
    if (slip.length === 0) onLast();
  });
}

await runAsProgram(import.meta.url, routingSlip);
