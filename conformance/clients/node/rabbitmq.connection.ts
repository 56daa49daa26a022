import { AMQPConnectionError, Connection, type ConnectionOptions } from 'rabbitmq-client';
import { program } from './kit/program.ts';
import { Proxy } from './kit/proxy.ts';
import {
  attempt,
  Events,
  heading,
  say,
  show,
  sleep,
  succeed,
  target,
  until,
  url,
  urlWith,
} from './kit/transcript.ts';

function watch(connection: Connection): Events {
  const events = new Events();
  events.watch(
    connection,
    'connection',
    'connection',
    'error',
    'connection.blocked',
    'connection.unblocked',
  );
  return events;
}

async function open(label: string, options: string | ConnectionOptions): Promise<void> {
  const connection = new Connection(options);
  const events = watch(connection);
  await attempt(label, async () => {
    await connection.onConnect(3000);
    const { queue } = await connection.queueDeclare({ exclusive: true });
    return `${queue}, ready ${connection.ready}`;
  });
  await connection.close();
  events.print();
}

async function addresses(): Promise<void> {
  heading('addresses and options');
  const { hostname, port, username, password } = target();
  await open('URL', url);
  await open('URL with parameters', `${url}?heartbeat=20&connection_timeout=3000&channel_max=10`);
  await open('object', { hostname, port, username, password, vhost: '/' });
  await open('URL in an object, connectionName', { url, connectionName: 'leveret' });
  await open('hosts', { username, password, hosts: [`${hostname}:${port}`] });
  await open('socket options', { url, noDelay: true, socket: { port, host: hostname } });
  for (const [label, options] of Object.entries({
    'frameMax 1': { url, frameMax: 1 },
    'negative heartbeat': { url, heartbeat: -1 },
    'http URL': 'http://127.0.0.1',
  })) {
    await attempt(label, () => new Connection(options).ready);
  }
}

async function failures(): Promise<void> {
  heading('failures');
  const proxy = await Proxy.start();
  const nowhere = proxy.url();
  await proxy.close();
  for (const [label, options] of Object.entries({
    'wrong password': { url: urlWith({ password: 'wrong' }) },
    'unknown vhost': { url: urlWith({ pathname: '/no-such-vhost' }) },
    'nobody listens': { url: nowhere },
  })) {
    const connection = new Connection({ ...options, retryLow: 60000, retryHigh: 60000 });
    const events = watch(connection);
    connection.on('error', (error) => {
      if (error instanceof AMQPConnectionError) events.record('an AMQPConnectionError');
    });
    await attempt(label, () => connection.onConnect(400, true));
    events.print();
    connection.unsafeDestroy();
  }
  const silent = new Connection({ url: nowhere, acquireTimeout: 50, retryLow: 60000 });
  silent.on('error', () => {});
  await attempt('acquire within a time', () => silent.acquire());
  await silent.close();
  await attempt('acquire after close', () => silent.acquire());
  await attempt('onConnect after close', () => silent.onConnect());
}

async function tuning(): Promise<void> {
  heading('tuning');
  const proxy = await Proxy.start();
  const cases: readonly ConnectionOptions[] = [
    {},
    { heartbeat: 0 },
    { heartbeat: 9 },
    { heartbeat: 900 },
    { frameMax: 4096 },
    { frameMax: 1_000_000 },
    { maxChannels: 4 },
    { maxChannels: 65535 },
  ];
  for (const options of cases) {
    const connection = new Connection({ url: proxy.url(), ...options });
    await connection.onConnect();
    await connection.close();
    say(`${show(options)}: tune-ok ${show(proxy.tuned('client'))}`);
  }
  const limited = new Connection({ url, maxChannels: 2 });
  const one = await limited.acquire();
  const two = await limited.acquire();
  await attempt('a third channel of two', () => limited.acquire().then(() => 'open'));
  await one.close();
  const three = await limited.acquire();
  say(`after a close: channel ${three.id}`);
  await two.close();
  await three.close();
  await limited.close();
  await proxy.close();
}

async function closing(): Promise<void> {
  heading('closing');
  const connection = new Connection(url);
  const channel = await connection.acquire();
  let closed = false;
  const closing = connection.close().then(() => {
    closed = true;
  });
  await sleep(30);
  say(`waits for its channels: ${!closed}`);
  await attempt('acquire meanwhile', () => connection.acquire());
  await attempt('the channel still works', () => channel.queueDeclare({ exclusive: true }));
  await channel.close();
  await closing;
  say(`closed, ready ${connection.ready}`);
  await succeed('close again', () => connection.close());

  const destroyed = new Connection(url);
  const victim = await destroyed.acquire();
  const call = attempt('a call that waits', () => victim.queueDeclare({ exclusive: true }));
  destroyed.unsafeDestroy();
  await call;
  say(`channel active ${victim.active}`);
}

async function reconnecting(): Promise<void> {
  heading('reconnecting');
  const proxy = await Proxy.start();
  const connection = new Connection({ url: proxy.url(), retryLow: 20, retryHigh: 40 });
  const events = watch(connection);
  const channel = await connection.acquire();
  const channelEvents = new Events();
  channelEvents.watch(channel, 'channel', 'close', 'error');
  await events.take(1);
  proxy.cut();
  await events.take(2);
  await channelEvents.take(1);
  say(`the old channel is active: ${channel.active}`);
  await attempt('a call on it', () => channel.queueDeclare({ exclusive: true }));
  await attempt('the connection works', () => connection.queueDeclare({ exclusive: true }));
  proxy.refuse();
  proxy.cut();
  await until('a failure', () => !connection.ready);
  const waiting = connection.acquire();
  await sleep(100);
  await proxy.listen();
  const next = await waiting;
  await attempt('a channel asked for meanwhile', () => next.queueDeclare({ exclusive: true }));
  await next.close();
  await events.take(2);
  await connection.close();
  await proxy.close();
}

async function blocked(): Promise<void> {
  heading('blocked and unblocked');
  const proxy = await Proxy.start();
  const connection = new Connection(proxy.url());
  const events = watch(connection);
  await connection.onConnect();
  const publisher = connection.createPublisher({ confirm: true });
  await publisher.send({ exchange: 'amq.fanout' }, 'x');
  await events.take(1);
  proxy.block('low on memory');
  await events.take(1);
  say(`ready ${connection.ready}`);
  let sent = false;
  const sending = publisher.send({ exchange: 'amq.fanout' }, 'x').then(() => {
    sent = true;
  });
  await sleep(40);
  say(`sent while blocked: ${sent}`);
  proxy.unblock();
  await events.take(1);
  await sending;
  say(`sent after: ${sent}, ready ${connection.ready}`);
  await publisher.close();
  await connection.close();
  await proxy.close();
}

async function heartbeats(): Promise<void> {
  heading('heartbeats');
  const proxy = await Proxy.start();
  const connection = new Connection({ url: proxy.url(), heartbeat: 1 });
  const events = watch(connection);
  await events.take(1);
  await until('heartbeats', () => proxy.count('server', 'heartbeat') >= 2);
  await sleep(1000);
  await events.silence(1);
  say(`the client sent some: ${proxy.count('client', 'heartbeat') >= 2}`);
  await connection.close();
  await proxy.close();
}

program(async () => {
  await addresses();
  await failures();
  await tuning();
  await closing();
  await reconnecting();
  await blocked();
  await heartbeats();
});
