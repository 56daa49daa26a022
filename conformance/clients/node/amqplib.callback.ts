import amqp, {
  type Channel,
  type ConfirmChannel,
  type Connection,
  credentials,
  type RecoveringConnection,
} from 'amqplib/callback_api';
import { program } from './kit/program.ts';
import { Proxy } from './kit/proxy.ts';
import {
  attempt,
  Events,
  exchangeName,
  heading,
  queueName,
  say,
  show,
  target,
  until,
  url,
  urlWith,
} from './kit/transcript.ts';

/** Turns a call that takes a callback into a promise. */
function wait<T>(call: (done: (error: Error | null | undefined, value?: T) => void) => unknown) {
  return new Promise<T | undefined>((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });
}

async function open(): Promise<Connection> {
  const connection = await wait<Connection>((done) => amqp.connect(url, done));
  if (connection === undefined) throw new Error('no connection');
  return connection;
}

async function plainChannel(connection: Connection): Promise<Channel> {
  const channel = await wait<Channel>((done) => connection.createChannel(done));
  if (channel === undefined) throw new Error('no channel');
  return channel;
}

async function connecting(): Promise<void> {
  heading('connect');
  for (const [label, address] of Object.entries({
    URL: url,
    object: target(),
    'wrong password': urlWith({ password: 'wrong' }),
    'unknown vhost': urlWith({ pathname: '/no-such-vhost' }),
  })) {
    await attempt(label, async () => {
      const connection = await wait<Connection>((done) => amqp.connect(address, done));
      await wait((done) => connection?.close(done));
      return 'connected and closed';
    });
  }
  const { username, password } = target();
  await attempt('credentials and socket options', async () => {
    const options = { noDelay: true, credentials: credentials.amqplain(username, password) };
    const connection = await wait<Connection>((done) => amqp.connect(url, options, done));
    const product = connection?.connection.serverProperties.product;
    await wait((done) => connection?.close(done));
    return product;
  });
}

async function topology(channel: Channel): Promise<void> {
  heading('topology');
  const queue = queueName('q');
  const one = exchangeName('one');
  const two = exchangeName('two');
  const step = (label: string, call: Parameters<typeof wait<unknown>>[0]) =>
    attempt(label, () => wait(call));
  await step('assertQueue', (done) => channel.assertQueue(queue, { durable: false }, done));
  await step('checkQueue', (done) => channel.checkQueue(queue, done));
  await step('assertExchange', (done) => channel.assertExchange(one, 'topic', {}, done));
  await step('assertExchange', (done) =>
    channel.assertExchange(two, 'fanout', { durable: false }, done),
  );
  await step('checkExchange', (done) => channel.checkExchange(one, done));
  await step('bindQueue', (done) => channel.bindQueue(queue, two, '', {}, done));
  await step('bindExchange', (done) => channel.bindExchange(two, one, 'a.#', {}, done));
  channel.publish(one, 'a.b', Buffer.from('x'));
  await until('the message', async () => {
    const ok = await wait<{ messageCount: number }>((done) => channel.checkQueue(queue, done));
    return ok?.messageCount === 1;
  });
  await step('purgeQueue', (done) => channel.purgeQueue(queue, done));
  await step('unbindExchange', (done) => channel.unbindExchange(two, one, 'a.#', {}, done));
  await step('unbindQueue', (done) => channel.unbindQueue(queue, two, '', {}, done));
  await step('deleteExchange', (done) => channel.deleteExchange(one, {}, done));
  await step('deleteExchange', (done) => channel.deleteExchange(two, { ifUnused: true }, done));
  await step('deleteQueue', (done) =>
    channel.deleteQueue(queue, { ifEmpty: true, ifUnused: true }, done),
  );
}

async function messages(channel: Channel): Promise<void> {
  heading('messages');
  const queue = queueName('m');
  const step = (label: string, call: Parameters<typeof wait<unknown>>[0]) =>
    attempt(label, () => wait(call));
  await step('assertQueue', (done) => channel.assertQueue(queue, {}, done));
  await step('prefetch', (done) => channel.prefetch(10, false, done));
  const events = new Events();
  await step('consume', (done) =>
    channel.consume(
      queue,
      (message) => {
        if (message === null) return events.record('cancelled');
        events.record(`${message.content} ${message.fields.redelivered}`);
        if (!message.fields.redelivered) channel.nack(message);
        else channel.ack(message);
      },
      { consumerTag: 'me' },
      done,
    ),
  );
  channel.sendToQueue(queue, Buffer.from('once more'), { persistent: true });
  await events.take(2);
  await step('cancel', (done) => channel.cancel('me', done));
  channel.sendToQueue(queue, Buffer.from('x'));
  await until('the message', async () => {
    const ok = await wait<{ messageCount: number }>((done) => channel.checkQueue(queue, done));
    return ok?.messageCount === 1;
  });
  await step('get', (done) => channel.get(queue, {}, done));
  await step('get when empty', (done) => channel.get(queue, { noAck: true }, done));
  channel.nackAll();
  await until('the message', async () => {
    const ok = await wait<{ messageCount: number }>((done) => channel.checkQueue(queue, done));
    return ok?.messageCount === 1;
  });
  await step('get again', (done) => channel.get(queue, {}, done));
  await step('recover', (done) => channel.recover(done));
  const last = await wait<Parameters<typeof channel.reject>[0]>((done) =>
    channel.get(queue, {}, (error, message) =>
      done(error, message === false ? undefined : message),
    ),
  );
  say(`redelivered ${last?.fields.redelivered}`);
  if (last !== undefined) channel.reject(last, false);
  channel.ackAll();
  await step('deleteQueue', (done) => channel.deleteQueue(queue, {}, done));
}

async function confirms(connection: Connection): Promise<void> {
  heading('confirm channel');
  const channel = await wait<ConfirmChannel>((done) => connection.createConfirmChannel(done));
  if (channel === undefined) return;
  const events = new Events();
  channel.on('return', (message) => events.record(`return ${show(message.fields)}`));
  const done = (label: string) => (error: unknown) => events.record(`${label} ${show(error)}`);
  channel.sendToQueue(queueName('none'), Buffer.from('x'), { mandatory: true }, done('first'));
  await events.take(2);
  channel.publish('amq.fanout', '', Buffer.from('x'), {}, done('second'));
  await events.take(1);
  channel.publish('amq.fanout', '', Buffer.from('x'), {});
  await attempt('waitForConfirms', () => wait((after) => channel.waitForConfirms(after)));
  await attempt('close', () => wait((after) => channel.close(after)));
}

async function failures(connection: Connection): Promise<void> {
  heading('failures');
  const channel = await plainChannel(connection);
  const events = new Events();
  events.watch(channel, 'channel', 'error', 'close');
  await attempt('checkQueue', () => wait((done) => channel.checkQueue(queueName('none'), done)));
  await events.take(2);
  await attempt('afterwards', () => channel.checkExchange('amq.topic', () => {}));
}

async function recovering(): Promise<void> {
  heading('recovery');
  const proxy = await Proxy.start();
  let setUps = 0;
  const recovery = {
    calculateDelay: () => 10,
    setup: async () => {
      setUps++;
    },
  };
  const model = await wait<RecoveringConnection>((done) =>
    amqp.connect(proxy.url(), { recovery }, done),
  );
  if (model === undefined) return;
  const events = new Events();
  model.on('error', () => events.record('error'));
  model.on('disconnect', () => events.record('disconnect'));
  model.on('connect', () => events.record('connect'));
  proxy.cut();
  await events.take(3);
  say(`set up ${setUps} times`);
  const channel = await wait<Channel>((done) => model.createChannel(done));
  await attempt('a channel', () =>
    wait((done) => channel?.assertQueue('', { exclusive: true }, done)),
  );
  await attempt('a confirm channel', () =>
    wait<ConfirmChannel>((done) => model.createConfirmChannel(done)).then(() => 'open'),
  );
  await attempt('waitForConnect', () =>
    wait<RecoveringConnection>((done) => model.waitForConnect(done)).then(() => 'connected'),
  );
  await attempt('updateSecret', () =>
    wait((done) => model.updateSecret(Buffer.from(target().password), 'renewal', done)),
  );
  await attempt('close', () => wait((done) => model.close(done)));
  await proxy.close();
}

program(async () => {
  await connecting();
  const connection = await open();
  const channel = await plainChannel(connection);
  await topology(channel);
  await messages(channel);
  await attempt('channel close', () => wait((done) => channel.close(done)));
  await confirms(connection);
  await failures(connection);
  await attempt('updateSecret', () =>
    wait((done) => connection.updateSecret(Buffer.from(target().password), 'renewal', done)),
  );
  await attempt('close', () => wait((done) => connection.close(done)));
  await attempt('close again', () => wait((done) => connection.close(done)));
  await recovering();
});
