import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../harness.ts';

const path = '/api/global-parameters/tag';

let api: Harness;
beforeEach(() => {
  api = new Harness();
});
afterEach(() => api.close());

it('sets, changes, shows and removes global parameters of any shape', async () => {
  expect((await api.put(path, { value: 1 })).status).toBe(201);
  const value = [1, { a: null }];
  expect((await api.put(path, { name: 'ignored', value })).status).toBe(204);
  expect((await api.get(path)).json).toEqual({ name: 'tag', value });
  expect((await api.get('/api/global-parameters')).json).toContainEqual({ name: 'tag', value });
  expect((await api.delete(path)).status).toBe(204);
  expect((await api.delete(path)).status).toBe(404);
  expect((await api.get(path)).status).toBe(404);
});

it('keeps whole numbers that are too long for a double', async () => {
  await api.put(path, '{"value":{"id":9007199254740993}}');
  expect((await api.get(path)).text).toBe('{"name":"tag","value":{"id":9007199254740993}}');
  const facts = [...api.broker.facts()];
  const again = new Harness({ recovered: { facts, lanes: [], afterCrash: false } });
  expect((await again.get(path)).text).toContain('9007199254740993');
  await again.close();
});

it('wants a value', async () => {
  const reply = await api.put(path, {});
  expect([reply.status, reply.object['reason']]).toEqual([400, '[{key_missing,value}]']);
});

it('is for policymakers', async () => {
  api.addUser('pol', ['policymaker']);
  api.addUser('mgr', ['management']);
  expect((await api.put(path, { value: 1 }, { user: 'pol' })).status).toBe(201);
  expect((await api.get('/api/global-parameters', { user: 'mgr' })).status).toBe(401);
});
