import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/kit/json.ts';
import { exchangesEndpoints } from '../../../src/mgmt/resources/exchanges.ts';
import { messagesEndpoints } from '../../../src/mgmt/resources/messages.ts';
import { queuesEndpoints } from '../../../src/mgmt/resources/queues.ts';
import { method, ScriptedPeer } from '../../kit/scripted-peer.ts';
import { SlowLog } from '../../kit/slow-log.ts';
import { noRecords } from '../../queues/fixtures.ts';
import { Harness } from '../harness.ts';

let api: Harness;

beforeEach(async () => {
  api = new Harness({
    endpoints: [...queuesEndpoints, ...exchangesEndpoints, ...messagesEndpoints],
  });
  await api.put('/api/queues/%2F/q');
});

afterEach(() => api.close());

const message = { routing_key: 'q', properties: {}, payload: 'x', payload_encoding: 'string' };
const asking = { count: 10, ackmode: 'ack_requeue_true', encoding: 'auto' };

function publish(changes: JsonObject = {}) {
  return api.post('/api/exchanges/%2F/amq.default/publish', { ...message, ...changes });
}

function get(changes: JsonObject = {}, queue = 'q') {
  return api.post(`/api/queues/%2F/${queue}/get`, { ...asking, ...changes });
}

function ready(queue = 'q') {
  return api.broker.vhosts.get('/')?.queues.get(queue)?.ready;
}

test('a message is routed or not', async () => {
  expect((await publish()).json).toEqual({ routed: true });
  expect((await publish({ routing_key: 'none' })).json).toEqual({ routed: false });
});

test('the default exchange may be named by nothing at all', async () => {
  const reply = await api.post('/api/exchanges/%2F//publish', message);
  expect([reply.status, reply.json]).toEqual([200, { routed: true }]);
});

test('no properties are an empty list', async () => {
  await publish();
  expect((await get()).list).toMatchObject([{ properties: [] }]);
});

test('a message comes back with all of its properties', async () => {
  const properties = {
    content_type: 'text/plain',
    content_encoding: 'identity',
    headers: { text: 'a', list: [1, 'x', true, { z: 1.5 }], nested: { yes: true } },
    delivery_mode: 2,
    priority: 3,
    correlation_id: 'c',
    reply_to: 'r',
    expiration: '60000',
    message_id: 'm',
    timestamp: 1_700_000_000,
    type: 't',
    user_id: 'guest',
    app_id: 'app',
    cluster_id: 'cluster',
  };
  await publish({ properties, payload: 'wörld' });
  expect((await get()).json).toEqual([
    {
      payload_bytes: 6,
      redelivered: false,
      exchange: '',
      routing_key: 'q',
      message_count: 0,
      properties,
      payload: 'wörld',
      payload_encoding: 'string',
    },
  ]);
});

test('integers that no double holds are told digit by digit', async () => {
  const headers = '{"big":9223372036854775807,"low":-9223372036854775808}';
  await api.post(
    '/api/exchanges/%2F/amq.default/publish',
    `{"routing_key":"q","properties":{"headers":${headers},"timestamp":18446744073709551615},"payload":"","payload_encoding":"string"}`,
  );
  const { text } = await get();
  expect(text).toContain(headers);
  expect(text).toContain('"timestamp":18446744073709551615');
});

test('a body of 10 MB may come as base64', async () => {
  const payload = Buffer.alloc(10_000_000, 'y').toString('base64');
  expect((await publish({ payload, payload_encoding: 'base64' })).json).toEqual({ routed: true });
  const { list } = await get({ truncate: 3 });
  expect(list[0]).toMatchObject({ payload_bytes: 10_000_000, payload: 'yyy' });
});

test('a body that is no text comes as base64, and so does every body on request', async () => {
  await publish({ payload: '/wA=', payload_encoding: 'base64' });
  expect((await get()).list[0]).toMatchObject({ payload: '/wA=', payload_encoding: 'base64' });
  await publish({ payload: 'hello' });
  const { list } = await get({ encoding: 'base64', truncate: 2 });
  expect(list[1]).toMatchObject({ payload: 'aGU=', payload_bytes: 5 });
});

test('what is requeued comes back in its order and marked', async () => {
  for (const payload of ['a', 'b', 'c']) await publish({ payload });
  const first = await get({ count: '2' });
  expect(first.list.map(({ payload, message_count }) => [payload, message_count])).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
  expect(ready()).toBe(3);
  const second = await get({ ackmode: 'reject_requeue_true' });
  expect(second.list.map(({ payload, redelivered }) => [payload, redelivered])).toEqual([
    ['a', true],
    ['b', true],
    ['c', false],
  ]);
});

test('what is taken for good is gone', async () => {
  await publish();
  expect((await get({ ackmode: 'ack_requeue_false' })).list).toHaveLength(1);
  expect(ready()).toBe(0);
  expect((await get()).json).toEqual([]);
  expect(noRecords()).toBe(true);
});

test('what is rejected is dead-lettered', async () => {
  const arguments_ = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };
  await api.put('/api/queues/%2F/dead');
  await api.put('/api/queues/%2F/dying', { arguments: arguments_ });
  await publish({ routing_key: 'dying' });
  await get({ ackmode: 'reject_requeue_false' }, 'dying');
  expect([ready('dying'), ready('dead')]).toEqual([0, 1]);
  const [letter] = (await get({}, 'dead')).list;
  expect(letter).toMatchObject({
    properties: { headers: { 'x-death': [{ count: 1, reason: 'rejected', queue: 'dying' }] } },
  });
});

test('a count below zero means all', async () => {
  for (let i = 0; i < 3; i++) await publish();
  expect((await get({ count: -1 })).list).toHaveLength(3);
});

test.each([
  [{ count: 'x' }, ['not_integer', 'x']],
  [
    { ackmode: 'zz' },
    'Invalid ackmode value: zz. Valid values are: ack_requeue_true, ack_requeue_false, reject_requeue_true, reject_requeue_false',
  ],
  [{ encoding: 'zz' }, 'Unsupported encoding. Please use auto or base64.'],
  [{ truncate: 'x' }, ['not_integer', 'x']],
])('a request for messages with %j is refused', async (changes, reason) => {
  const reply = await get(changes);
  expect([reply.status, reply.json]).toEqual([400, { error: 'bad_request', reason }]);
});

test('a request for messages names what it lacks', async () => {
  const { object } = await api.post('/api/queues/%2F/q/get', { ackmode: 'ack_requeue_true' });
  expect(object['reason']).toBe('[{key_missing,count},{key_missing,encoding}]');
});

test('messages of a queue that is not there are not found', async () => {
  const reply = await get({}, 'none');
  const refusal = { error: 'not_found', reason: 'queue_not_found' };
  expect([reply.status, reply.json]).toEqual([404, refusal]);
});

test.each([
  [{ payload_encoding: 'zip' }, ['unsupported_encoding', 'zip']],
  [{ payload: '***', payload_encoding: 'base64' }, ['not_base64', '***']],
  [{ payload: 5 }, 'payload_not_string'],
  [{ properties: { delivery_mode: 'two' } }, ['not_int', 'delivery_mode']],
  [{ properties: { priority: 256 } }, 'priority is not in 0..255'],
  [{ properties: { message_id: 5 } }, ['not_string', 'message_id']],
  [{ properties: { headers: { a: null } } }, 'null_not_allowed'],
  [
    { properties: { expiration: 'abc' } },
    "406 PRECONDITION_FAILED - invalid expiration 'abc': no_integer",
  ],
  [
    { properties: { user_id: 'abc' } },
    "406 PRECONDITION_FAILED - user_id property set to 'abc' but authenticated user was 'guest'",
  ],
])('a message with %j is refused', async (changes, reason) => {
  const reply = await publish(changes);
  expect([reply.status, reply.json]).toEqual([400, { error: 'bad_request', reason }]);
  expect(ready()).toBe(0);
});

test('keys that a message lacks are listed, one a line when there are many', async () => {
  const reply = await api.post('/api/exchanges/%2F/amq.default/publish', { routing_key: 'x' });
  expect(reply.object['reason']).toBe(
    '[{key_missing,properties},\n {key_missing,payload},\n {key_missing,payload_encoding}]',
  );
});

test('a message for no exchange is not found, one for an internal exchange refused', async () => {
  const nowhere = await api.post('/api/exchanges/%2F/zzz/publish', message);
  const refusal = { error: 'not_found', reason: 'exchange_not_found' };
  expect([nowhere.status, nowhere.json]).toEqual([404, refusal]);
  await api.put('/api/exchanges/%2F/inner', { internal: true });
  const internal = await api.post('/api/exchanges/%2F/inner/publish', message);
  expect(internal.object['reason']).toBe(
    "403 ACCESS_REFUSED - cannot publish to internal exchange 'inner' in vhost '/'",
  );
});

test('a message goes straight to whoever consumes', async () => {
  const peer = await ScriptedPeer.open(api.node);
  await peer.asks(method(1, 'basic.consume', { queue: 'q', consumerTag: 'c', noAck: true }));
  await publish({ payload: 'hello' });
  const [deliver] = await peer.methods();
  expect(deliver).toMatchObject({ name: 'basic.deliver', consumerTag: 'c', routingKey: 'q' });
});

test('an answer waits until the message is on disk', async () => {
  const log = new SlowLog({ isEager: false });
  await api.close();
  api = new Harness({ log, endpoints: [...queuesEndpoints, ...messagesEndpoints] });
  const declared = api.put('/api/queues/%2F/q', { durable: true });
  await expect.poll(() => log.waiting).toBe(1);
  log.sync();
  expect((await declared).status).toBe(201);
  const published = publish({ properties: { delivery_mode: 2 } });
  await expect.poll(() => log.waiting).toBe(1);
  expect(ready()).toBe(1);
  // What need not be kept does not wait for what must be.
  expect((await publish()).json).toEqual({ routed: true });
  log.sync();
  expect((await published).json).toEqual({ routed: true });
});

test('a queue that is full refuses a message', async () => {
  const arguments_ = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
  await api.put('/api/queues/%2F/small', { arguments: arguments_ });
  await publish({ routing_key: 'small' });
  const { status, object } = await publish({ routing_key: 'small' });
  expect([status, object['reason']]).toEqual([
    400,
    'rejected Unable to publish message. Check queue limits.',
  ]);
});

test('who may not read gets nothing, and who may not write publishes nothing', async () => {
  api.addUser('half', ['management']);
  api.broker.permissions.set('half', '/', { configure: '', write: '', read: '' });
  const got = await api.post('/api/queues/%2F/q/get', asking, { user: 'half' });
  expect(got.status).toBe(401);
  expect(got.object['reason']).toContain("ACCESS_REFUSED - read access to queue 'q'");
  const path = '/api/exchanges/%2F/amq.default/publish';
  const published = await api.post(path, message, { user: 'half' });
  expect(published.status).toBe(400);
  expect(published.object['reason']).toContain('403 ACCESS_REFUSED - write access to exchange');
});
