// Competing consumers: several workers read one queue, and each message is done by one of them. More
// workers do more at a time, and nobody has to tell them who does what.

import type { Channel, ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const QUEUE = 'examples.competing-consumers.pictures';
const PANORAMA = 'panorama';
const PICTURES = [PANORAMA, ...[1, 2, 3, 4, 5, 6, 7].map((number) => `picture ${number}`)];

export async function competingConsumers(connection: ChannelModel, print: Print): Promise<void> {
  const sender = await connection.createConfirmChannel();
  await sender.assertQueue(QUEUE, { durable: true });

  const all = countdown(PICTURES.length);
  const small = countdown(PICTURES.length - 1);
  const resize = async (picture: string): Promise<void> => {
    // Takes as long as all the others together.
    if (picture === PANORAMA) await small.done;
    else small.tick();
  };
  const workers: Channel[] = [];
  for (const name of ['ann', 'bob', 'cem']) {
    const onResized = (picture: string): void => {
      print(`${name} resized ${picture}`);
      all.tick();
    };
    workers.push(await startWorker(connection, resize, onResized));
  }

  for (const picture of PICTURES) {
    sender.sendToQueue(QUEUE, Buffer.from(picture), { persistent: true });
  }
  await sender.waitForConfirms();
  await all.done;

  for (const channel of workers) await channel.close();
  await sender.deleteQueue(QUEUE);
  await sender.close();
}

async function startWorker(
  connection: ChannelModel,
  resize: (picture: string) => Promise<void>,
  onResized: (picture: string) => void,
): Promise<Channel> {
  const channel = await connection.createChannel();
  // One at a time. Without a limit the broker deals out all messages in turn as they come, and what
  // was dealt to the worker with the panorama would wait for it while the others idle.
  await channel.prefetch(1);
  await channel.consume(QUEUE, async (message) => {
    if (message === null) return; // the queue was deleted
    const picture = message.content.toString();
    await resize(picture);
    channel.ack(message);
    onResized(picture);
  });
  return channel;
}

await runAsProgram(import.meta.url, competingConsumers);
