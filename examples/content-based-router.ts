// Content-based router: where a message goes depends on what it says. A headers exchange compares
// several of its properties at a time; senders name none of the queues.

import type { ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const EXCHANGE = 'examples.content-based-router.mail';
const REST = 'examples.content-based-router.rest';

// A queue's binding lists what must match: all of it, or any of it.
const ROUTES = {
  domestic: { 'x-match': 'all', kind: 'order', country: 'de' },
  abroad: { 'x-match': 'all', kind: 'order', country: 'fr' },
  support: { 'x-match': 'any', kind: 'complaint', urgent: true },
};

const MAIL = [
  { text: 'three chairs to Kiel', headers: { kind: 'order', country: 'de' } },
  { text: 'a table to Lyon', headers: { kind: 'order', country: 'fr' } },
  { text: 'a chair has three legs', headers: { kind: 'complaint', country: 'de' } },
  { text: 'a bed to Bonn, today', headers: { kind: 'order', country: 'de', urgent: true } },
  { text: 'greetings', headers: { kind: 'postcard' } },
];

const queueOf = (name: string): string => `examples.content-based-router.${name}`;

export async function contentBasedRouter(connection: ChannelModel, print: Print): Promise<void> {
  const channel = await connection.createConfirmChannel();
  // What fits no route goes to the alternate exchange instead of getting lost.
  await channel.assertExchange(REST, 'fanout', { durable: true });
  await channel.assertExchange(EXCHANGE, 'headers', { durable: true, alternateExchange: REST });
  for (const [name, match] of Object.entries(ROUTES)) {
    await channel.assertQueue(queueOf(name), { durable: true });
    // A headers exchange does not look at the routing key.
    await channel.bindQueue(queueOf(name), EXCHANGE, '', match);
  }
  await channel.assertQueue(queueOf('unknown'), { durable: true });
  await channel.bindQueue(queueOf('unknown'), REST, '');

  for (const { text, headers } of MAIL) {
    channel.publish(EXCHANGE, '', Buffer.from(text), { persistent: true, headers });
  }
  await channel.waitForConfirms();
  print('sent');

  // The order that is urgent fits two routes, and each of the two queues has it.
  const all = countdown(MAIL.length + 1);
  const names = [...Object.keys(ROUTES), 'unknown'];
  for (const name of names) {
    await channel.consume(queueOf(name), (message) => {
      if (message === null) return; // the queue was deleted
      print(`${name}: ${message.content.toString()}`);
      channel.ack(message);
      all.tick();
    });
  }
  await all.done;

  for (const name of names) await channel.deleteQueue(queueOf(name));
  await channel.deleteExchange(EXCHANGE);
  await channel.deleteExchange(REST);
  await channel.close();
}

await runAsProgram(import.meta.url, contentBasedRouter);
