// Sequential convoy: messages that belong together are done one after another and in order, while
// others go on beside them. Every customer's messages go to one of a few queues, and each queue has a
// single active consumer; the other workers stand by to take over.

import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const LANES = ['examples.sequential-convoy.0', 'examples.sequential-convoy.1'];
const CUSTOMERS = ['anna', 'bert'];
const STEPS = ['orders', 'pays', 'gets the parcel', 'sends it back'];

/** The same lane for a customer every time. */
function laneOf(customer: string): string {
  const sum = [...Buffer.from(customer)].reduce((total, byte) => total + byte, 0);
  return LANES[sum % LANES.length] ?? '';
}

export async function sequentialConvoy(connection: ChannelModel, print: Print): Promise<void> {
  const sender = await connection.createConfirmChannel();
  for (const lane of LANES) {
    await sender.assertQueue(lane, {
      durable: true,
      arguments: { 'x-single-active-consumer': true },
    });
  }

  // Whoever comes first to a lane is active there. Both come to both, each to another one first.
  const all = countdown(CUSTOMERS.length * STEPS.length);
  const [first = '', second = ''] = LANES;
  const eve = await startWorker(connection, print, 'eve', all.tick);
  const kim = await startWorker(connection, print, 'kim', all.tick);
  await eve(first);
  await kim(second);
  await eve(second);
  await kim(first);

  for (const step of STEPS) {
    for (const customer of CUSTOMERS) {
      sender.sendToQueue(laneOf(customer), Buffer.from(`${customer} ${step}`), {
        persistent: true,
      });
    }
  }
  await sender.waitForConfirms();
  await all.done;

  for (const lane of LANES) await sender.deleteQueue(lane);
  await sender.close();
}

/** A worker, as the function that sets it on a lane. */
async function startWorker(
  connection: ChannelModel,
  print: Print,
  name: string,
  onDone: () => void,
): Promise<(lane: string) => Promise<unknown>> {
  const channel = await connection.createChannel();
  // One at a time, or what is fetched ahead would be done twice when this worker dies.
  await channel.prefetch(1);
  const onEvent = async (message: ConsumeMessage | null): Promise<void> => {
    if (message === null) return; // the queue was deleted
    const event = message.content.toString();
    if (name === 'eve' && event.endsWith('pays')) {
      print(`${name} dies over: ${event}`);
      // Without an acknowledgement: the message goes back to the head of its lane, and the lane to
      // the worker that stands by, so that nothing overtakes it.
      await channel.close();
      return;
    }
    print(`${name}: ${event}`);
    channel.ack(message);
    onDone();
  };
  return (lane) => channel.consume(lane, onEvent);
}

await runAsProgram(import.meta.url, sequentialConvoy);
