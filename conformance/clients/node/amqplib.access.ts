/**
 * A user who may configure, write and read only what is named "mine" (and queues the server
 * names); RESTRICTED_AMQP_URL says who, and where. What is "theirs" need not be there: a
 * permission is asked for before anybody looks.
 */
import amqp, { type Channel, type ChannelModel } from 'amqplib';
import { program } from './kit/program.ts';
import { attempt, Events, exchangeName, heading, queueName } from './kit/transcript.ts';

let connection: ChannelModel;

async function alone(label: string, action: (channel: Channel) => Promise<unknown>): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  await attempt(label, () => action(channel));
  await channel.close().catch(() => {});
}

async function queues(): Promise<void> {
  heading('queues');
  const mine = queueName('mine');
  const theirs = queueName('theirs');
  await alone('assertQueue of its own', (channel) => channel.assertQueue(mine));
  await alone('assertQueue, server-named', (channel) =>
    channel.assertQueue('', { exclusive: true }),
  );
  await alone('assertQueue of theirs', (channel) => channel.assertQueue(theirs));
  await alone('assertQueue of a new one', (channel) => channel.assertQueue(queueName('new')));
  await alone('checkQueue of theirs', (channel) => channel.checkQueue(theirs));
  await alone('purgeQueue of theirs', (channel) => channel.purgeQueue(theirs));
  await alone('deleteQueue of theirs', (channel) => channel.deleteQueue(theirs));
  await alone('consume from theirs', (channel) => channel.consume(theirs, () => {}));
  await alone('get from theirs', (channel) => channel.get(theirs));
  await alone('consume from its own', async (channel) => {
    await channel.consume(mine, () => {});
    return 'ok';
  });
  await alone('dead letters to theirs', (channel) =>
    channel.assertQueue(queueName('mine-dead'), { deadLetterExchange: exchangeName('theirs') }),
  );
  await alone('dead letters to its own', (channel) =>
    channel.assertQueue(queueName('mine-dead'), { deadLetterExchange: exchangeName('mine') }),
  );
}

async function exchanges(): Promise<void> {
  heading('exchanges and bindings');
  const mine = exchangeName('mine');
  const theirs = exchangeName('theirs');
  await alone('assertExchange of its own', (channel) => channel.assertExchange(mine, 'topic'));
  await alone('assertExchange of theirs', (channel) => channel.assertExchange(theirs, 'topic'));
  await alone('checkExchange of theirs', (channel) => channel.checkExchange(theirs));
  await alone('deleteExchange of theirs', (channel) => channel.deleteExchange(theirs));
  await alone('alternate exchange of theirs', (channel) =>
    channel.assertExchange(exchangeName('mine-too'), 'topic', { alternateExchange: theirs }),
  );
  await alone('bind its own to its own', (channel) =>
    channel.bindQueue(queueName('mine'), mine, '#'),
  );
  await alone('bind its own queue to their exchange', (channel) =>
    channel.bindQueue(queueName('mine'), theirs, '#'),
  );
  await alone('bind their queue to its own exchange', (channel) =>
    channel.bindQueue(queueName('theirs'), mine, '#'),
  );
  await alone('unbind their queue', (channel) =>
    channel.unbindQueue(queueName('theirs'), mine, '#'),
  );
  await alone('bind exchanges', (channel) => channel.bindExchange(theirs, mine, '#'));
}

async function publishing(): Promise<void> {
  heading('publishing');
  const targets: Record<string, readonly [string, string]> = {
    'to its own exchange': [exchangeName('mine'), 'key'],
    'to their exchange': [exchangeName('theirs'), 'key'],
    'by the default exchange': ['', queueName('theirs')],
  };
  for (const [label, [exchange, key]] of Object.entries(targets)) {
    const channel = await connection.createConfirmChannel();
    const events = new Events();
    events.watch(channel, 'channel', 'error', 'close');
    channel.publish(exchange, key, Buffer.from('x'));
    await attempt(label, () => channel.waitForConfirms());
    await channel.close().catch(() => {});
    events.print();
  }
}

program(async () => {
  connection = await amqp.connect(process.env['RESTRICTED_AMQP_URL'] ?? '');
  await queues();
  await exchanges();
  await publishing();
  await connection.close();
});
