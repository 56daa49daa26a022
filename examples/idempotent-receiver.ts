// Idempotent receiver: with acknowledgements and confirms nothing gets lost, and so some messages come
// twice. A receiver that remembers their ids does the work once.

import { randomUUID } from 'node:crypto';
import type { ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const QUEUE = 'examples.idempotent-receiver.deposits';

/** Balance and ids stand for one database: they change together, in one transaction. */
interface Account {
  balance: number;
  readonly booked: Set<string>;
}

export async function idempotentReceiver(connection: ChannelModel, print: Print): Promise<void> {
  const sender = await connection.createConfirmChannel();
  await sender.assertQueue(QUEUE, { durable: true });

  // The sender gives each deposit its id, and keeps to it: an id made for each attempt tells nothing.
  const first = { id: randomUUID(), amount: '10' };
  const second = { id: randomUUID(), amount: '5' };
  // The first twice: its confirm got lost with a connection, so the sender could not know.
  for (const { id, amount } of [first, first, second]) {
    sender.sendToQueue(QUEUE, Buffer.from(amount), { persistent: true, messageId: id });
  }
  await sender.waitForConfirms();

  const account: Account = { balance: 0, booked: new Set() };
  // It crashes over the last one, when that is booked and not acknowledged yet.
  await receive(connection, account, print, 3, second.id);
  print('the receiver starts again');
  await receive(connection, account, print, 1);
  print(`balance: ${account.balance}`);

  await sender.deleteQueue(QUEUE);
  await sender.close();
}

async function receive(
  connection: ChannelModel,
  account: Account,
  print: Print,
  count: number,
  crashAt?: string,
): Promise<void> {
  const channel = await connection.createChannel();
  const all = countdown(count);
  await channel.prefetch(1);
  await channel.consume(QUEUE, (message) => {
    if (message === null) return; // the queue was deleted
    const amount = Number(message.content.toString());
    const id: string = message.properties.messageId;
    // The redelivered flag would not do: it is not set when the sender repeats itself, and set also
    // when the one before got nothing done.
    const how = message.fields.redelivered ? 'redelivered' : 'delivered';
    if (account.booked.has(id)) {
      print(`${amount} ${how}: booked already`);
    } else {
      account.balance += amount;
      account.booked.add(id);
      print(`${amount} ${how}: booked`);
    }
    if (id !== crashAt) channel.ack(message);
    all.tick();
  });
  await all.done;
  await channel.close();
}

await runAsProgram(import.meta.url, idempotentReceiver);
