import amqp, { type AmqpConnectionManager, type ChannelWrapper } from 'amqp-connection-manager';
import type { Channel, ConfirmChannel, ConsumeMessage, GetMessage } from 'amqplib';
import { program } from './kit/program.ts';
import {
  attempt,
  Events,
  exchangeName,
  heading,
  queueName,
  say,
  show,
  succeed,
  until,
  url,
} from './kit/transcript.ts';

let manager: AmqpConnectionManager;

async function topology(): Promise<void> {
  heading('topology');
  const wrapper = manager.createChannel({ name: 'topology' });
  await wrapper.waitForConnect();
  const queue = queueName('q');
  const one = exchangeName('one');
  const two = exchangeName('two');
  await attempt('assertQueue', () => wrapper.assertQueue(queue, { durable: false }));
  await attempt('checkQueue', () => wrapper.checkQueue(queue));
  await attempt('assertExchange', () => wrapper.assertExchange(one, 'topic'));
  await attempt('assertExchange', () => wrapper.assertExchange(two, 'fanout', { durable: false }));
  await attempt('checkExchange', () => wrapper.checkExchange(one));
  await attempt('bindQueue', () => wrapper.bindQueue(queue, two, ''));
  await attempt('bindExchange', () => wrapper.bindExchange(two, one, 'a.#'));
  await attempt('publish', () => wrapper.publish(one, 'a.b', Buffer.from('x')));
  await attempt('sendToQueue', () => wrapper.sendToQueue(queue, 'text'));
  await attempt('get', () => wrapper.get(queue, { noAck: true }));
  await attempt('purgeQueue', () => wrapper.purgeQueue(queue));
  await attempt('unbindExchange', () => wrapper.unbindExchange(two, one, 'a.#'));
  await attempt('unbindQueue', () => wrapper.unbindQueue(queue, two, ''));
  await attempt('deleteExchange', () => wrapper.deleteExchange(one, { ifUnused: true }));
  await attempt('deleteExchange', () => wrapper.deleteExchange(two));
  await attempt('deleteQueue', () => wrapper.deleteQueue(queue, { ifEmpty: true }));
  await attempt('close', () => wrapper.close());
  say(`channels: ${manager.channelCount}`);
}

async function settling(): Promise<void> {
  heading('consume, ack, nack, cancel');
  const wrapper = manager.createChannel();
  await wrapper.waitForConnect();
  const queue = queueName('s');
  await wrapper.assertQueue(queue, { durable: false });
  const messages: ConsumeMessage[] = [];
  const consuming = await wrapper.consume(queue, (message) => messages.push(message), {
    prefetch: 3,
    consumerTag: 'mine',
  });
  say(show(consuming));
  for (let i = 1; i <= 5; i++) await wrapper.sendToQueue(queue, Buffer.from(String(i)));
  await until('3 deliveries', () => messages.length === 3);
  const [first, second, third] = messages;
  if (first) wrapper.ack(first);
  if (second) wrapper.nack(second, false, false);
  if (third) wrapper.ack(third, true);
  await until('5 deliveries', () => messages.length === 5);
  wrapper.nackAll(true);
  await until('7 deliveries', () => messages.length === 7);
  say(show(messages.map((one) => `${one.content}${one.fields.redelivered ? ' again' : ''}`)));
  wrapper.ackAll();
  await attempt('checkQueue', () => wrapper.checkQueue(queue));
  await attempt('cancel', () => wrapper.cancel('mine'));
  await attempt('cancel an unknown tag', () => wrapper.cancel('unknown'));
  const { consumerTag } = await wrapper.consume(queue, () => {}, { noAck: true });
  say(`a tag of its own: ${/^[0-9a-f]{32}$/.test(consumerTag)}`);
  await attempt('cancelAll', () => wrapper.cancelAll());
  await attempt('checkQueue', () => wrapper.checkQueue(queue));
  await wrapper.close();
}

async function publishing(): Promise<void> {
  heading('publish');
  const queue = queueName('p');
  const confirming = manager.createChannel({
    setup: (channel: ConfirmChannel) =>
      channel.assertQueue(queue, { durable: false }).then(() => {}),
  });
  await confirming.waitForConnect();
  const body = (message: GetMessage | false | undefined) =>
    message ? `${message.content} ${show(message.properties)}` : show(message);
  for (const content of [Buffer.from('bytes'), 'text', { toString: () => 'object' }]) {
    await confirming.sendToQueue(queue, content, { persistent: true, messageId: 'id' });
    say(body(await confirming.get(queue, { noAck: true })));
  }
  await attempt('publish with a callback', () => {
    return new Promise((resolve, reject) => {
      void confirming.publish('', queue, 'x', {}, (error, ok) =>
        error ? reject(error) : resolve(ok),
      );
    });
  });
  await attempt('publish with a timeout', () =>
    confirming.publish('', queue, 'x', { timeout: 5000 }),
  );
  say(`queue length ${confirming.queueLength()}`);

  const json = manager.createChannel({ json: true, confirm: false });
  await json.waitForConnect();
  await json.purgeQueue(queue);
  await attempt('json', () => json.sendToQueue(queue, { a: [1, 'two'] }));
  await until('the message', async () => (await json.checkQueue(queue)).messageCount === 1);
  say(body(await json.get(queue, { noAck: true })));
  await attempt('publish without confirm', () => json.publish('amq.fanout', '', { b: null }));
  await json.close();

  const many = await Promise.all(
    Array.from({ length: 1500 }, (_, i) => confirming.sendToQueue(queue, Buffer.from(String(i)))),
  );
  say(`1500 at once: ${many.length}`);
  await attempt('purgeQueue', () => confirming.purgeQueue(queue));
  await confirming.close();
}

async function nacks(): Promise<void> {
  heading('publish that fails');
  const queue = queueName('full');
  const wrapper = manager.createChannel({
    setup: (channel: Channel) =>
      channel
        .assertQueue(queue, { durable: false, maxLength: 1, overflow: 'reject-publish' })
        .then(() => {}),
  });
  await wrapper.waitForConnect();
  await attempt('first', () => wrapper.sendToQueue(queue, 'x'));
  await attempt('second', () => wrapper.sendToQueue(queue, 'x'));
  await wrapper.close();
  await attempt('sendToQueue after close', () => wrapper.sendToQueue(queue, 'x', { timeout: 50 }));
}

async function setups(): Promise<void> {
  heading('setup functions');
  const events = new Events();
  const wrapper = manager.createChannel({
    name: 'named',
    setup: (channel: Channel, callback: (error?: Error) => void) => {
      channel.assertQueue(queueName('u'), { durable: false }).then(() => {
        events.record('setup with a callback');
        callback();
      }, callback);
    },
  });
  wrapper.on('connect', () => events.record('connect'));
  wrapper.on('error', (error, { name }) => events.record(`error ${show(error)} of ${name}`));
  wrapper.on('close', () => events.record('close'));
  await events.take(2);
  const added = async (channel: Channel) => {
    await channel.assertExchange(exchangeName('u'), 'fanout', { durable: false });
    events.record('added setup');
  };
  await attempt('addSetup', () => wrapper.addSetup(added));
  await events.take(1);
  await attempt('removeSetup', () =>
    wrapper.removeSetup(added, async (channel: Channel) => {
      await channel.deleteExchange(exchangeName('u'));
      events.record('teardown');
    }),
  );
  await events.take(1);
  await attempt('addSetup that fails', () =>
    wrapper.addSetup(async () => {
      throw new Error('no');
    }),
  );
  await succeed('close', () => wrapper.close());
  await events.take(1);
  const failing = manager.createChannel({
    name: 'failing',
    setup: async (channel: Channel) => {
      await channel.checkQueue(queueName('nowhere'));
    },
  });
  failing.on('error', (error, { name }) => events.record(`error ${show(error)} of ${name}`));
  await events.take(1);
  await failing.close().catch(() => {});
}

async function unconnected(): Promise<void> {
  heading('without a connection');
  const idle = amqp.connect('amqp://127.0.0.1:1', { reconnectTimeInSeconds: 30 });
  idle.on('connectFailed', () => {});
  const wrapper: ChannelWrapper = idle.createChannel();
  await attempt('assertQueue', () => wrapper.assertQueue('later'));
  await attempt('assertExchange', () => wrapper.assertExchange('later', 'topic'));
  await attempt('bindQueue', () => wrapper.bindQueue('later', 'later', ''));
  await attempt('checkQueue', () => wrapper.checkQueue('later'));
  await attempt('publish with a timeout', () => wrapper.publish('', 'x', 'y', { timeout: 50 }));
  const impatient = idle.createChannel({ publishTimeout: 50, confirm: false });
  await attempt('publishTimeout of the channel', () => impatient.publish('', 'x', 'y'));
  const waiting = attempt('sendToQueue', () => wrapper.sendToQueue('x', 'y'));
  say(`queue length ${wrapper.queueLength()}`);
  await wrapper.close();
  await waiting;
}

program(async () => {
  manager = amqp.connect(url);
  await topology();
  await settling();
  await publishing();
  await nacks();
  await setups();
  await unconnected();
  await manager.close();
});
