// Delayed retry with backoff: what failed is tried again, each time after a longer wait, and set aside
// when it has failed too often. Waiting is done by queues that nobody reads: what has been in there
// for its time expires, and is dead-lettered back to where the work is done.

import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const WORK = 'examples.delayed-retry.work';
const FAILED = 'examples.delayed-retry.failed';
// A queue for each wait. Expiry starts at the head of a queue, so that in one for all of them a short
// wait would be stuck behind a long one.
const WAITS_MS = [25, 50, 100];

const waitingRoom = (ms: number): string => `examples.delayed-retry.wait-${ms}-ms`;

export async function delayedRetry(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(WORK, { durable: true });
  await channel.assertQueue(FAILED, { durable: true });
  for (const ms of WAITS_MS) {
    await channel.assertQueue(waitingRoom(ms), {
      durable: true,
      messageTtl: ms,
      deadLetterExchange: '', // the default exchange: straight to the queue of this name
      deadLetterRoutingKey: WORK,
    });
  }

  channel.sendToQueue(WORK, Buffer.from('call the bank'), { persistent: true });
  channel.sendToQueue(WORK, Buffer.from('call the moon'), { persistent: true });
  await channel.waitForConfirms();

  const tasks = countdown(2);
  await startWorker(connection, print, tasks.tick);
  await tasks.done;

  const queues = [WORK, FAILED, ...WAITS_MS.map(waitingRoom)];
  for (const queue of queues) await channel.deleteQueue(queue);
  await channel.close();
}

/** The bank answers at the third call, the moon never. */
function call(task: string, attempt: number): void {
  if (task !== 'call the bank' || attempt < 3) throw new Error('no answer');
}

async function startWorker(
  connection: ChannelModel,
  print: Print,
  onEnd: () => void,
): Promise<void> {
  const channel = await connection.createConfirmChannel();
  await channel.prefetch(1);
  await channel.consume(WORK, async (message) => {
    if (message === null) return; // the queue was deleted
    const task = message.content.toString();
    const attempt: number = message.properties.headers?.['attempt'] ?? 1;
    try {
      call(task, attempt);
      print(`${task}: done at attempt ${attempt}`);
      onEnd();
    } catch {
      const wait = WAITS_MS[attempt - 1];
      await putAside(channel, wait, task, attempt + 1);
      print(`${task}: attempt ${attempt} failed, ${wait ? `again in ${wait} ms` : 'given up'}`);
      if (wait === undefined) onEnd();
    }
    // Last of all: should it crash before, the attempt is made again rather than forgotten.
    channel.ack(message);
  });
}

async function putAside(
  channel: ConfirmChannel,
  wait: number | undefined,
  task: string,
  attempt: number,
): Promise<void> {
  channel.sendToQueue(wait === undefined ? FAILED : waitingRoom(wait), Buffer.from(task), {
    persistent: true,
    headers: { attempt },
  });
  await channel.waitForConfirms();
}

await runAsProgram(import.meta.url, delayedRetry);
