import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../harness.ts';

const path = '/api/user-limits/ann';

let api: Harness;
beforeEach(() => {
  api = new Harness();
  api.addUser('ann', ['management']);
});
afterEach(() => api.close());

it('sets and lifts limits', async () => {
  expect((await api.get(path)).json).toEqual([]);
  expect((await api.put(`${path}/max-channels`, { value: 200 })).status).toBe(204);
  expect((await api.put(`${path}/max-connections`, { value: 20 })).status).toBe(204);
  const shown = [{ user: 'ann', value: { 'max-channels': 200, 'max-connections': 20 } }];
  expect((await api.get(path)).json).toEqual(shown);
  expect((await api.get('/api/user-limits')).json).toEqual(shown);
  expect((await api.delete(`${path}/max-channels`)).status).toBe(204);
  expect((await api.get(path)).json).toEqual([{ user: 'ann', value: { 'max-connections': 20 } }]);
  expect((await api.delete(`${path}/max-connections`)).status).toBe(204);
  expect((await api.get('/api/user-limits')).json).toEqual([]);
});

it.each([
  ['ann/max-cats', { value: 5 }, 'Unrecognised terms [{<<"max-cats">>,5}] in user-limits'],
  ['ann/max-channels', { value: '5' }, 'max-channels should be a number, actually was <<"5">>'],
  ['ann/max-channels', {}, '[{key_missing,value}]'],
  ['ghost/max-channels', { value: 5 }, ['no_such_user', 'ghost']],
])('refuses %s %j', async (where, body, reason) => {
  const reply = await api.put(`/api/user-limits/${where}`, body);
  expect([reply.status, reply.json]).toEqual([400, { error: 'bad_request', reason }]);
});

it('knows no limits of users who are not there', async () => {
  expect((await api.get('/api/user-limits/ghost')).status).toBe(404);
  expect((await api.delete('/api/user-limits/ghost/max-channels')).status).toBe(404);
});

it('shows users their own limits, and those of others to administrators', async () => {
  expect((await api.get(path, { user: 'ann' })).status).toBe(200);
  for (const where of ['/api/user-limits', '/api/user-limits/guest']) {
    const reply = await api.get(where, { user: 'ann' });
    expect([reply.status, reply.object['reason']]).toEqual([401, 'Not administrator user']);
  }
});
