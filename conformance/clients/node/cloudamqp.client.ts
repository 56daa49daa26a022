import { type AMQPChannel, AMQPClient, AMQPError } from '@cloudamqp/amqp-client';
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

async function open(label: string, address: string): Promise<void> {
  await attempt(label, async () => {
    const client = new AMQPClient(address);
    await client.connect();
    const channel = await client.channel();
    const { name } = await channel.queueDeclare('');
    await client.close();
    return `${name}, channel ${channel.id}`;
  });
}

async function addresses(): Promise<void> {
  heading('addresses');
  await open('URL', url);
  await open('vhost "/" encoded in the URL', urlWith({ pathname: '/%2F' }));
  await open('URL with parameters', `${url}?name=leveret&heartbeat=10&frameMax=16384&channelMax=5`);
  await open('wrong password', urlWith({ password: 'wrong' }));
  await open('unknown vhost', urlWith({ pathname: '/no-such-vhost' }));
  const proxy = await Proxy.start();
  const nowhere = proxy.url();
  await proxy.close();
  await open('nobody listens', nowhere);
  for (const search of ['?frameMax=4096', '?heartbeat=-1', '?channelMax=-1']) {
    await attempt(search, () => new AMQPClient(`${url}${search}`).closed);
  }
}

async function tuning(): Promise<void> {
  heading('tuning');
  const proxy = await Proxy.start();
  for (const search of [
    '',
    '?heartbeat=5',
    '?heartbeat=500',
    '?frameMax=8192',
    '?frameMax=1000000',
    '?channelMax=3',
  ]) {
    const client = new AMQPClient(proxy.url(search));
    await client.connect();
    say(`"${search}": tune-ok ${show(proxy.tuned('client'))}`);
    await client.close();
  }
  const client = new AMQPClient(`${url}?channelMax=2`);
  await client.connect();
  await client.channel();
  const second = await client.channel(2);
  say(`channel(2) is ${second.id}, again the same: ${(await client.channel(2)) === second}`);
  await attempt('a third channel of two', () => client.channel().then(() => 'open'));
  await second.close();
  await attempt('after a close', () => client.channel().then((channel) => channel.id));
  await client.close();
  await proxy.close();
}

async function closing(): Promise<void> {
  heading('closing');
  const client = new AMQPClient(url);
  say(`closed before: ${client.closed}`);
  await attempt('channel before connect', () => client.channel());
  await client.connect();
  say(`closed: ${client.closed}`);
  const channel = await client.channel();
  await succeed('close with a reason', () => client.close('enough', 200));
  say(`closed: ${client.closed}, channel ${channel.closed}`);
  await attempt('close again', () => client.close());
  await attempt('channel', () => client.channel());
  await attempt('a call on its channel', () => channel.queueDeclare(''));
  // The old socket's end would take the new connection with it.
  await sleep(50);
  await succeed('connect again', () => client.connect());
  const again = await client.channel();
  await attempt('a channel of it', () => again.queueDeclare(''));
  await attempt('updateSecret', () => client.updateSecret(target().password, 'renewal'));
  await client.close();
}

function watch(client: AMQPClient): Events {
  const events = new Events();
  client.onerror = (error) => events.record(`onerror ${show(error)} ${error instanceof AMQPError}`);
  client.ondisconnect = (error) => events.record(`ondisconnect ${show(error)}`);
  client.onblocked = (reason) => events.record(`onblocked ${reason}`);
  client.onunblocked = () => events.record('onunblocked');
  return events;
}

/** An error shows its connection otherwise. */
async function fails(label: string, action: () => Promise<unknown>): Promise<void> {
  await attempt(label, () => action().then(show));
}

async function errors(): Promise<void> {
  heading('errors');
  const client = new AMQPClient(url);
  const events = watch(client);
  await client.connect();
  const cases: Record<string, (channel: AMQPChannel) => Promise<unknown>> = {
    'queueDeclare passive': (channel) => channel.queueDeclare(queueName('none'), { passive: true }),
    'exchangeDeclare reserved': (channel) => channel.exchangeDeclare('amq.mine', 'topic'),
    'basicGet of no queue': (channel) => channel.basicGet(queueName('none')),
    'basicConsume of no queue': (channel) => channel.basicConsume(queueName('none'), {}),
    'confirmed publish to no exchange': async (channel) => {
      await channel.confirmSelect();
      await channel.basicPublish(queueName('none'), '', 'x');
    },
    'txCommit without txSelect': (channel) => channel.txCommit(),
  };
  for (const [label, action] of Object.entries(cases)) {
    const channel = await client.channel();
    channel.onerror = (reason) => events.record(`channel onerror ${reason}`);
    await fails(label, () => action(channel));
    await events.take(1);
    await fails('  a call after it', () => channel.queueDeclare(''));
    await fails('  close after it', () => channel.close());
  }
  const plain = await client.channel();
  await fails('the default onerror tells the client', () =>
    plain.queueDeclare(queueName('none'), { passive: true }),
  );
  await events.take(1);
  await client.close();

  for (const [label, action] of Object.entries<(channel: AMQPChannel) => Promise<unknown>>({
    'basicQos with a size': (channel) => channel.basicQos(1, 100),
    'basicRecover without requeue': (channel) => channel.basicRecover(false),
    'immediate publish': async (channel) => {
      await channel.confirmSelect();
      await channel.basicPublish('', 'q', 'x', {}, false, true);
    },
  })) {
    const own = new AMQPClient(url);
    const seen = watch(own);
    await own.connect();
    const channel = await own.channel();
    await fails(label, () => action(channel));
    await seen.take(2);
    await sleep(20);
    seen.print();
    say(`closed ${own.closed}`);
  }
}

async function dropped(): Promise<void> {
  heading('dropped and blocked');
  const proxy = await Proxy.start();
  const client = new AMQPClient(proxy.url());
  const events = watch(client);
  await client.connect();
  const channel = await client.channel();
  await channel.confirmSelect();
  const queue = queueName('b');
  await channel.queueDeclare(queue, { durable: false });
  proxy.block('low on memory');
  await events.take(1);
  say(`blocked ${show(client.blocked)}`);
  await fails('basicPublish', () => channel.basicPublish('', queue, 'x'));
  await fails('queueDeclare', () => channel.queueDeclare(queue, { durable: false }));
  proxy.unblock();
  await events.take(1);
  await fails('basicPublish', () => channel.basicPublish('', queue, 'x'));
  channel.onerror = (reason) => events.record(`channel onerror ${reason}`);
  proxy.cut();
  await events.take(3);
  await until('closed', () => client.closed);
  await fails('a call', () => channel.queueDeclare(queue));
  await succeed('connect again', () => client.connect());
  const next = await client.channel();
  await fails('basicGet', async () => (await next.basicGet(queue))?.bodyString());
  await client.close();
  await proxy.close();
}

async function heartbeats(): Promise<void> {
  heading('heartbeats');
  const proxy = await Proxy.start();
  const client = new AMQPClient(proxy.url('?heartbeat=1'));
  const events = watch(client);
  await client.connect();
  await until('heartbeats', () => proxy.count('server', 'heartbeat') >= 3);
  await events.silence(1);
  say(`answered: ${proxy.count('client', 'heartbeat') >= 2}`);
  await client.close();
  await proxy.close();
}

program(async () => {
  await addresses();
  await tuning();
  await closing();
  await errors();
  await dropped();
  await heartbeats();
});
