// Work queue with long tasks: a task stays with the broker until a worker says that it is done. If the
// worker dies over it, another one gets it.

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Channel, ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const QUEUE = 'examples.work-queue.films';
const FILMS = ['feature', 'trailer', 'poster'];
const FILM_MS = 30;

export async function workQueue(connection: ChannelModel, print: Print): Promise<void> {
  const sender = await connection.createConfirmChannel();
  await sender.assertQueue(QUEUE, { durable: true });
  for (const film of FILMS) sender.sendToQueue(QUEUE, Buffer.from(film), { persistent: true });
  await sender.waitForConfirms();

  const all = countdown(FILMS.length);
  const crash = async (): Promise<void> => {
    await pause(FILM_MS);
    throw new Error('out of memory');
  };
  const ann = await startWorker(connection, 'ann', crash, print, all.tick);
  await once(ann, 'close');
  const bob = await startWorker(connection, 'bob', () => pause(FILM_MS), print, all.tick);
  await all.done;

  await bob.close();
  await sender.deleteQueue(QUEUE);
  await sender.close();
}

async function startWorker(
  connection: ChannelModel,
  name: string,
  work: () => Promise<void>,
  print: Print,
  onDone: () => void,
): Promise<Channel> {
  const channel = await connection.createChannel();
  // No second task before the first is acknowledged: with long tasks each that waits at a busy worker
  // is one that an idle worker could have.
  await channel.prefetch(1);
  await channel.consume(QUEUE, async (message) => {
    if (message === null) return; // the queue was deleted
    const film = message.content.toString();
    // Redelivered: somebody had it before, and may have got anywhere with it.
    print(`${name} starts ${film}${message.fields.redelivered ? ', which was begun before' : ''}`);
    try {
      await work();
    } catch {
      print(`${name} crashes`);
      // What the broker sees of a crash: the channel is gone, and its task not acknowledged.
      await channel.close();
      return;
    }
    print(`${name} has done ${film}`);
    // At the end, however long it took: heartbeats keep the connection alive meanwhile. The limit is
    // the broker's consumer_timeout, half an hour unless it is set.
    channel.ack(message);
    onDone();
  });
  return channel;
}

await runAsProgram(import.meta.url, workQueue);
