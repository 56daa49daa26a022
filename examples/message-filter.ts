// Message filter: receivers say by patterns which messages they want, and the broker sends them no
// others. In a topic exchange `*` stands for one word of the routing key, `#` for any number.

import type { ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const EXCHANGE = 'examples.message-filter.log';

const READERS = [
  { name: 'dashboard', patterns: ['#'], expected: 4 },
  { name: 'accounting', patterns: ['payment.#'], expected: 3 },
  { name: 'on call', patterns: ['*.error', 'payment.*.error'], expected: 2 },
  // payment.error fits both patterns, and comes once: a queue gets a message or does not.
  { name: 'auditor', patterns: ['payment.*', '#.error'], expected: 3 },
];

const KEYS = ['shop.info', 'payment.info', 'payment.error', 'payment.card.error'];

export async function messageFilter(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true });

  const all = countdown(READERS.reduce((sum, { expected }) => sum + expected, 0));
  for (const { name, patterns } of READERS) {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const pattern of patterns) await channel.bindQueue(queue, EXCHANGE, pattern);
    await channel.consume(
      queue,
      (message) => {
        if (message === null) return; // the queue was deleted
        print(`${name}: ${message.fields.routingKey}`);
        all.tick();
      },
      { noAck: true },
    );
  }

  for (const key of KEYS) channel.publish(EXCHANGE, key, Buffer.from('something happened'));
  await channel.waitForConfirms();
  await all.done;

  await channel.deleteExchange(EXCHANGE);
  await channel.close();
}

await runAsProgram(import.meta.url, messageFilter);
