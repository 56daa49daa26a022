import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/kit/json.ts';
import { bindingsEndpoints } from '../../../src/mgmt/resources/bindings.ts';
import { messagesEndpoints } from '../../../src/mgmt/resources/messages.ts';
import { ownEndpoints } from '../../../src/mgmt/resources/own.ts';
import { queuesEndpoints } from '../../../src/mgmt/resources/queues.ts';
import { Harness } from '../harness.ts';

let api: Harness;

beforeEach(async () => {
  api = new Harness({
    endpoints: [...ownEndpoints, ...queuesEndpoints, ...messagesEndpoints, ...bindingsEndpoints],
  });
  await api.put('/api/queues/%2F/q');
});

afterEach(() => api.close());

function publish(payload: string, properties: JsonObject = {}) {
  const body = { routing_key: 'q', properties, payload, payload_encoding: 'string' };
  return api.post('/api/exchanges/%2F/amq.default/publish', body);
}

function peek(body: JsonObject = {}, user = 'guest') {
  return api.post('/api/x/queues/%2F/q/peek', body, { user });
}

test('peeking shows messages and leaves them as they are', async () => {
  for (const payload of ['a', 'b', 'c']) await publish(payload, { message_id: payload });
  for (let i = 0; i < 2; i++) {
    const { object } = await peek({ offset: 1, count: 1 });
    expect(object).toEqual({
      total: 3,
      messages: [
        {
          position: 1,
          payload: 'b',
          payload_bytes: 1,
          payload_encoding: 'string',
          redelivered: false,
          exchange: '',
          routing_key: 'q',
          properties: { message_id: 'b' },
        },
      ],
    });
  }
});

test('a long body is cut, and shown as base64 on request', async () => {
  await publish('hello');
  const { object } = await peek({ truncate: 2, encoding: 'base64' });
  expect(object['messages']).toMatchObject([{ payload: 'aGU=', payload_bytes: 5 }]);
});

test.each([
  [{ count: 0 }, 'count'],
  [{ count: 1001 }, 'count'],
  [{ offset: -1 }, 'offset'],
  [{ encoding: 'zip' }, 'encoding'],
])('peeking with %j is refused with the name of what is wrong', async (body, name) => {
  const { status, object } = await peek(body);
  expect([status, object['error']]).toEqual([400, 'bad_request']);
  expect(object['reason']).toContain(`${name}: `);
});

test('who may not read a queue does not see its messages', async () => {
  api.addUser('half', ['management']);
  api.broker.permissions.set('half', '/', { configure: '', write: '', read: '^other$' });
  expect((await peek({}, 'half')).status).toBe(401);
  expect((await api.post('/api/x/queues/%2F/none/peek', {})).status).toBe(404);
});

test('a route is tested without a message', async () => {
  await api.put('/api/queues/%2F/pdf');
  await api.post('/api/bindings/%2F/e/amq.topic/q/q', { routing_key: 'a.#' });
  const arguments_ = { 'x-match': 'all', type: 'pdf', size: 3 };
  await api.post('/api/bindings/%2F/e/amq.headers/q/pdf', { arguments: arguments_ });
  const route = async (body: JsonObject) =>
    (await api.post('/api/x/route-test', { vhost: '/', ...body })).object['queues'];
  expect(await route({ exchange: 'amq.topic', routing_key: 'a.b' })).toEqual([
    { vhost: '/', name: 'q' },
  ]);
  expect(await route({ exchange: 'amq.topic', routing_key: 'b' })).toEqual([]);
  const headers = { type: 'pdf', size: 3, other: { deep: [true] } };
  expect(await route({ exchange: 'amq.headers', headers })).toMatchObject([{ name: 'pdf' }]);
  expect(await route({ exchange: 'amq.default', routing_key: 'pdf' })).toHaveLength(1);
  const { published } = api.broker.totals();
  expect(published.publish).toBe(0);
});

test('a route from nowhere is not found', async () => {
  const noExchange = await api.post('/api/x/route-test', { vhost: '/', exchange: 'none' });
  expect([noExchange.status, noExchange.object['reason']]).toEqual([404, 'exchange_not_found']);
  const noVhost = await api.post('/api/x/route-test', { vhost: 'none', exchange: '' });
  expect(noVhost.status).toBe(404);
  const incomplete = await api.post('/api/x/route-test', { vhost: '/' });
  expect(incomplete.object['reason']).toContain('exchange: ');
});

test('the memory limit is set to a part of what there is, or to an amount', async () => {
  const set = (body: JsonObject) => api.post('/api/x/memory-limit', body);
  expect((await set({ fraction: 0.25 })).object).toEqual({ mem_limit: 500_000_000 });
  expect(api.broker.alarms.memoryHighWatermark).toBe(500_000_000);
  expect((await set({ bytes: 1_234_567 })).object).toEqual({ mem_limit: 1_234_567 });
  expect(api.broker.alarms.memoryHighWatermark).toBe(1_234_567);
  for (const body of [{ fraction: 1.1 }, { bytes: -1 }, {}, { bytes: 1, fraction: 1 }]) {
    expect((await set(body)).status).toBe(400);
  }
  api.addUser('half', ['monitoring']);
  const refused = await api.post('/api/x/memory-limit', { bytes: 1 }, { user: 'half' });
  expect(refused.status).toBe(401);
  expect(api.broker.alarms.memoryHighWatermark).toBe(1_234_567);
});

test('the document describes what there is', async () => {
  const { object } = await api.get('/api/x/openapi.json');
  expect(object).toMatchObject({
    openapi: '3.1.0',
    info: { version: '0.0.0' },
    paths: {
      '/queues/{vhost}/{name}/peek': {
        post: {
          parameters: [{ name: 'vhost' }, { name: 'name' }],
          requestBody: {
            content: {
              'application/json': {
                schema: { properties: { count: { default: 10, maximum: 1000 } } },
              },
            },
          },
        },
      },
      '/route-test': {
        post: {
          requestBody: {
            content: { 'application/json': { schema: { required: ['vhost', 'exchange'] } } },
          },
        },
      },
    },
  });
});
