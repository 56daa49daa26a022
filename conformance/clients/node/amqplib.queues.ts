import amqp, { type Channel, type ChannelModel, type Options } from 'amqplib';
import { program } from './kit/program.ts';
import { attempt, Events, heading, queueName, say, sleep, until, url } from './kit/transcript.ts';

let connection: ChannelModel;

/** Does one thing on a channel of its own and prints the channel's events with it. */
async function alone(label: string, action: (channel: Channel) => Promise<unknown>): Promise<void> {
  const channel = await connection.createChannel();
  const events = new Events();
  events.watch(channel, 'channel', 'error', 'close');
  await attempt(label, () => action(channel));
  if (events.pending === 0) await channel.close();
  events.print();
}

async function options(): Promise<void> {
  heading('assertQueue: every option');
  const cases: Record<string, Options.AssertQueue> = {
    none: {},
    durable: { durable: true },
    transient: { durable: false },
    exclusive: { exclusive: true },
    'auto-delete': { autoDelete: true },
    messageTtl: { messageTtl: 60000 },
    expires: { expires: 60000 },
    deadLetterExchange: { deadLetterExchange: 'amq.fanout' },
    'deadLetterExchange, deadLetterRoutingKey': {
      deadLetterExchange: 'amq.direct',
      deadLetterRoutingKey: 'dead',
    },
    maxLength: { maxLength: 10 },
    maxPriority: { maxPriority: 10 },
    'overflow drop-head': { overflow: 'drop-head', maxLength: 1 },
    'overflow reject-publish': { overflow: 'reject-publish', maxLength: 1 },
    'overflow reject-publish-dlx': { overflow: 'reject-publish-dlx', maxLength: 1 },
    'queueMode lazy': { queueMode: 'lazy' },
    'queueMode default': { queueMode: 'default' },
    'x-max-length-bytes': { arguments: { 'x-max-length-bytes': 1000 } },
    'x-single-active-consumer': { arguments: { 'x-single-active-consumer': true } },
    'x-queue-type classic': { arguments: { 'x-queue-type': 'classic' } },
    'x-queue-type quorum': { arguments: { 'x-queue-type': 'quorum' } },
    'an unknown argument': { arguments: { 'x-of-no-meaning': { deep: [1, 'two', null] } } },
    'timestamp and bytes in arguments': {
      arguments: { 'x-at': { '!': 'timestamp', value: 1700000000 }, 'x-raw': Buffer.from('raw') },
    },
  };
  for (const [label, given] of Object.entries(cases)) {
    const name = queueName(label.replaceAll(/\W+/g, '-'));
    await alone(label, async (channel) => {
      await channel.assertQueue(name, given);
      await channel.checkQueue(name);
      return channel.assertQueue(name, given);
    });
  }
}

async function refusedOptions(): Promise<void> {
  heading('assertQueue: refused');
  const name = queueName('refused');
  const bad: Record<string, Options.AssertQueue> = {
    'negative messageTtl': { messageTtl: -1 },
    'messageTtl as text': { arguments: { 'x-message-ttl': '60000' } },
    'expires 0': { expires: 0 },
    'negative maxLength': { maxLength: -5 },
    'maxPriority 256': { maxPriority: 256 },
    'maxPriority -1': { maxPriority: -1 },
    'overflow unknown': { overflow: 'explode' },
    'deadLetterRoutingKey alone': { deadLetterRoutingKey: 'x' },
    'deadLetterExchange not a string': { arguments: { 'x-dead-letter-exchange': 1 } },
    'queue type unknown': { arguments: { 'x-queue-type': 'priority' } },
    'queue mode unknown': { queueMode: 'busy' },
    'single active consumer not a boolean': { arguments: { 'x-single-active-consumer': 'yes' } },
    'quorum, not durable': { durable: false, arguments: { 'x-queue-type': 'quorum' } },
    'quorum, exclusive': { exclusive: true, arguments: { 'x-queue-type': 'quorum' } },
    'maxLengthBytes negative': { arguments: { 'x-max-length-bytes': -1 } },
  };
  for (const [label, given] of Object.entries(bad)) {
    await alone(label, (channel) => channel.assertQueue(name, given));
  }
  await alone('a reserved name', (channel) => channel.assertQueue('amq.mine'));
  await alone('a name of 256 bytes', (channel) => channel.assertQueue('n'.repeat(256)));
}

async function equivalence(): Promise<void> {
  heading('assertQueue: again with other options');
  const name = queueName('same');
  await alone('first', (channel) =>
    channel.assertQueue(name, { messageTtl: 1000, arguments: { 'x-unknown': 1 } }),
  );
  const again: Record<string, Options.AssertQueue> = {
    'same, wider integer': { arguments: { 'x-message-ttl': { '!': 'int64', value: 1000 } } },
    'an unknown argument differs': { messageTtl: 1000, arguments: { 'x-unknown': 2 } },
    'queue type classic': { messageTtl: 1000, arguments: { 'x-queue-type': 'classic' } },
    'durable differs': { messageTtl: 1000, durable: false },
    'autoDelete differs': { messageTtl: 1000, autoDelete: true },
    'exclusive differs': { messageTtl: 1000, exclusive: true },
    'messageTtl differs': { messageTtl: 1001 },
    'messageTtl absent': {},
    'messageTtl of another type': { arguments: { 'x-message-ttl': 'soon' } },
    'an argument more': { messageTtl: 1000, maxLength: 1 },
    'dead letter exchange more': { messageTtl: 1000, deadLetterExchange: 'amq.fanout' },
    'max priority more': { messageTtl: 1000, maxPriority: 4 },
    'queue type quorum': { messageTtl: 1000, arguments: { 'x-queue-type': 'quorum' } },
  };
  for (const [label, given] of Object.entries(again)) {
    await alone(label, (channel) => channel.assertQueue(name, given));
  }
}

async function serverNamed(): Promise<void> {
  heading('server-named queues');
  const channel = await connection.createChannel();
  await attempt('assertQueue("")', () => channel.assertQueue('', { exclusive: true }));
  await attempt('assertQueue()', () => channel.assertQueue());
  await attempt('bindQueue("") is the last one declared', () =>
    channel.bindQueue('', 'amq.topic', 'a.*'),
  );
  await attempt('unbindQueue("")', () => channel.unbindQueue('', 'amq.topic', 'a.*'));
  await attempt('purgeQueue("")', () => channel.purgeQueue(''));
  await attempt('get("")', () => channel.get(''));
  await attempt('consume("")', () => channel.consume('', () => {}));
  await attempt('deleteQueue("")', () => channel.deleteQueue(''));
  await channel.close();
  await alone('checkQueue("") on a channel that declared one', async (own) => {
    await own.assertQueue('', { exclusive: true });
    return own.checkQueue('');
  });
  await alone('checkQueue("") on a fresh channel', (fresh) => fresh.checkQueue(''));
  await alone('deleteQueue("") on a fresh channel', (fresh) => fresh.deleteQueue(''));
  await alone('consume("") on a fresh channel', (fresh) => fresh.consume('', () => {}));
}

async function checking(): Promise<void> {
  heading('checkQueue');
  await alone('missing', (channel) => channel.checkQueue(queueName('missing')));
  const name = queueName('counted');
  await alone('counts', async (channel) => {
    await channel.assertQueue(name, { durable: false });
    for (let i = 0; i < 3; i++) channel.sendToQueue(name, Buffer.from(String(i)));
    await until('3 messages', async () => (await channel.checkQueue(name)).messageCount === 3);
    return channel.checkQueue(name);
  });
  await alone('consumers counted, unacked messages not', async (channel) => {
    let seen = 0;
    await channel.consume(name, () => seen++);
    await until('deliveries', () => seen === 3);
    return channel.checkQueue(name);
  });
  await alone('they went back', async (channel) => {
    await until('3 messages', async () => (await channel.checkQueue(name)).messageCount === 3);
    return channel.checkQueue(name);
  });
}

async function deleting(): Promise<void> {
  heading('purgeQueue, deleteQueue');
  const name = queueName('doomed');
  await alone('purge a missing queue', (channel) => channel.purgeQueue(name));
  await alone('delete a missing queue', (channel) => channel.deleteQueue(name));
  await alone('fill and purge', async (channel) => {
    await channel.assertQueue(name, { durable: false });
    for (let i = 0; i < 4; i++) channel.sendToQueue(name, Buffer.from('x'));
    await until('4 messages', async () => (await channel.checkQueue(name)).messageCount === 4);
    return channel.purgeQueue(name);
  });
  await alone('purge an empty queue', (channel) => channel.purgeQueue(name));
  await alone('ifEmpty with a message in it', async (channel) => {
    channel.sendToQueue(name, Buffer.from('x'));
    await until('a message', async () => (await channel.checkQueue(name)).messageCount === 1);
    return channel.deleteQueue(name, { ifEmpty: true });
  });
  await alone('ifUnused with a consumer', async (channel) => {
    await channel.consume(name, () => {}, { noAck: true });
    return channel.deleteQueue(name, { ifUnused: true });
  });
  await alone('ifUnused and ifEmpty, neither', (channel) =>
    channel.deleteQueue(name, { ifUnused: true, ifEmpty: true }),
  );
  await alone('it is gone', (channel) => channel.checkQueue(name));
  await alone('delete with messages in it', async (channel) => {
    await channel.assertQueue(name, { durable: false });
    for (let i = 0; i < 2; i++) channel.sendToQueue(name, Buffer.from('x'));
    await until('2 messages', async () => (await channel.checkQueue(name)).messageCount === 2);
    return channel.deleteQueue(name);
  });
}

async function exclusiveness(): Promise<void> {
  heading('exclusive queues and another connection');
  const name = queueName('mine');
  const owner = await amqp.connect(url);
  const own = await owner.createChannel();
  await own.assertQueue(name, { exclusive: true, durable: false });
  await alone('assertQueue by another', (channel) =>
    channel.assertQueue(name, { exclusive: true, durable: false }),
  );
  await alone('checkQueue by another', (channel) => channel.checkQueue(name));
  await alone('consume by another', (channel) => channel.consume(name, () => {}));
  await alone('get by another', (channel) => channel.get(name));
  await alone('purgeQueue by another', (channel) => channel.purgeQueue(name));
  await alone('bindQueue by another', (channel) => channel.bindQueue(name, 'amq.fanout', ''));
  await alone('deleteQueue by another', (channel) => channel.deleteQueue(name));
  await alone('sendToQueue by another', async (channel) => {
    channel.sendToQueue(name, Buffer.from('anybody may send'));
    await until('a message', async () => (await own.checkQueue(name)).messageCount === 1);
    return own.checkQueue(name);
  });
  await owner.close();
  await alone('after its owner left', async (channel) => {
    await sleep(50);
    return channel.checkQueue(name);
  });
}

async function autoDelete(): Promise<void> {
  heading('auto-delete queues');
  const name = queueName('auto');
  const channel = await connection.createChannel();
  await channel.assertQueue(name, { autoDelete: true, durable: false });
  await attempt('never had a consumer: stays', () => channel.checkQueue(name));
  const { consumerTag: one } = await channel.consume(name, () => {});
  const { consumerTag: two } = await channel.consume(name, () => {});
  await channel.cancel(one);
  await attempt('one of two consumers left: stays', () => channel.checkQueue(name));
  await channel.cancel(two);
  await channel.close();
  await sleep(50);
  await alone('the last consumer left: gone', (fresh) => fresh.checkQueue(name));
}

program(async () => {
  connection = await amqp.connect(url);
  const events = new Events();
  events.watch(connection, 'connection', 'error', 'close');
  await options();
  await refusedOptions();
  await equivalence();
  await serverNamed();
  await checking();
  await deleting();
  await exclusiveness();
  await autoDelete();
  events.print();
  await connection.close();
  say('closed');
});
