import amqp, { type Channel, type ChannelModel, type Options } from 'amqplib';
import { program } from './kit/program.ts';
import { attempt, Events, exchangeName, heading, queueName, say, url } from './kit/transcript.ts';

let connection: ChannelModel;

async function alone(label: string, action: (channel: Channel) => Promise<unknown>): Promise<void> {
  const channel = await connection.createChannel();
  const events = new Events();
  events.watch(channel, 'channel', 'error', 'close');
  await attempt(label, () => action(channel));
  if (events.pending === 0) await channel.close();
  events.print();
}

async function asserting(): Promise<void> {
  heading('assertExchange: every type and option');
  for (const type of ['direct', 'topic', 'fanout', 'headers']) {
    await alone(type, (channel) => channel.assertExchange(exchangeName(type), type));
    await alone(`${type} again`, (channel) => channel.assertExchange(exchangeName(type), type));
  }
  const cases: Record<string, Options.AssertExchange> = {
    transient: { durable: false },
    'auto-delete': { autoDelete: true },
    internal: { internal: true },
    'alternate exchange': { alternateExchange: 'amq.fanout' },
    'alternate exchange as argument': { arguments: { 'alternate-exchange': 'amq.fanout' } },
    'an unknown argument': { arguments: { 'x-of-no-meaning': [1, { two: 3 }] } },
  };
  for (const [label, given] of Object.entries(cases)) {
    const name = exchangeName(label.replaceAll(' ', '-'));
    await alone(label, async (channel) => {
      await channel.assertExchange(name, 'topic', given);
      await channel.checkExchange(name);
      return channel.assertExchange(name, 'topic', given);
    });
  }
}

async function refused(): Promise<void> {
  heading('assertExchange: refused');
  const name = exchangeName('same');
  await alone('first', (channel) => channel.assertExchange(name, 'direct'));
  await alone('another type', (channel) => channel.assertExchange(name, 'topic'));
  await alone('durable differs', (channel) =>
    channel.assertExchange(name, 'direct', { durable: false }),
  );
  await alone('autoDelete differs', (channel) =>
    channel.assertExchange(name, 'direct', { autoDelete: true }),
  );
  await alone('internal differs', (channel) =>
    channel.assertExchange(name, 'direct', { internal: true }),
  );
  await alone('alternate exchange differs', (channel) =>
    channel.assertExchange(name, 'direct', { alternateExchange: 'amq.fanout' }),
  );
  await alone('an unknown argument differs', (channel) =>
    channel.assertExchange(name, 'direct', { arguments: { 'x-of-no-meaning': 1 } }),
  );
  await alone('a reserved name', (channel) => channel.assertExchange('amq.mine', 'direct'));
  await alone('a predeclared one as it is', (channel) =>
    channel.assertExchange('amq.topic', 'topic'),
  );
  await alone('a predeclared one of another type', (channel) =>
    channel.assertExchange('amq.topic', 'direct'),
  );
  await alone('the default exchange', (channel) => channel.assertExchange('', 'direct'));
  await alone('alternate exchange not a string', (channel) =>
    channel.assertExchange(exchangeName('bad'), 'direct', {
      arguments: { 'alternate-exchange': 1 },
    }),
  );
}

async function unknownType(): Promise<void> {
  heading('unknown exchange type');
  const own = await amqp.connect(url);
  const channel = await own.createChannel();
  const events = new Events();
  events.watch(own, 'connection', 'error', 'close');
  events.watch(channel, 'channel', 'error', 'close');
  await attempt('assertExchange', () => channel.assertExchange(exchangeName('odd'), 'x-odd-type'));
  await events.take(2);
  await own.close().catch(() => {});
}

async function checking(): Promise<void> {
  heading('checkExchange');
  await alone('missing', (channel) => channel.checkExchange(exchangeName('missing')));
  for (const name of [
    '',
    'amq.direct',
    'amq.fanout',
    'amq.topic',
    'amq.headers',
    'amq.match',
    'amq.rabbitmq.trace',
  ]) {
    await alone(`"${name}"`, (channel) => channel.checkExchange(name));
  }
}

async function deleting(): Promise<void> {
  heading('deleteExchange');
  await alone('missing', (channel) => channel.deleteExchange(exchangeName('missing')));
  const name = exchangeName('doomed');
  await alone('ifUnused while a queue is bound', async (channel) => {
    await channel.assertExchange(name, 'fanout');
    await channel.assertQueue(queueName('bound'), { durable: false });
    await channel.bindQueue(queueName('bound'), name, '');
    return channel.deleteExchange(name, { ifUnused: true });
  });
  await alone('ifUnused after unbinding', async (channel) => {
    await channel.unbindQueue(queueName('bound'), name, '');
    return channel.deleteExchange(name, { ifUnused: true });
  });
  await alone('it is gone', (channel) => channel.checkExchange(name));
  await alone('while bound', async (channel) => {
    await channel.assertExchange(name, 'fanout');
    await channel.bindQueue(queueName('bound'), name, '');
    return channel.deleteExchange(name);
  });
  await alone('the default exchange', (channel) => channel.deleteExchange(''));
  await alone('a predeclared exchange', (channel) => channel.deleteExchange('amq.fanout'));
}

async function autoDelete(): Promise<void> {
  heading('auto-delete exchanges');
  const name = exchangeName('auto');
  await alone('never bound: stays', async (channel) => {
    await channel.assertExchange(name, 'fanout', { autoDelete: true });
    return channel.checkExchange(name);
  });
  await alone('one of two bindings removed: stays', async (channel) => {
    await channel.assertQueue(queueName('bound'), { durable: false });
    await channel.bindQueue(queueName('bound'), name, 'a');
    await channel.bindQueue(queueName('bound'), name, 'b');
    await channel.unbindQueue(queueName('bound'), name, 'a');
    return channel.checkExchange(name);
  });
  await alone('the last one removed: gone', async (channel) => {
    await channel.unbindQueue(queueName('bound'), name, 'b');
    return channel.checkExchange(name);
  });
  const chained = exchangeName('chained');
  await alone('an exchange bound to it, then unbound: gone', async (channel) => {
    await channel.assertExchange(chained, 'fanout', { autoDelete: true });
    await channel.bindExchange('amq.fanout', chained, '');
    await channel.unbindExchange('amq.fanout', chained, '');
    return channel.checkExchange(chained);
  });
}

program(async () => {
  connection = await amqp.connect(url);
  await asserting();
  await refused();
  await unknownType();
  await checking();
  await deleting();
  await autoDelete();
  await connection.close();
  say('closed');
});
