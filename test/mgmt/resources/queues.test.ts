import { afterEach, beforeEach, expect, test } from 'vitest';
import { bindingsEndpoints } from '../../../src/mgmt/resources/bindings.ts';
import { messagesEndpoints } from '../../../src/mgmt/resources/messages.ts';
import { queuesEndpoints } from '../../../src/mgmt/resources/queues.ts';
import { FakeConsumer } from '../../queues/fixtures.ts';
import { Harness } from '../harness.ts';

let api: Harness;

beforeEach(() => {
  api = new Harness({
    endpoints: [...queuesEndpoints, ...messagesEndpoints, ...bindingsEndpoints],
  });
});

afterEach(() => api.close());

function queue(name: string) {
  const found = api.broker.vhosts.get('/')?.queues.get(name);
  if (found === undefined) throw new Error(`no queue ${name}`);
  return found;
}

function publish(routingKey: string, payload = 'x') {
  const body = { routing_key: routingKey, properties: {}, payload, payload_encoding: 'string' };
  return api.post('/api/exchanges/%2F/amq.default/publish', body);
}

const common = [
  'arguments',
  'auto_delete',
  'consumer_capacity',
  'consumer_utilisation',
  'consumers',
  'durable',
  'effective_policy_definition',
  'exclusive',
  'internal',
  'internal_owner',
  'memory',
  'message_bytes',
  'message_bytes_persistent',
  'message_bytes_ram',
  'message_bytes_ready',
  'message_bytes_unacknowledged',
  'messages',
  'messages_details',
  'messages_persistent',
  'messages_ram',
  'messages_ready',
  'messages_ready_details',
  'messages_unacknowledged',
  'messages_unacknowledged_details',
  'name',
  'node',
  'reductions',
  'reductions_details',
  'state',
  'type',
  'vhost',
];
const classic = [...common, 'messages_ready_ram', 'messages_unacknowledged_ram', 'storage_version'];
const quorum = [
  ...common,
  'delayed_retry',
  'delivery_limit',
  'leader',
  'members',
  'message_bytes_dlx',
  'messages_active_priorities',
  'messages_by_priority',
  'messages_delayed',
  'messages_dlx',
  'messages_ready_returned',
  'online',
  'open_files',
  'publishers',
];
const alone = [
  'consumer_details',
  'deliveries',
  'garbage_collection',
  'incoming',
  'operator_policy',
  'policy',
];

test('a list shows queues of both types with the keys that RabbitMQ gives them', async () => {
  await api.put('/api/queues/%2F/a', {});
  const arguments_ = { 'x-queue-type': 'quorum' };
  await api.put('/api/queues/%2F/b', { durable: true, arguments: arguments_ });
  const { list } = await api.get('/api/queues');
  expect(list.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(Object.keys(list[0] ?? {}).sort()).toEqual([...classic].sort());
  expect(Object.keys(list[1] ?? {}).sort()).toEqual([...quorum].sort());
  expect(list[0]).toMatchObject({ arguments: { 'x-queue-type': 'classic' }, durable: false });
});

test('a queue alone has more to tell', async () => {
  await api.put('/api/queues/%2F/a', {});
  await api.put('/api/queues/%2F/b', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  const tags = ['exclusive_consumer_tag', 'head_message_timestamp', 'single_active_consumer_tag'];
  const one = await api.get('/api/queues/%2F/a');
  expect(Object.keys(one.object).sort()).toEqual([...classic, ...alone, ...tags].sort());
  const other = await api.get('/api/queues/%2F/b');
  expect(Object.keys(other.object).sort()).toEqual([...quorum, ...alone].sort());
});

test('disable_stats leaves a queue with what it is', async () => {
  await api.put('/api/queues/%2F/a', { durable: true });
  const { list } = await api.get('/api/queues?disable_stats=true');
  expect(list).toEqual([
    {
      arguments: { 'x-queue-type': 'classic' },
      auto_delete: false,
      durable: true,
      effective_policy_definition: {},
      exclusive: false,
      internal: false,
      internal_owner: false,
      name: 'a',
      node: 'leveret@test',
      operator_policy: null,
      policy: null,
      state: 'running',
      type: 'classic',
      vhost: '/',
    },
  ]);
});

test('enable_queue_totals adds how many messages there are', async () => {
  await api.put('/api/queues/%2F/a', {});
  await publish('a');
  const path = '?disable_stats=true&enable_queue_totals=true';
  const totals = { messages: 1, messages_ready: 1, messages_unacknowledged: 0 };
  const inList = await api.get(`/api/queues/%2F${path}`);
  expect(inList.list).toEqual([
    {
      ...totals,
      arguments: { 'x-queue-type': 'classic' },
      auto_delete: false,
      durable: false,
      exclusive: false,
      name: 'a',
      node: 'leveret@test',
      online: null,
      state: 'running',
      type: 'classic',
      vhost: '/',
    },
  ]);
  const single = await api.get(`/api/queues/%2F/a${path}`);
  expect(single.object).toMatchObject({ ...totals, internal: false, internal_owner: false });
});

test('what waits in a queue is counted in messages and bytes', async () => {
  await api.put('/api/queues/%2F/a', { durable: true });
  await publish('a', 'four');
  await publish('a', 'six..6');
  queue('a').take(false);
  const { object } = await api.get('/api/queues/%2F/a');
  expect(object).toMatchObject({
    messages: 2,
    messages_ready: 1,
    messages_unacknowledged: 1,
    message_bytes: 10,
    message_bytes_ready: 6,
    message_bytes_unacknowledged: 4,
  });
});

test('a classic queue tells the time that the first message carries', async () => {
  await api.put('/api/queues/%2F/a');
  for (const timestamp of [1_700_000_000, 1_800_000_000]) {
    await api.post('/api/exchanges/%2F/amq.default/publish', {
      routing_key: 'a',
      properties: { timestamp },
      payload: '',
      payload_encoding: 'string',
    });
  }
  const { list } = await api.get('/api/queues');
  expect(list).toMatchObject([{ head_message_timestamp: 1_700_000_000 }]);
});

test('a queue is not durable unless the request says so, also as text', async () => {
  expect((await api.put('/api/queues/%2F/a')).status).toBe(201);
  expect(queue('a').durable).toBe(false);
  const body = { durable: 'true', auto_delete: 'false' };
  expect((await api.put('/api/queues/%2F/b', body)).status).toBe(201);
  expect(queue('b').durable).toBe(true);
});

test('a queue that is there already answers 204 to the same declaration', async () => {
  const body = { durable: true, arguments: { 'x-max-length': 5 } };
  expect((await api.put('/api/queues/%2F/a', body)).status).toBe(201);
  expect((await api.put('/api/queues/%2F/a', body)).status).toBe(204);
  const other = await api.put('/api/queues/%2F/a', { durable: true });
  expect([other.status, other.object['reason']]).toEqual([
    400,
    "inequivalent arg 'x-max-length' for queue 'a' in vhost '/': received none but current is the value '5' of type 'long'",
  ]);
});

test.each([
  [{ durable: 'banana' }, ['not_boolean', 'banana']],
  [{ auto_delete: 1 }, ['not_boolean', 1]],
  [{ arguments: { 'x-max-length': null } }, 'null_not_allowed'],
  [
    { arguments: { 'x-max-length': 'abc' } },
    "invalid arg 'x-max-length' for queue 'a' in vhost '/': \"expected integer, got longstr\"",
  ],
  [
    { arguments: { 'x-queue-type': 'quorum' } },
    "invalid property 'non-durable' for queue 'a' in vhost '/'",
  ],
])('a declaration with %j is refused', async (body, reason) => {
  const reply = await api.put('/api/queues/%2F/a', body);
  expect([reply.status, reply.json]).toEqual([400, { error: 'bad_request', reason }]);
});

test("the server's own prefix is refused", async () => {
  const reply = await api.put('/api/queues/%2F/amq.foo', {});
  const refusal = { error: 'not_authorised', reason: 'Access refused.' };
  expect([reply.status, reply.json]).toEqual([401, refusal]);
});

test('a queue is deleted unless it is missing, or not as empty or unused as it was to be', async () => {
  await api.put('/api/queues/%2F/a', {});
  await publish('a');
  const full = await api.delete('/api/queues/%2F/a?if-empty=true');
  expect([full.status, full.object['reason']]).toEqual([400, "queue 'a' in vhost '/' not empty"]);
  const consumer = new FakeConsumer({ credit: 0 });
  queue('a').addConsumer(consumer);
  const used = await api.delete('/api/queues/%2F/a?if-unused=true');
  expect([used.status, used.object['reason']]).toEqual([400, "queue 'a' in vhost '/' in use"]);
  expect((await api.delete('/api/queues/%2F/a')).status).toBe(204);
  expect(consumer.cancelled).toBe(1);
  const again = await api.delete('/api/queues/%2F/a');
  const missing = { error: 'Object Not Found', reason: 'Not Found' };
  expect([again.status, again.json]).toEqual([404, missing]);
});

test('purging leaves a queue empty', async () => {
  await api.put('/api/queues/%2F/a', {});
  await publish('a');
  expect((await api.delete('/api/queues/%2F/a/contents')).status).toBe(204);
  expect(queue('a').ready).toBe(0);
  expect((await api.delete('/api/queues/%2F/none/contents')).status).toBe(404);
});

test('there is nothing to synchronise', async () => {
  await api.put('/api/queues/%2F/a', {});
  const reply = await api.post('/api/queues/%2F/a/actions', { action: 'sync' });
  const refusal = { error: 'bad_request', reason: ['unknown', 'sync'] };
  expect([reply.status, reply.json]).toEqual([400, refusal]);
  const empty = await api.post('/api/queues/%2F/a/actions', {});
  expect(empty.object['reason']).toBe('[{key_missing,action}]');
});

test('a list comes in pages, filtered by name', async () => {
  for (const name of ['apple', 'banana', 'pineapple']) await api.put(`/api/queues/%2F/${name}`);
  const { object } = await api.get('/api/queues?page=1&page_size=1&name=APPLE&columns=name');
  expect(object).toEqual({
    filtered_count: 2,
    item_count: 1,
    items: [{ name: 'apple' }],
    page: 1,
    page_count: 2,
    page_size: 1,
    total_count: 3,
  });
});

test('a list is sorted by how many messages wait', async () => {
  for (const name of ['a', 'b', 'c']) await api.put(`/api/queues/%2F/${name}`);
  await publish('b');
  const path = '/api/queues/detailed?sort=messages&sort_reverse=true&columns=name';
  expect((await api.get(path)).list[0]).toEqual({ name: 'b' });
});

test('who has no permissions in a vhost sees nothing of it and changes nothing in it', async () => {
  api.addUser('watcher', ['monitoring']);
  api.addUser('manager', ['management']);
  await api.put('/api/queues/%2F/a', {});
  expect((await api.get('/api/queues', { user: 'manager' })).json).toEqual([]);
  expect((await api.get('/api/queues/%2F/a', { user: 'manager' })).status).toBe(404);
  expect((await api.get('/api/queues/%2F/a', { user: 'watcher' })).status).toBe(200);
  const reply = await api.put('/api/queues/%2F/b', {}, { user: 'watcher' });
  const refusal = { error: 'not_authorised', reason: 'Access refused.' };
  expect([reply.status, reply.json]).toEqual([401, refusal]);
});

test('permissions hold for what is asked over HTTP', async () => {
  api.addUser('half', ['management']);
  const patterns = { configure: '^mine$', write: '', read: '' };
  api.broker.permissions.set('half', '/', patterns);
  expect((await api.put('/api/queues/%2F/mine', {}, { user: 'half' })).status).toBe(201);
  expect((await api.put('/api/queues/%2F/other', {}, { user: 'half' })).status).toBe(401);
  expect((await api.delete('/api/queues/%2F/mine/contents', { user: 'half' })).status).toBe(401);
});

test("a user's queues are those that the user declared", async () => {
  api.addUser('app', ['management'], ['/']);
  await api.put('/api/queues/%2F/a', {});
  await api.put('/api/queues/%2F/b', {}, { user: 'app' });
  const names = async (user: string) =>
    (await api.get(`/api/users/${user}/queues`)).list.map(({ name }) => name);
  expect(await names('app')).toEqual(['b']);
  expect(await names('guest')).toEqual(['a']);
  expect(await names('nobody')).toEqual([]);
});

test('the bindings of a queue begin with that to the default exchange', async () => {
  await api.put('/api/queues/%2F/a', {});
  await api.post('/api/bindings/%2F/e/amq.topic/q/a', { routing_key: 'k.#' });
  const { list } = await api.get('/api/queues/%2F/a/bindings');
  expect(list.map(({ source, properties_key }) => [source, properties_key])).toEqual([
    ['', 'a'],
    ['amq.topic', 'k.%23'],
  ]);
  const missing = await api.get('/api/queues/%2F/none/bindings');
  expect(missing.list).toMatchObject([{ source: '', vhost: '/', destination: 'none' }]);
  expect((await api.get('/api/queues/none/none/bindings')).status).toBe(404);
});
