import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../harness.ts';

const limits = '/api/parameters/vhost-limits/%2F/limits';

let api: Harness;
beforeEach(() => {
  api = new Harness();
});
afterEach(() => api.close());

it('sets, changes, shows and removes parameters', async () => {
  expect((await api.get(limits)).status).toBe(404);
  expect((await api.put(limits, { value: { 'max-queues': 5 } })).status).toBe(201);
  expect((await api.put(limits, { value: { 'max-queues': 6 } })).status).toBe(204);
  const shown = {
    value: { 'max-queues': 6 },
    vhost: '/',
    component: 'vhost-limits',
    name: 'limits',
  };
  expect((await api.get(limits)).json).toEqual(shown);
  for (const path of ['', '/vhost-limits', '/vhost-limits/%2F']) {
    expect((await api.get(`/api/parameters${path}`)).json, path).toEqual([shown]);
  }
  expect((await api.get('/api/parameters/none')).json).toEqual([]);
  expect((await api.delete(limits)).status).toBe(204);
  expect((await api.delete(limits)).status).toBe(404);
});

it('lists policies to whoever asks for them only, operator policies to everybody', async () => {
  const policy = { pattern: 'a', definition: { 'max-length': 1 } };
  await api.put('/api/policies/%2F/p', policy);
  await api.put('/api/operator-policies/%2F/o', policy);
  const names = async (path: string) => (await api.get(path)).list.map(({ name }) => name);
  expect(await names('/api/parameters')).toEqual(['o']);
  expect(await names('/api/parameters/policy')).toEqual(['p']);
});

it.each([
  ['nonsense/%2F/a', { value: {} }, 400, 'Validation failed\n\ncomponent nonsense not found\n'],
  ['nonsense/%2F/a', {}, 400, '[{key_missing,value}]'],
  ['policy/%2F/a', { value: {} }, 400, 'policies may not be set using this method'],
  ['nonsense/ghost/a', { value: {} }, 404, 'vhost_not_found'],
  [
    'vhost-limits/%2F/limits',
    { value: { 'max-cats': 1 } },
    400,
    'Validation failed\n\nUnrecognised terms [{<<"max-cats">>,1}] in limits\n',
  ],
])('refuses %s %j', async (where, body, status, reason) => {
  const reply = await api.put(`/api/parameters/${where}`, body);
  expect([reply.status, reply.object['reason']]).toEqual([status, reason]);
});

it('is for policymakers, and leaves limits and operator policies to administrators', async () => {
  api.addUser('pol', ['policymaker'], ['/']);
  api.addUser('mgr', ['management'], ['/']);
  const refused = await api.get('/api/parameters', { user: 'mgr' });
  expect([refused.status, refused.object['reason']]).toEqual([
    401,
    'User not authorised to access object',
  ]);
  expect((await api.get('/api/parameters', { user: 'pol' })).json).toEqual([]);
  const put = await api.put(limits, { value: {} }, { user: 'pol' });
  expect([put.status, put.object['reason']]).toEqual([401, 'Not administrator user']);
});
