import { afterEach, beforeEach, expect, test } from 'vitest';
import { bindingsEndpoints } from '../../../src/mgmt/resources/bindings.ts';
import { exchangesEndpoints } from '../../../src/mgmt/resources/exchanges.ts';
import { queuesEndpoints } from '../../../src/mgmt/resources/queues.ts';
import { Harness } from '../harness.ts';

let api: Harness;
const pair = '/api/bindings/%2F/e/x/q/q';

beforeEach(async () => {
  api = new Harness({
    endpoints: [...bindingsEndpoints, ...exchangesEndpoints, ...queuesEndpoints],
  });
  await api.put('/api/exchanges/%2F/x', { type: 'headers' });
  await api.put('/api/queues/%2F/q');
});

afterEach(() => api.close());

test('a binding answers with where it is, encoded twice, however often it is made', async () => {
  for (let i = 0; i < 2; i++) {
    const { status, headers } = await api.post(pair, { routing_key: 'a.#' });
    expect([status, headers['location']]).toEqual([201, 'q/a.%2523']);
  }
  expect((await api.get(pair)).list).toHaveLength(1);
});

test('a binding without key and arguments is called ~', async () => {
  const { headers } = await api.post(pair);
  expect(headers['location']).toBe('q/~');
  expect((await api.get(`${pair}/~`)).object).toMatchObject({ properties_key: '~' });
  expect((await api.delete(`${pair}/~`)).status).toBe(204);
  expect((await api.get(pair)).json).toEqual([]);
});

test('characters of a key are quoted as in a form', async () => {
  await api.post(pair, { routing_key: 'a b/c*ä~.-_' });
  const [binding] = (await api.get(pair)).list;
  expect(binding?.['properties_key']).toBe('a+b%2Fc%2A%C3%A4%7E.-_');
});

test('arguments have a name that stays the same', async () => {
  const { headers } = await api.post(pair, { routing_key: 'b', arguments: { k: 'v', n: 1 } });
  expect(headers['location']).toMatch(/^q\/b~[\w-]{6}$/);
  const name = headers['location']?.slice(2) ?? '';
  expect((await api.get(`${pair}/${name}`)).object).toEqual({
    source: 'x',
    vhost: '/',
    destination: 'q',
    destination_type: 'queue',
    routing_key: 'b',
    arguments: { k: 'v', n: 1 },
    properties_key: name,
  });
  expect((await api.get(`${pair}/b`)).status).toBe(404);
  expect((await api.delete(`${pair}/${name}`)).status).toBe(204);
});

test('a binding is found by its quoted name and by its key as it is', async () => {
  await api.post(pair, { routing_key: 'a.*' });
  for (const name of ['a.%252A', 'a.%2A', 'a.*']) {
    expect((await api.get(`${pair}/${name}`)).object['routing_key']).toBe('a.*');
  }
  expect((await api.delete(`${pair}/a.*`)).status).toBe(204);
  expect((await api.delete(`${pair}/a.*`)).status).toBe(404);
});

test('a binding needs both of its ends', async () => {
  const noQueue = await api.post('/api/bindings/%2F/e/x/q/none', {});
  const reason = "no queue 'none' in vhost '/'";
  expect([noQueue.status, noQueue.json]).toEqual([404, { error: 'not_found', reason }]);
  const noExchange = await api.post('/api/bindings/%2F/e/none/q/q', {});
  expect(noExchange.object['reason']).toBe("no exchange 'none' in vhost '/'");
  expect((await api.get('/api/bindings/%2F/e/none/q/q')).json).toEqual([]);
  expect((await api.get('/api/bindings/%2F/e/x/z/q')).status).toBe(404);
});

test('bindings to the default exchange are shown and not to be touched', async () => {
  const path = '/api/bindings/%2F/e/amq.default/q/q';
  expect((await api.get(path)).list).toMatchObject([{ source: '', properties_key: 'q' }]);
  expect((await api.get(`${path}/q`)).object).toMatchObject({ source: '', destination: 'q' });
  const refused = { error: 'not_authorised', reason: 'Access refused.' };
  for (const reply of [await api.delete(`${path}/q`), await api.post(path, {})]) {
    expect([reply.status, reply.json]).toEqual([401, refused]);
  }
});

test('a list has the bindings of all vhosts in order', async () => {
  const other = api.broker.addVhost('other');
  api.broker.permissions.set('guest', other.name, { configure: '.*', write: '.*', read: '.*' });
  await api.put('/api/queues/other/o');
  await api.post(pair, { routing_key: 'z' });
  await api.post(pair, { routing_key: 'a' });
  const { list } = await api.get('/api/bindings');
  const names = list.map(({ vhost, source, properties_key }) => [vhost, source, properties_key]);
  expect(names).toEqual([
    ['/', '', 'q'],
    ['/', 'x', 'a'],
    ['/', 'x', 'z'],
    ['other', '', 'o'],
  ]);
  expect((await api.get('/api/bindings/other')).list).toHaveLength(1);
});

test('a key that is no text is refused', async () => {
  const { status, object } = await api.post(pair, { routing_key: 5 });
  expect([status, object['reason']]).toEqual([400, ['not_string', 'routing_key']]);
});
