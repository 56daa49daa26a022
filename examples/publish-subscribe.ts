// Publish/subscribe: every subscriber gets a copy of what is published while it is subscribed. The
// publisher knows the exchange and none of them.

import type { ChannelModel } from 'amqplib';
import { countdown, type Print, runAsProgram } from './run.ts';

const EXCHANGE = 'examples.publish-subscribe.news';

export async function publishSubscribe(connection: ChannelModel, print: Print): Promise<void> {
  const publisher = await connection.createConfirmChannel();
  await publisher.assertExchange(EXCHANGE, 'fanout', { durable: true });
  const publish = async (news: string): Promise<void> => {
    publisher.publish(EXCHANGE, '', Buffer.from(news));
    await publisher.waitForConfirms();
    print(`published ${news}`);
  };

  // An exchange keeps nothing: without subscribers this is gone.
  await publish('rain');

  const early = countdown(4);
  const all = countdown(7);
  const subscribe = (name: string): Promise<void> =>
    subscribed(connection, (news) => {
      print(`${name} got ${news}`);
      early.tick();
      all.tick();
    });
  await subscribe('radio');
  await subscribe('paper');
  await publish('sun');
  await publish('wind');
  await early.done;

  await subscribe('latecomer');
  await publish('snow');
  await all.done;

  await publisher.deleteExchange(EXCHANGE);
  await publisher.close();
}

/** Fulfilled when whatever is published from now on will come. */
async function subscribed(connection: ChannelModel, onNews: (news: string) => void): Promise<void> {
  const channel = await connection.createChannel();
  // A queue of the subscriber's own, named by the broker and gone with the connection. One that must
  // miss nothing while it is away takes a durable queue with a name instead.
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, EXCHANGE, '');
  await channel.consume(
    queue,
    (message) => {
      if (message !== null) onNews(message.content.toString());
    },
    // The queue does not outlive this connection, so there is nobody to deliver to again.
    { noAck: true },
  );
}

await runAsProgram(import.meta.url, publishSubscribe);
