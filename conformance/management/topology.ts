// What the recorded requests were asked about: users, vhosts, queues, clients and their traffic.

import { Peer } from '../kit/peer.ts';
import type { PeerChannel } from '../kit/peer-channel.ts';
import type { Table } from '../kit/wire.ts';

/** One request as the administrator; a status of 400 or more fails. */
type Tell = (method: string, path: string, body: unknown) => Promise<void>;

/** What runs while the requests are asked. */
export interface Topology {
  /** A little of everything that clients do. */
  traffic(): Promise<void>;
  /** Two clients publish so many bytes, and wait for nothing. */
  flood(bytes: number): void;
  close(): Promise<void>;
}

const everything = { configure: '.*', write: '.*', read: '.*' };

const users: readonly (readonly [name: string, tags: string])[] = [
  ['admin', 'administrator'],
  ['mon', 'monitoring'],
  ['pol', 'policymaker'],
  ['mgr', 'management'],
  ['app', ''],
  ['multi', 'management,monitoring'],
];

const shovel = {
  'src-protocol': 'amqp091',
  'src-uri': 'amqp://localhost:5712',
  'src-queue': 'shovel.src',
  'dest-protocol': 'amqp091',
  'dest-uri': 'amqp://localhost:5712',
  'dest-queue': 'shovel.dst',
};

const policies: readonly (readonly [path: string, body: object])[] = [
  [
    '/policies/%2F/ttl-pol',
    {
      pattern: '^orders\\.',
      'apply-to': 'queues',
      definition: { 'message-ttl': 600_000, 'dead-letter-exchange': 'dlx', 'max-length': 10_000 },
      priority: 5,
    },
  ],
  [
    '/policies/%2F/ae',
    {
      pattern: '^events$',
      'apply-to': 'exchanges',
      definition: { 'alternate-exchange': 'unrouted' },
    },
  ],
  [
    '/operator-policies/%2F/op-max',
    { pattern: '^orders\\.', 'apply-to': 'queues', definition: { 'max-length': 5000 } },
  ],
];

const exchanges: readonly (readonly [name: string, body: object])[] = [
  ['events', { type: 'topic' }],
  ['dlx', { type: 'fanout' }],
  ['unrouted', { type: 'fanout' }],
  ['hx', { type: 'headers' }],
  ['audit', { type: 'fanout', internal: true }],
  ['hash', { type: 'direct' }],
];

// `events.stream` was a stream; what it is called is left.
const queues: readonly (readonly [path: string, args: object, autoDelete?: boolean])[] = [
  ['%2F/orders.new', { 'x-max-priority': 5 }],
  ['%2F/orders.quorum', { 'x-queue-type': 'quorum', 'x-delivery-limit': 5 }],
  ['%2F/orders.dlq', {}],
  ['%2F/events.stream', {}],
  ['%2F/idle', {}],
  ['%2F/sac', { 'x-single-active-consumer': true }],
  ['%2F/tmp.autodel', { 'x-expires': 3_600_000 }, true],
  [
    '%2F/lazy.q',
    {
      'x-queue-mode': 'lazy',
      'x-max-length': 1000,
      'x-message-ttl': 60_000,
      'x-overflow': 'reject-publish',
    },
  ],
  ['%2F/shovel.src', {}],
  ['%2F/shovel.dst', {}],
  // The limit was the default.
  ['dev%2Fapp/app-q1', { 'x-queue-type': 'quorum', 'x-delivery-limit': 20 }],
  ['staging/jobs', {}],
];

const bindings: readonly (readonly [path: string, body: object])[] = [
  ['/events/q/orders.new', { routing_key: 'orders.#' }],
  ['/events/q/orders.quorum', { routing_key: 'orders.*' }],
  ['/events/q/events.stream', { routing_key: '#' }],
  ['/dlx/q/orders.dlq', {}],
  ['/events/e/audit', { routing_key: '#' }],
  ['/hx/q/idle', { arguments: { 'x-match': 'all', type: 'pdf', n: 3 } }],
  ['/hx/q/idle', { routing_key: 'rk/with slash', arguments: { 'x-match': 'any', a: true } }],
];

/** Sets all of it up, over HTTP what was set up so, and connects the clients. */
export async function setUp(url: string, tell: Tell): Promise<Topology> {
  await declare(tell);
  const clients = await connect(url);
  const { publisher, consumer, visitor, developer } = clients;
  await startConsumers(clients);
  await fillIdle(visitor[0]);
  for (let n = 0; n < 10; n += 1)
    developer.publish({ routingKey: 'app-q1' }, 'dev work', persistent);
  await developer.counts('app-q1');
  return {
    traffic: async () => {
      await publishOrders(publisher);
      await workOrders(consumer);
      await visit(visitor[0]);
    },
    flood: (bytes) => {
      const piece = Buffer.alloc(Math.min(bytes, FLOOD_BYTES));
      for (const channel of [publisher[1], visitor[0]]) {
        for (let sent = 0; sent < bytes; sent += piece.length) {
          channel.publish({ routingKey: 'shovel.dst' }, piece);
        }
      }
    },
    close: async () => {
      await Promise.all(clients.peers.map((peer) => peer.close()));
    },
  };
}

async function declare(tell: Tell): Promise<void> {
  const put = (path: string, body: unknown) => tell('PUT', path, body);
  await put('/vhosts/dev%2Fapp', {
    description: 'Dev vhost',
    tags: 'dev,qa',
    default_queue_type: 'quorum',
  });
  await put('/vhosts/staging', { description: 'Staging', tags: 'staging' });
  for (const [name, tags] of users) {
    await put(`/users/${name}`, { password: name, tags });
    await put(`/permissions/%2F/${name}`, everything);
  }
  await put('/users/nopw', { tags: 'management' });
  await put('/users/noperm', { password: 'noperm', tags: 'management' });
  await put('/permissions/dev%2Fapp/app', { ...everything, configure: '^app-' });
  for (const [path, body] of policies) await put(path, body);
  await put('/vhost-limits/staging/max-connections', { value: 100 });
  await put('/vhost-limits/staging/max-queues', { value: 50 });
  await put('/user-limits/app/max-connections', { value: 20 });
  await put('/user-limits/app/max-channels', { value: 200 });
  await put('/global-parameters/our-tag', { value: { owner: 'team-x', n: 1 } });
  await put('/parameters/shovel/%2F/sh1', { value: shovel });
  await put('/parameters/federation-upstream/%2F/up1', {
    value: { uri: 'amqp://localhost:5712/staging', expires: 3_600_000 },
  });
  for (const [name, body] of exchanges) {
    await put(`/exchanges/%2F/${name}`, { durable: true, ...body });
  }
  for (const [path, args, autoDelete = false] of queues) {
    await put(`/queues/${path}`, { durable: true, auto_delete: autoDelete, arguments: args });
  }
  for (const [path, body] of bindings) await tell('POST', `/bindings/%2F/e${path}`, body);
  await put('/topic-permissions/%2F/app', {
    exchange: 'events',
    write: '^(orders|nomatch)\\.',
    read: '.*',
  });
}

const persistent = { deliveryMode: 2 };
const capabilities = {
  authentication_failure_close: true,
  'basic.nack': true,
  'connection.blocked': true,
  consumer_cancel_notify: true,
  exchange_exchange_bindings: true,
  publisher_confirms: true,
};
const client = {
  product: 'a client',
  version: '1.0.0',
  platform: 'Node.js',
  information: 'https://client.example/',
  capabilities,
};

interface Clients {
  readonly peers: readonly Peer[];
  readonly publisher: readonly [confirming: PeerChannel, plain: PeerChannel];
  readonly consumer: readonly [PeerChannel, PeerChannel, PeerChannel];
  readonly visitor: readonly [PeerChannel, PeerChannel];
  /** The two ends of what moves messages from a queue to another. */
  readonly mover: readonly [source: PeerChannel, destination: PeerChannel];
  readonly developer: PeerChannel;
}

async function connect(url: string): Promise<Clients> {
  const peers: Peer[] = [];
  const open = async (user: string, name: string, given: Table = {}, vhost = '/') => {
    const login = { username: user, password: user, vhost };
    const clientProperties = { ...client, ...(name ? { connection_name: name } : {}), ...given };
    const peer = await Peer.connect(url, { ...login, clientProperties, tune: { heartbeat: 30 } });
    peers.push(peer);
    return peer;
  };
  const publisher = await open('app', 'order-publisher');
  const consumer = await open('admin', 'order-consumer');
  const visitor = await open('guest', '');
  const mover = { copyright: 'Copyright of whoever moves messages' };
  const source = await open('guest', 'Shovel sh1', mover);
  const destination = await open('guest', 'Shovel sh1', mover);
  const developer = await open('guest', 'dev-conn', {}, 'dev/app');
  return {
    peers,
    publisher: [await publisher.channel(), await publisher.channel()],
    consumer: [await consumer.channel(), await consumer.channel(), await consumer.channel()],
    visitor: [await visitor.channel(), await visitor.channel()],
    mover: [await source.channel(), await destination.channel()],
    developer: await developer.channel(),
  };
}

async function startConsumers({ publisher, consumer, visitor, mover }: Clients): Promise<void> {
  await publisher[0].confirmSelect();
  await mover[1].confirmSelect();
  const consume = async (
    channel: PeerChannel,
    queue: string,
    consumerTag: string,
    args: { prefetchCount?: number; noAck?: boolean; arguments?: Table } = {},
  ) => {
    const { prefetchCount = 0, ...given } = args;
    if (prefetchCount > 0) await channel.call('basic.qos', { prefetchCount });
    await channel.call('basic.consume', { queue, consumerTag, ...given });
  };
  const [orders, quorum, stream] = consumer;
  const first = { prefetchCount: 20, arguments: { 'x-priority': 0 } };
  await consume(orders, 'orders.new', 'worker-1', first);
  await consume(quorum, 'orders.quorum', 'worker-q', { prefetchCount: 10 });
  await consume(stream, 'events.stream', 'stream-1', { prefetchCount: 100 });
  const own = await visitor[0].queue('', { exclusive: true });
  await consume(visitor[0], own, '', { noAck: true });
  await consume(visitor[0], 'sac', 'sac-a');
  await consume(visitor[1], 'sac', 'sac-b', { prefetchCount: 7 });
  await consume(mover[0], 'shovel.src', '', { prefetchCount: 1000 });
}

const received: Table = { nested: { a: [1, 'x', true] } };
const greeting = (n: number) => ({
  contentType: 'application/json',
  headers: { n, trace: `t${n}`, ...received },
  deliveryMode: 2,
  priority: 1,
  correlationId: `c${n}`,
  replyTo: 'rq',
  expiration: '99000000',
  messageId: `m${n}`,
  timestamp: 1_700_000_000 + n,
  type: 'Greeting',
  userId: 'guest',
  appId: 'wl',
});

async function fillIdle(channel: PeerChannel): Promise<void> {
  for (let n = 0; n < 20; n += 1) {
    const text = JSON.stringify({ i: n, hello: 'wörld' });
    channel.publish({ routingKey: 'idle' }, text, greeting(n));
  }
  const bytes = Uint8Array.of(0, 255, 254, 1, 2);
  const binary = { contentType: 'application/octet-stream', headers: {} };
  channel.publish({ routingKey: 'idle' }, bytes, binary);
  await channel.counts('idle');
}

const ORDERS = 10;
const FLOOD_BYTES = 1024 * 1024;

async function publishOrders([confirming, plain]: Clients['publisher']): Promise<void> {
  for (let n = 0; n < ORDERS; n += 1) {
    const properties = {
      contentType: 'application/json',
      headers: { source: 'wl' },
      deliveryMode: 2,
      messageId: `o${n}`,
    };
    const where = { exchange: 'events', routingKey: 'orders.new' };
    await confirming.publishConfirmed(where, JSON.stringify({ order: n }), properties);
    plain.publish({ routingKey: 'lazy.q' }, 'x'.repeat(512));
  }
  plain.publish({ routingKey: 'no such queue' }, 'dropped');
  plain.publish({ routingKey: 'no such queue', mandatory: true }, 'returned');
  await plain.await('basic.return');
}

async function workOrders([orders, quorum, stream]: Clients['consumer']): Promise<void> {
  const tag = async (channel: PeerChannel) => (await channel.await('basic.deliver')).deliveryTag;
  for (let n = 0; n < ORDERS; n += 1) {
    const deliveryTag = await tag(orders);
    if (n < 2) orders.send('basic.reject', { deliveryTag, requeue: false });
    else orders.send('basic.ack', { deliveryTag });
    stream.send('basic.ack', { deliveryTag: await tag(stream) });
    const ofQuorum = await tag(quorum);
    if (n > 0) quorum.send('basic.ack', { deliveryTag: ofQuorum });
    else quorum.send('basic.nack', { deliveryTag: ofQuorum, requeue: true });
  }
  quorum.send('basic.ack', { deliveryTag: await tag(quorum) });
  for (const channel of [orders, quorum, stream]) await channel.counts('orders.new');
}

async function visit(channel: PeerChannel): Promise<void> {
  const held = await channel.get('idle', { noAck: false });
  if (held === undefined) throw new Error('there is nothing in the queue');
  const { deliveryTag } = held;
  channel.send('basic.nack', { deliveryTag, requeue: true });
  await channel.get('orders.dlq');
  channel.publish({ routingKey: 'lazy.q' }, 'of a visitor');
  await channel.counts('lazy.q');
}
