import { afterEach, beforeEach, expect, test } from 'vitest';
import { bindingsEndpoints } from '../../../src/mgmt/resources/bindings.ts';
import { exchangesEndpoints } from '../../../src/mgmt/resources/exchanges.ts';
import { messagesEndpoints } from '../../../src/mgmt/resources/messages.ts';
import { queuesEndpoints } from '../../../src/mgmt/resources/queues.ts';
import { defaultExchangeView, exchangeView } from '../../../src/mgmt/views/exchange.ts';
import { Harness } from '../harness.ts';

let api: Harness;

beforeEach(() => {
  api = new Harness({
    endpoints: [
      ...exchangesEndpoints,
      ...queuesEndpoints,
      ...bindingsEndpoints,
      ...messagesEndpoints,
    ],
  });
});

afterEach(() => api.close());

const refused = { error: 'not_authorised', reason: 'Access refused.' };

test('a list begins with the default exchange and those that are always there', async () => {
  const { list } = await api.get('/api/exchanges');
  expect(list.map(({ name, type }) => [name, type])).toEqual([
    ['', 'direct'],
    ['amq.direct', 'direct'],
    ['amq.fanout', 'fanout'],
    ['amq.headers', 'headers'],
    ['amq.match', 'headers'],
    ['amq.rabbitmq.trace', 'topic'],
    ['amq.topic', 'topic'],
  ]);
  expect(list[1]).toEqual({
    arguments: {},
    auto_delete: false,
    durable: true,
    internal: false,
    name: 'amq.direct',
    type: 'direct',
    user_who_performed_action: 'rmq-internal',
    vhost: '/',
  });
});

test('an exchange alone tells what comes in and goes out', async () => {
  const { object } = await api.get('/api/exchanges/%2F/amq.topic');
  expect(object).toMatchObject({ name: 'amq.topic', incoming: [], outgoing: [] });
  const missing = await api.get('/api/exchanges/%2F/none');
  const absent = { error: 'Object Not Found', reason: 'Not Found' };
  expect([missing.status, missing.json]).toEqual([404, absent]);
});

test('the default exchange has figures of its own', async () => {
  const figures = { publish_in: 3, publish_in_details: { rate: 1 } };
  const counted = api.broker.vhosts.get('/')?.ledger.defaultExchange;
  const view = (subject: object) => (subject === counted ? figures : undefined);
  const history = { view, sum: () => undefined, rate: () => 0 };
  const lens = { context: { ...api.context, history }, ranges: {} };
  const vhost = api.broker.vhosts.get('/');
  if (vhost === undefined) throw new Error('no vhost');
  expect(defaultExchangeView(vhost, lens)).toMatchObject({ name: '', message_stats: figures });
  const [named] = vhost.exchanges.values();
  if (named === undefined) throw new Error('no exchange');
  expect(exchangeView(named, lens)).not.toHaveProperty('message_stats');
});

test('an exchange is direct and not durable unless the request says so', async () => {
  expect((await api.put('/api/exchanges/%2F/x')).status).toBe(201);
  const { object } = await api.get('/api/exchanges/%2F/x');
  expect(object).toMatchObject({ type: 'direct', durable: false });
  expect((await api.put('/api/exchanges/%2F/x', { type: 'direct' })).status).toBe(204);
});

test('an exchange that is there is not declared as another', async () => {
  await api.put('/api/exchanges/%2F/x', { type: 'topic' });
  const { status, object } = await api.put('/api/exchanges/%2F/x', { type: 'direct' });
  expect([status, object['reason']]).toEqual([
    400,
    "inequivalent arg 'type' for exchange 'x' in vhost '/': received 'direct' but current is 'topic'",
  ]);
});

test('a type that nobody knows is refused', async () => {
  const { status, object } = await api.put('/api/exchanges/%2F/x', { type: 'zzz' });
  expect([status, object['reason']]).toEqual([400, "unknown exchange type 'zzz'"]);
});

test('exchanges of the server itself are neither made nor deleted', async () => {
  const made = await api.put('/api/exchanges/%2F/amq.zzz', { type: 'topic' });
  expect([made.status, made.json]).toEqual([401, refused]);
  for (const name of ['amq.default', 'amq.topic']) {
    const deleted = await api.delete(`/api/exchanges/%2F/${name}`);
    expect([deleted.status, deleted.json]).toEqual([401, refused]);
  }
});

test('an exchange is deleted unless it is in use and should not be', async () => {
  await api.put('/api/exchanges/%2F/x');
  await api.put('/api/queues/%2F/q');
  await api.post('/api/bindings/%2F/e/x/q/q');
  const used = await api.delete('/api/exchanges/%2F/x?if-unused=true');
  expect([used.status, used.object['reason']]).toEqual([400, "exchange 'x' in vhost '/' in use"]);
  expect((await api.delete('/api/exchanges/%2F/x')).status).toBe(204);
  expect((await api.delete('/api/exchanges/%2F/x')).status).toBe(404);
});

test('bindings are told from both ends', async () => {
  await api.put('/api/exchanges/%2F/from');
  await api.put('/api/exchanges/%2F/to');
  await api.post('/api/bindings/%2F/e/from/e/to', { routing_key: 'k' });
  const binding = {
    source: 'from',
    vhost: '/',
    destination: 'to',
    destination_type: 'exchange',
    routing_key: 'k',
    arguments: {},
    properties_key: 'k',
  };
  const path = '/api/exchanges/%2F';
  expect((await api.get(`${path}/from/bindings/source`)).json).toEqual([binding]);
  expect((await api.get(`${path}/to/bindings/destination`)).json).toEqual([binding]);
  expect((await api.get(`${path}/to/bindings/source`)).json).toEqual([]);
});

test('every queue is bound to the default exchange', async () => {
  await api.put('/api/queues/%2F/q');
  const { list } = await api.get('/api/exchanges/%2F/amq.default/bindings/source');
  expect(list).toMatchObject([{ source: '', destination: 'q', routing_key: 'q' }]);
  expect((await api.get('/api/exchanges/%2F/amq.default/bindings/destination')).json).toEqual([]);
});
