import { createServer } from 'node:net';
import amqp, { type Options } from 'amqplib';
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

async function open(
  label: string,
  address: string | Options.Connect,
  socketOptions?: Parameters<typeof amqp.connect>[1],
): Promise<void> {
  await attempt(label, async () => {
    const connection = await amqp.connect(address, socketOptions);
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await connection.close();
    return queue;
  });
}

async function serverProperties(): Promise<void> {
  heading('server properties');
  const connection = await amqp.connect(url);
  const properties: Record<string, unknown> = connection.connection.serverProperties;
  say(`product ${show(properties['product'])}`);
  say(`version is three numbers: ${/^\d+\.\d+\.\d+/.test(String(properties['version']))}`);
  for (const key of ['copyright', 'information', 'platform', 'cluster_name']) {
    say(`${key} is a ${typeof properties[key]}`);
  }
  say(`capabilities ${show(properties['capabilities'])}`);
  await connection.close();
}

async function credentials(): Promise<void> {
  heading('credentials');
  const { username, password } = target();
  await open('URL', url);
  await open('object', target());
  await open('object with vhost and locale', { ...target(), vhost: '/', locale: 'en_US' });
  await open('plain()', url, { credentials: amqp.credentials.plain(username, password) });
  await open('amqplain()', url, { credentials: amqp.credentials.amqplain(username, password) });
  await open('external()', url, { credentials: amqp.credentials.external() });
  await open('wrong password', urlWith({ password: 'wrong' }));
  await open('empty password', { ...target(), password: '' });
  await open('unknown user', urlWith({ username: 'nobody-of-that-name' }));
  await open('wrong password by AMQPLAIN', url, {
    credentials: amqp.credentials.amqplain(username, 'wrong'),
  });
  await open('unknown mechanism', url, {
    credentials: { mechanism: 'NO-SUCH', response: () => Buffer.alloc(0) },
  });
}

/** A broker may say why or just hang up: that it ends the connection is all that counts here. */
async function refusals(): Promise<void> {
  heading('refused without a word being due');
  const refused = (address: string, options?: Parameters<typeof amqp.connect>[1]) =>
    amqp.connect(address, options).then(
      () => 'accepted',
      () => 'refused',
    );
  const results = await Promise.all([
    refused(`${url}?frameMax=1000`),
    refused(url, { credentials: { mechanism: 'PLAIN', response: () => Buffer.from('no zeros') } }),
  ]);
  say(`frame-max below 4096: ${results[0]}`);
  say(`PLAIN response without its zero bytes: ${results[1]}`);
}

async function virtualHosts(): Promise<void> {
  heading('virtual hosts');
  await open('vhost "/" encoded in the URL', urlWith({ pathname: '/%2F' }));
  await open('no path in the URL', urlWith({ pathname: '' }));
  await open('unknown vhost', urlWith({ pathname: '/no-such-vhost' }));
  await open('unknown vhost in an object', { ...target(), vhost: 'no-such-vhost' });
}

async function tuning(): Promise<void> {
  heading('tuning');
  const proxy = await Proxy.start();
  for (const search of [
    '',
    '?heartbeat=0',
    '?heartbeat=7',
    '?heartbeat=700',
    '?frameMax=4096',
    '?frameMax=8192',
    '?frameMax=1048576',
    '?frameMax=0',
    '?channelMax=3',
    '?channelMax=60000',
    '?maxFrameSize=4096',
  ]) {
    const connection = await amqp.connect(proxy.url(search));
    await connection.close();
    say(`"${search}": tune ${show(proxy.tuned('server'))} tune-ok ${show(proxy.tuned('client'))}`);
  }
  await proxy.close();
  await open('maxFrameSize below the minimum', `${url}?maxFrameSize=100`);
  await open('frameMax in an object', { ...target(), frameMax: 4096 });
  await open('noDelay, keepAlive', url, { noDelay: true, keepAlive: true, keepAliveDelay: 1000 });
  await open('clientProperties', url, {
    clientProperties: {
      connection_name: 'leveret',
      nested: { list: [1, 'two', true, null, 2.5], at: { '!': 'timestamp', value: 1 } },
    },
  });
  await open('unknown locale', { ...target(), locale: 'xx_XX' });
}

async function channelLimit(): Promise<void> {
  heading('channel limit');
  const connection = await amqp.connect(`${url}?channelMax=2`);
  const first = await connection.createChannel();
  await connection.createChannel();
  await attempt('third channel of two', () => connection.createChannel().then(() => 'open'));
  await first.close();
  await attempt('a channel after one was closed', () =>
    connection.createChannel().then(() => 'open'),
  );
  await connection.close();
}

async function heartbeats(): Promise<void> {
  heading('heartbeats');
  const proxy = await Proxy.start();
  const connection = await amqp.connect(proxy.url('?heartbeat=1'));
  const events = new Events();
  events.watch(connection, 'connection', 'close', 'error');
  await until('heartbeats from the server', () => proxy.count('server', 'heartbeat') >= 2);
  await sleep(1200);
  say(`the client sent some: ${proxy.count('client', 'heartbeat') >= 2}`);
  await events.silence(1);
  const channel = await connection.createChannel();
  await attempt('the connection works', () =>
    channel.assertQueue(queueName('heart'), { durable: false, exclusive: true }),
  );
  await connection.close();
  await events.take(1);
  await proxy.close();
}

async function unreachable(): Promise<void> {
  heading('unreachable brokers');
  const proxy = await Proxy.start();
  const refused = proxy.url();
  await proxy.close();
  await open('nobody listens', refused);
  await open('http URL', 'http://127.0.0.1');
  const silent = createServer();
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const address = silent.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  await open('a server that says nothing, timeout', `amqp://127.0.0.1:${port}`, { timeout: 150 });
  silent.close();
  const rude = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => {
    rude.listen(0, '127.0.0.1', resolve);
  });
  const rudeAddress = rude.address();
  const rudePort = rudeAddress !== null && typeof rudeAddress === 'object' ? rudeAddress.port : 0;
  await open('a server that hangs up', `amqp://127.0.0.1:${rudePort}`);
  rude.close();
}

async function closing(): Promise<void> {
  heading('closing');
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  const events = new Events();
  events.watch(connection, 'connection', 'close', 'error');
  events.watch(channel, 'channel', 'close', 'error');
  await succeed('close()', () => connection.close());
  await events.take(2);
  await attempt('close() again', () => connection.close());
  await attempt('createChannel() on it', () => connection.createChannel());
  await attempt('assertQueue() on its channel', () => channel.assertQueue(queueName('late')));
  await attempt('channel.close() on it', () => channel.close());
  try {
    channel.sendToQueue('late', Buffer.alloc(0));
  } catch (error) {
    say(`an IllegalOperationError: ${error instanceof amqp.IllegalOperationError}`);
  }
}

async function secrets(): Promise<void> {
  heading('update-secret');
  const connection = await amqp.connect(url);
  const events = new Events();
  events.watch(connection, 'connection', 'close', 'error', 'update-secret-ok');
  await attempt('updateSecret()', () =>
    Promise.race([
      connection.updateSecret(Buffer.from(target().password), 'scheduled renewal'),
      sleep(1500).then(() => 'no answer'),
    ]),
  );
  await events.take(1);
  const channel = await connection.createChannel();
  await attempt('the connection works', () =>
    channel.assertQueue(queueName('secret'), { durable: false, exclusive: true }),
  );
  await connection.close();
  await events.take(1);
}

program(async () => {
  await serverProperties();
  await credentials();
  await refusals();
  await virtualHosts();
  await tuning();
  await channelLimit();
  await heartbeats();
  await unreachable();
  await closing();
  await secrets();
});
