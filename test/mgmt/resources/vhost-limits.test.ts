import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../harness.ts';

const path = '/api/vhost-limits/%2F';

let api: Harness;
beforeEach(() => {
  api = new Harness();
});
afterEach(() => api.close());

it('sets and lifts limits', async () => {
  expect((await api.get('/api/vhost-limits')).json).toEqual([]);
  expect((await api.put(`${path}/max-queues`, { value: 5 })).status).toBe(204);
  expect((await api.put(`${path}/max-connections`, { value: -1 })).status).toBe(204);
  const shown = [{ vhost: '/', value: { 'max-queues': 5, 'max-connections': -1 } }];
  expect((await api.get('/api/vhost-limits')).json).toEqual(shown);
  expect((await api.get(path)).json).toEqual(shown);
  for (const name of ['max-queues', 'max-connections', 'max-queues', 'max-cats']) {
    expect((await api.delete(`${path}/${name}`)).status).toBe(204);
  }
  expect((await api.get(path)).json).toEqual([]);
});

it.each([
  [
    '%2F/max-cats',
    { value: 5 },
    400,
    'Validation failed\n\nUnrecognised terms [{<<"max-cats">>,5}] in limits\n',
  ],
  [
    '%2F/max-queues',
    { value: '5' },
    400,
    'Validation failed\n\nmax-queues should be a number, actually was <<"5">>\n',
  ],
  ['%2F/max-queues', {}, 400, '[{key_missing,value}]'],
  ['ghost/max-queues', { value: 5 }, 404, 'vhost_not_found'],
])('refuses %s %j', async (where, body, status, reason) => {
  const reply = await api.put(`/api/vhost-limits/${where}`, body);
  expect([reply.status, reply.object['reason']]).toEqual([status, reason]);
  expect((await api.get('/api/vhost-limits')).json).toEqual([]);
});

it('shows users the limits of the vhosts that they may enter', async () => {
  await api.put('/api/vhosts/closed');
  await api.put('/api/vhost-limits/closed/max-queues', { value: 1 });
  await api.put(`${path}/max-queues`, { value: 2 });
  api.addUser('mgr', ['management'], ['/']);
  expect((await api.get('/api/vhost-limits', { user: 'mgr' })).json).toEqual([
    { vhost: '/', value: { 'max-queues': 2 } },
  ]);
  expect((await api.get('/api/vhost-limits/closed', { user: 'mgr' })).status).toBe(404);
  expect((await api.put(`${path}/max-queues`, { value: 3 }, { user: 'mgr' })).status).toBe(401);
});
