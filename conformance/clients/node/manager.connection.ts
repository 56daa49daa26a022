import type { EventEmitter } from 'node:events';
import amqp, { AmqpConnectionManagerClass } from 'amqp-connection-manager';
import { credentials } from 'amqplib';
import { program } from './kit/program.ts';
import { Proxy } from './kit/proxy.ts';
import {
  attempt,
  Events,
  heading,
  say,
  show,
  succeed,
  target,
  until,
  url,
  urlWith,
} from './kit/transcript.ts';

function watch(manager: EventEmitter): Events {
  const events = new Events();
  manager.on('connect', ({ url: address }: { url: unknown }) => {
    events.record(`connect ${typeof address === 'string' ? 'to a URL' : 'to an object'}`);
  });
  for (const event of ['connectFailed', 'disconnect']) {
    manager.on(event, ({ err }: { err: Error }) => events.record(`${event} ${show(err)}`));
  }
  manager.on('blocked', ({ reason }: { reason: string }) => events.record(`blocked ${reason}`));
  manager.on('unblocked', () => events.record('unblocked'));
  return events;
}

async function addresses(): Promise<void> {
  heading('addresses');
  const { username, password } = target();
  const cases: Record<string, Parameters<typeof amqp.connect>> = {
    'a URL': [url],
    'a list of one': [[url]],
    'an object': [target()],
    'a URL with options of its own': [
      { url, connectionOptions: { noDelay: true, clientProperties: { connection_name: 'm' } } },
    ],
    'connectionOptions for all': [
      url,
      { connectionOptions: { credentials: credentials.amqplain(username, password) } },
    ],
    'findServers with a callback': [null, { findServers: (callback) => callback(url) }],
    'findServers with a promise': [null, { findServers: () => Promise.resolve([url]) }],
  };
  for (const [label, args] of Object.entries(cases)) {
    const manager = amqp.connect(...args);
    const events = watch(manager);
    await events.take(1);
    say(`${label}: connected ${manager.isConnected()}, channels ${manager.channelCount}`);
    await manager.close();
    say(`closed: connected ${manager.isConnected()}`);
  }
  await attempt('nothing at all', () => amqp.connect(null).channelCount);
}

async function heartbeat(): Promise<void> {
  heading('heartbeat');
  const proxy = await Proxy.start();
  for (const seconds of [undefined, 0, 3]) {
    const options = seconds === undefined ? {} : { heartbeatIntervalInSeconds: seconds };
    const manager = new AmqpConnectionManagerClass(proxy.url(), options);
    await attempt('connect({ timeout })', () => manager.connect({ timeout: 3000 }));
    say(`${seconds}: ${manager.heartbeatIntervalInSeconds}, ${manager.reconnectTimeInSeconds}`);
    say(`tune-ok ${show(proxy.tuned('client'))}`);
    await manager.close();
  }
  await proxy.close();
}

async function failures(): Promise<void> {
  heading('failures');
  // A port the library does not find its "403" in.
  const nowhere = 'amqp://127.0.0.1:1';
  const wrong = new AmqpConnectionManagerClass(urlWith({ password: 'wrong' }), {
    reconnectTimeInSeconds: 30,
  });
  await attempt('connect with a wrong password', () => wrong.connect({ timeout: 3000 }));
  await wrong.close().catch(() => {});
  const unknown = new AmqpConnectionManagerClass(urlWith({ pathname: '/no-such-vhost' }), {
    reconnectTimeInSeconds: 30,
  });
  const refused = watch(unknown);
  await attempt('connect to an unknown vhost', () => unknown.connect({ timeout: 300 }));
  await refused.take(1);
  const away = new AmqpConnectionManagerClass(nowhere, { reconnectTimeInSeconds: 30 });
  const events = watch(away);
  await attempt('connect where nobody listens', () => away.connect({ timeout: 300 }));
  await events.take(1);
  const none = new AmqpConnectionManagerClass([], { reconnectTimeInSeconds: 30 });
  const nobody = watch(none);
  await attempt('connect to an empty list', () => none.connect({ timeout: 100 }));
  await nobody.take(1);

  heading('the second address of two');
  const two = amqp.connect([nowhere, url], { reconnectTimeInSeconds: 0.02 });
  const turns = watch(two);
  await turns.take(2);
  await two.close();
}

async function reconnecting(): Promise<void> {
  heading('reconnecting');
  const proxy = await Proxy.start();
  const manager = amqp.connect(proxy.url(), { reconnectTimeInSeconds: 0.02 });
  const events = watch(manager);
  await events.take(1);
  proxy.cut();
  await events.take(2);
  await succeed('reconnect()', () => manager.reconnect());
  await events.take(2);
  proxy.refuse();
  proxy.cut();
  await until('a failure', () => events.pending >= 3);
  await proxy.listen();
  await until('a connection', () => manager.isConnected());
  say(`connections taken: at least three ${proxy.accepted >= 3}`);
  const { connection } = manager;
  say(`product ${show(connection?.connection.serverProperties.product)}`);
  proxy.block('low on memory');
  await until('blocked', () => events.pending >= 5);
  proxy.unblock();
  await until('unblocked', () => events.pending >= 6);
  await manager.close();
  await attempt('reconnect() after close', () => manager.reconnect());
  await attempt('close() again', () => manager.close());
  await proxy.close();
}

async function blocking(): Promise<void> {
  heading('blocked');
  const proxy = await Proxy.start();
  const manager = amqp.connect(proxy.url());
  const events = watch(manager);
  await events.take(1);
  proxy.block('low on disk');
  await events.take(1);
  proxy.unblock();
  await events.take(1);
  await manager.close();
  await proxy.close();
}

program(async () => {
  await addresses();
  await heartbeat();
  await failures();
  await reconnecting();
  await blocking();
});
