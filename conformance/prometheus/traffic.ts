// A bit of all that the dashboard shows.

import { connect } from 'amqplib';

export interface Traffic {
  stop(): Promise<void>;
}

const ROUND_MS = 100;
const QUEUE = 'dashboard';

/** Publishes, consumes, polls, rejects, declares and deletes until it is stopped. */
export async function startTraffic(url: string): Promise<Traffic> {
  const connection = await connect(url);
  const publisher = await connection.createConfirmChannel();
  const consumer = await connection.createChannel();
  await consumer.assertQueue('dead');
  await consumer.assertQueue(QUEUE, {
    arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' },
  });
  publisher.on('return', () => {});
  let count = 0;
  await consumer.consume(QUEUE, (message) => {
    count += 1;
    if (message === null) return;
    if (count % 10 === 0) consumer.nack(message, false, !message.fields.redelivered);
    else consumer.ack(message);
  });
  await consumer.consume('dead', () => {}, { noAck: true });
  const round = async (): Promise<void> => {
    for (const size of [10, 500, 5000]) publisher.sendToQueue(QUEUE, Buffer.alloc(size));
    publisher.publish('', 'nowhere', Buffer.from('dropped'));
    publisher.publish('', 'nowhere', Buffer.from('returned'), { mandatory: true });
    await publisher.waitForConfirms();
    await consumer.get('polled', { noAck: false }).catch(() => {});
    const passing = await connection.createChannel();
    await passing.assertQueue('passing', { autoDelete: false });
    passing.sendToQueue('passing', Buffer.from('1'));
    passing.sendToQueue('passing', Buffer.from('2'));
    await passing.get('passing', { noAck: true });
    const kept = await passing.get('passing');
    if (kept !== false) passing.ack(kept);
    await passing.get('passing');
    await passing.deleteQueue('passing');
    await passing.close();
    const other = await connect(url);
    await other.close();
  };
  await consumer.assertQueue('polled');
  let isStopped = false;
  const rounds = (async () => {
    while (!isStopped) {
      await round();
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await rounds;
      await connection.close();
    },
  };
}
