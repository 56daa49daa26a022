import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { table } from '../../../src/codec/table.ts';
import { channelsEndpoints } from '../../../src/mgmt/resources/channels.ts';
import { connectionsEndpoints } from '../../../src/mgmt/resources/connections.ts';
import { consumersEndpoints } from '../../../src/mgmt/resources/consumers.ts';
import { queuesEndpoints } from '../../../src/mgmt/resources/queues.ts';
import { turn } from '../../kit/memory-node.ts';
import { method, type OpenOptions, ScriptedPeer } from '../../kit/scripted-peer.ts';
import { Harness, type RequestOptions } from '../harness.ts';

let api: Harness;

beforeEach(() => {
  api = new Harness({
    endpoints: [
      ...connectionsEndpoints,
      ...channelsEndpoints,
      ...consumersEndpoints,
      ...queuesEndpoints,
    ],
  });
  api.addUser('app', ['management'], ['/']);
});

afterEach(() => api.close());

function open(options: OpenOptions = {}): Promise<ScriptedPeer> {
  return ScriptedPeer.open(api.node, options);
}

/** Asks for connections to be closed, and lets time pass until that is answered. */
async function closed(path: string, options: RequestOptions = {}): Promise<number> {
  const answer = api.delete(path, options);
  let isAnswered = false;
  void answer.finally(() => {
    isAnswered = true;
  });
  while (!isAnswered) {
    await turn();
    await api.clock.advance(50);
  }
  return (await answer).status;
}

async function nameOf(index = 0): Promise<string> {
  const { list } = await api.get('/api/connections');
  return String(list[index]?.['name']);
}

function consume(tag: string, more: Parameters<typeof method<'basic.consume'>>[2] = {}) {
  return method(1, 'basic.consume', { queue: 'q', consumerTag: tag, ...more });
}

test('a connection has the keys that RabbitMQ gives it', async () => {
  await open();
  const { list } = await api.get('/api/connections');
  expect(Object.keys(list[0] ?? {}).sort()).toEqual([
    'auth_mechanism',
    'channel_max',
    'channels',
    'client_properties',
    'connected_at',
    'frame_max',
    'garbage_collection',
    'host',
    'name',
    'node',
    'peer_cert_issuer',
    'peer_cert_serial_number',
    'peer_cert_subject',
    'peer_cert_validity',
    'peer_host',
    'peer_port',
    'port',
    'protocol',
    'recv_cnt',
    'recv_oct',
    'recv_oct_details',
    'reductions',
    'reductions_details',
    'send_cnt',
    'send_oct',
    'send_oct_details',
    'send_pend',
    'ssl',
    'ssl_cipher',
    'ssl_hash',
    'ssl_key_exchange',
    'ssl_protocol',
    'state',
    'timeout',
    'type',
    'user',
    'user_who_performed_action',
    'vhost',
  ]);
  expect(list[0]).toMatchObject({
    auth_mechanism: 'PLAIN',
    channels: 1,
    client_properties: { capabilities: {} },
    protocol: 'AMQP 0-9-1',
    state: 'running',
    type: 'network',
    user: 'guest',
    vhost: '/',
  });
});

test('what only TLS knows is null in lists and empty of a connection alone', async () => {
  await open();
  const [listed] = (await api.get('/api/connections')).list;
  const path = `/api/connections/${encodeURIComponent(await nameOf())}`;
  const { object } = await api.get(path);
  for (const key of ['ssl_protocol', 'peer_cert_subject', 'peer_cert_validity']) {
    expect([listed?.[key], object[key]]).toEqual([null, '']);
  }
  expect(Object.keys(object).sort()).toEqual(Object.keys(listed ?? {}).sort());
});

test('a connection is found by its name, and its channels with it', async () => {
  await open({ channels: [1, 7] });
  const name = await nameOf();
  const path = `/api/connections/${encodeURIComponent(name)}`;
  expect((await api.get(path)).object).toMatchObject({ name });
  const { list } = await api.get(`${path}/channels`);
  expect(list.map((channel) => channel['name'])).toEqual([`${name} (1)`, `${name} (7)`]);
  expect((await api.get('/api/connections/none')).status).toBe(404);
  const sessions = await api.get(`${path}/sessions`);
  const reason = 'connection does not use AMQP 1.0';
  expect([sessions.status, sessions.object['reason']]).toEqual([400, reason]);
});

test('who has not logged in yet is no connection', async () => {
  const peer = new ScriptedPeer(api.node);
  await peer.answers();
  expect((await api.get('/api/connections')).json).toEqual([]);
});

test('a user sees their own connections and channels, who watches sees all', async () => {
  await open();
  await open({ user: 'app' });
  const own = { user: 'app' };
  expect((await api.get('/api/connections')).list).toHaveLength(2);
  expect((await api.get('/api/channels')).list).toHaveLength(2);
  expect((await api.get('/api/connections', own)).list).toMatchObject([{ user: 'app' }]);
  expect((await api.get('/api/channels', own)).list).toMatchObject([{ user: 'app' }]);
  expect((await api.get('/api/vhosts/%2F/connections', own)).list).toHaveLength(1);
  expect((await api.get('/api/vhosts/%2F/channels', own)).list).toHaveLength(1);
  const { list } = await api.get('/api/connections?columns=user,name');
  const theirs = list.find(({ user }) => user === 'guest');
  const path = encodeURIComponent(String(theirs?.['name']));
  expect((await api.get(`/api/connections/${path}`, own)).status).toBe(401);
  expect((await api.delete(`/api/connections/${path}`, own)).status).toBe(401);
  expect((await api.get(`/api/channels/${path}%20(1)`, own)).status).toBe(401);
});

test("a user's connections are listed by name and closed together", async () => {
  const [first, second, other] = [
    await open({ user: 'app' }),
    await open({ user: 'app' }),
    await open(),
  ];
  const { list } = await api.get('/api/connections/username/app');
  expect(list).toHaveLength(2);
  expect(list[0]).toEqual({
    name: expect.any(String),
    node: 'leveret@test',
    user: 'app',
    vhost: '/',
  });
  expect(await closed('/api/connections/username/app')).toBe(204);
  for (const peer of [first, second]) {
    expect(await peer.methods()).toMatchObject([{ name: 'connection.close', replyCode: 320 }]);
  }
  expect(await other.methods()).toEqual([]);
});

test('a connection is closed with the reason that was given', async () => {
  const peer = await open();
  const path = `/api/connections/${encodeURIComponent(await nameOf())}`;
  const headers = { 'x-reason': Buffer.from('maintenance über Nacht').toString('latin1') };
  expect(await closed(path, { headers })).toBe(204);
  const [close] = await peer.methods();
  expect(close).toMatchObject({ name: 'connection.close', replyCode: 320 });
  expect(close).toMatchObject({ replyText: expect.stringContaining('maintenance über Nacht') });
});

test('whoever has closed a connection does not find it any more', async () => {
  const peer = await open();
  const path = `/api/connections/${encodeURIComponent(await nameOf())}`;
  const answer = api.delete(path);
  await vi.waitFor(async () => {
    expect(await peer.methods()).toMatchObject([{ name: 'connection.close' }]);
  });
  let isAnswered = false;
  void answer.finally(() => {
    isAnswered = true;
  });
  await api.clock.advance(100);
  await turn();
  expect(isAnswered).toBe(false);
  await peer.asks(method(0, 'connection.close-ok'));
  expect((await answer).status).toBe(204);
  expect((await api.get(path)).status).toBe(404);
});

test('a client that does not go is not waited for without end', async () => {
  await open();
  const path = `/api/connections/${encodeURIComponent(await nameOf())}`;
  expect(await closed(path)).toBe(204);
  expect((await api.get(path)).status).toBe(200);
});

test('a channel tells what it is about', async () => {
  const peer = await open();
  await peer.asks(
    method(1, 'basic.qos', { prefetchCount: 5 }),
    method(1, 'confirm.select'),
    method(1, 'queue.declare', { queue: 'q' }),
    consume('c'),
  );
  const name = `${await nameOf()} (1)`;
  const { object } = await api.get(`/api/channels/${encodeURIComponent(name)}`);
  expect(object).toMatchObject({
    name,
    number: 1,
    user: 'guest',
    vhost: '/',
    confirm: true,
    transactional: false,
    prefetch_count: 5,
    consumer_count: 1,
    consumer_details: [{ consumer_tag: 'c', channel_details: { name } }],
    deliveries: [],
    publishes: [],
  });
  expect((await api.get('/api/channels/none')).status).toBe(404);
});

test('a channel has the keys that RabbitMQ gives it', async () => {
  await open();
  const [channel] = (await api.get('/api/channels')).list;
  const keys = Object.keys(channel ?? {}).filter((key) => key !== 'idle_since');
  expect(keys.sort()).toEqual([
    'acks_uncommitted',
    'cached_segments',
    'confirm',
    'connection_details',
    'consumer_count',
    'garbage_collection',
    'messages_unacknowledged',
    'messages_uncommitted',
    'messages_unconfirmed',
    'name',
    'node',
    'number',
    'pending_raft_commands',
    'prefetch_count',
    'reductions',
    'reductions_details',
    'state',
    'transactional',
    'user',
    'user_who_performed_action',
    'vhost',
  ]);
});

test('a channel that does nothing tells since when', async () => {
  await open();
  await api.clock.advance(60_000);
  const [channel] = (await api.get('/api/channels')).list;
  expect(channel?.['idle_since']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
});

test('a consumer is told with its channel and its queue', async () => {
  const peer = await open();
  await peer.asks(
    method(1, 'queue.declare', { queue: 'q' }),
    consume('c', { exclusive: true, noAck: true, arguments: table({ 'x-priority': 1 }) }),
  );
  const name = await nameOf();
  const consumer = {
    ack_required: false,
    active: true,
    activity_status: 'up',
    arguments: { 'x-priority': 1 },
    channel_details: {
      connection_name: name,
      name: `${name} (1)`,
      node: 'leveret@test',
      number: 1,
      peer_host: expect.any(String),
      peer_port: expect.any(Number),
      user: 'guest',
    },
    consumer_tag: 'c',
    consumer_timeout: 1_800_000,
    exclusive: true,
    prefetch_count: 0,
    queue: { name: 'q', vhost: '/' },
  };
  expect((await api.get('/api/consumers')).json).toEqual([consumer]);
  expect((await api.get('/api/consumers/%2F')).json).toEqual([consumer]);
  expect((await api.get('/api/consumers/none')).status).toBe(404);
  const { object } = await api.get('/api/queues/%2F/q');
  expect(object).toMatchObject({ consumer_details: [consumer], exclusive_consumer_tag: 'c' });
});

test('of several consumers on a queue with a single active one, the others wait', async () => {
  const peer = await open();
  const arguments_ = table({ 'x-single-active-consumer': true });
  await peer.asks(
    method(1, 'queue.declare', { queue: 'q', arguments: arguments_ }),
    consume('first'),
    consume('second'),
  );
  const { list } = await api.get('/api/consumers');
  expect(list).toMatchObject([
    { consumer_tag: 'first', active: true, activity_status: 'single_active' },
    { consumer_tag: 'second', active: false, activity_status: 'waiting' },
  ]);
  const { object } = await api.get('/api/queues/%2F/q');
  expect(object['single_active_consumer_tag']).toBe('first');
});

test('a queue that belongs to a connection alone is shown as exclusive', async () => {
  const peer = await open();
  await peer.asks(method(1, 'queue.declare', { queue: 'q', exclusive: true }));
  expect((await api.get('/api/queues/%2F/q')).object['exclusive']).toBe(true);
  const purged = await api.delete('/api/queues/%2F/q/contents');
  expect(purged.status).toBe(400);
  expect(purged.object['reason']).toContain('cannot obtain exclusive access to locked queue');
});
