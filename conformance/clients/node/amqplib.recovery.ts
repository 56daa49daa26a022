import amqp, {
  type Channel,
  type ChannelModel,
  type ConsumeMessage,
  type RecoveringChannelModel,
} from 'amqplib';
import { program } from './kit/program.ts';
import { Proxy } from './kit/proxy.ts';
import {
  attempt,
  Events,
  heading,
  queueName,
  say,
  show,
  sleep,
  succeed,
  target,
  until,
  url,
  urlWith,
} from './kit/transcript.ts';

function watch(model: RecoveringChannelModel): Events {
  const events = new Events();
  model.on('connect', () => events.record('connect'));
  model.on('disconnect', (error) => events.record(`disconnect ${show(error)}`));
  model.on('error', (error) => events.record(`error ${show(error)}`));
  model.on('connect-failed', (error) => events.record(`connect-failed ${show(error)}`));
  model.on('reconnect-failed', (error) => events.record(`reconnect-failed ${show(error)}`));
  model.on('reconnect-scheduled', ({ attempt: number, delay }) =>
    events.record(`reconnect-scheduled attempt ${number}, delay ${delay}`),
  );
  return events;
}

async function cutAndRecover(): Promise<void> {
  heading('cut and recover');
  const proxy = await Proxy.start();
  const queue = queueName('recovered');
  const seen: ConsumeMessage[] = [];
  let setUps = 0;
  const setup = async (model: ChannelModel) => {
    setUps++;
    const channel = await model.createChannel();
    await channel.assertQueue(queue, { durable: true });
    await channel.consume(queue, (message) => {
      if (message === null) return;
      seen.push(message);
      if (message.content.toString() !== 'unacked') channel.ack(message);
    });
  };
  const model = await amqp.connect(proxy.url(), {
    recovery: { setup, calculateDelay: () => 20 },
  });
  const events = watch(model);
  const channel = await model.createConfirmChannel();
  const channelEvents = new Events();
  channelEvents.watch(channel, 'channel', 'error', 'close');
  for (const text of ['acked', 'unacked']) channel.sendToQueue(queue, Buffer.from(text));
  await channel.waitForConfirms();
  await until('2 deliveries', () => seen.length === 2);
  await until('the ack', () => proxy.count('client', '60.80') === 1);
  await channel.checkQueue(queue);
  await sleep(30);
  proxy.cut();
  await events.take(4);
  await channelEvents.take(1);
  await until('redelivery', () => seen.length === 3);
  say(`redelivered: ${seen[2]?.content} ${seen[2]?.fields.redelivered}, set up ${setUps} times`);
  const again = await model.createConfirmChannel();
  again.sendToQueue(queue, Buffer.from('after'));
  await again.waitForConfirms();
  await until('a delivery', () => seen.length === 4);
  say(`and ${seen[3]?.content}`);
  await until('the ack', () => proxy.count('client', '60.80') === 2);
  await again.checkQueue(queue);
  await sleep(30);
  proxy.reset();
  await until('recovery', () => setUps === 3);
  say('recovered from a reset as well');
  await sleep(30);
  await attempt('updateSecret', () =>
    model.updateSecret(Buffer.from(target().password), 'renewal').then(() => 'ok'),
  );
  await succeed('close', () => model.close());
  await attempt('createChannel after close', () => model.createChannel());
  await proxy.close();
}

async function brokerAway(): Promise<void> {
  heading('the broker is away for a while');
  const proxy = await Proxy.start();
  let attempts = 0;
  const model = await amqp.connect(proxy.url(), {
    recovery: {
      calculateDelay: (number) => {
        attempts = number;
        return 15;
      },
    },
  });
  const events = watch(model);
  proxy.refuse();
  proxy.cut();
  await until('three attempts', () => attempts >= 3);
  const waiting = model.createChannel();
  await proxy.listen();
  const channel = await waiting;
  await attempt('a channel asked for meanwhile', () =>
    channel.assertQueue('', { exclusive: true }),
  );
  const kinds = new Events();
  kinds.record(`events pending: ${events.pending >= 8}`);
  kinds.print();
  await model.close();
  await proxy.close();
}

async function givingUp(): Promise<void> {
  heading('giving up');
  const proxy = await Proxy.start();
  const nowhere = proxy.url();
  await proxy.close();
  await attempt('initialMaxRetries', () =>
    amqp.connect(nowhere, { recovery: { initialMaxRetries: 2, initialDelay: 5, jitter: 0 } }),
  );
  await attempt('wrong password', () =>
    amqp.connect(urlWith({ password: 'wrong' }), { recovery: { maxRetries: 0 } }),
  );
  await attempt('calculateDelay gives nonsense', () =>
    amqp.connect(nowhere, { recovery: { calculateDelay: () => -1 } }),
  );
  const model = await amqp.connect(nowhere, {
    recovery: { waitForConnect: false, maxRetries: 2, initialDelay: 5, factor: 2, jitter: 0 },
  });
  const events = watch(model);
  await attempt('waitForConnect()', () => model.waitForConnect().then(() => 'connected'));
  await events.take(6);
  await attempt('createChannel', () => model.createChannel());
}

async function setUpFails(): Promise<void> {
  heading('setup that fails, and setup with a callback');
  let calls = 0;
  const model = await amqp.connect(url, {
    recovery: {
      waitForConnect: false,
      initialDelay: 5,
      jitter: 0,
      setup: (_connection: ChannelModel, done: (error?: Error) => void) => {
        calls++;
        done(calls < 3 ? new Error(`set-up ${calls}`) : undefined);
      },
    },
  });
  const events = watch(model);
  await model.waitForConnect();
  await events.take(5);
  await model.close();
  const plain = await amqp.connect(url, { recovery: true });
  const channel: Channel = await plain.createChannel();
  await attempt('recovery: true', () => channel.assertQueue('', { exclusive: true }));
  await plain.close();
}

async function blocked(): Promise<void> {
  heading('blocked and unblocked');
  const proxy = await Proxy.start();
  const model = await amqp.connect(proxy.url());
  const recovering = await amqp.connect(proxy.url(), { recovery: true });
  const events = new Events();
  events.watch(model, 'connection', 'blocked', 'unblocked', 'close');
  events.watch(recovering, 'recovering', 'blocked', 'unblocked');
  proxy.block('low on memory');
  await events.takeSorted(2);
  proxy.unblock();
  await events.takeSorted(2);
  const channel = await model.createChannel();
  await attempt('assertQueue', () => channel.assertQueue('', { exclusive: true }));
  proxy.block('low on disk');
  await events.takeSorted(2);
  await succeed('closing while blocked', () => model.close());
  await events.takeSorted(1);
  await recovering.close();
  await proxy.close();
}

program(async () => {
  await cutAndRecover();
  await brokerAway();
  await givingUp();
  await setUpFails();
  await blocked();
});
