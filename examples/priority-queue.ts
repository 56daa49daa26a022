// Priority queue: what is urgent overtakes what waits. Messages of one priority keep their order.

import type { ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const QUEUE = 'examples.priority-queue.patients';

interface Patient {
  readonly name: string;
  readonly priority?: number;
}

const PATIENTS: readonly Patient[] = [
  { name: 'sprained ankle', priority: 1 },
  { name: 'check-up' }, // without a priority: 0
  { name: 'heart attack', priority: 4 },
  { name: 'broken arm', priority: 2 },
  { name: 'burst appendix', priority: 4 },
  { name: 'aeroplane crash', priority: 200 }, // counts as 4, the queue's highest
];

export async function priorityQueue(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  // Each level costs the broker a little: few are enough. It cannot be changed later.
  await channel.assertQueue(QUEUE, { durable: true, maxPriority: 4 });
  const admit = async (...patients: readonly Patient[]): Promise<void> => {
    for (const { name, ...options } of patients) {
      channel.sendToQueue(QUEUE, Buffer.from(name), { persistent: true, ...options });
    }
    await channel.waitForConfirms();
    print(`${patients.map(({ name }) => name).join(', ')}: admitted`);
  };
  await admit(...PATIENTS);

  const all = countdown(PATIENTS.length + 1);
  const doctor = await connection.createChannel();
  // Only what waits in the queue can be overtaken. What has been delivered is past that, so no more
  // is taken than is being worked on.
  await doctor.prefetch(1);
  await doctor.consume(QUEUE, async (message) => {
    if (message === null) return; // the queue was deleted
    const patient = message.content.toString();
    print(patient);
    if (patient === 'broken arm') await admit({ name: 'stroke', priority: 4 });
    doctor.ack(message);
    all.tick();
  });
  await all.done;

  await doctor.close();
  await channel.deleteQueue(QUEUE);
  await channel.close();
}

await runAsProgram(import.meta.url, priorityQueue);
