import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../harness.ts';

const patterns = { configure: '^a', write: '.*', read: '' };

let api: Harness;
beforeEach(() => {
  api = new Harness();
  api.addUser('ann', []);
});
afterEach(() => api.close());

it('gives, changes, shows and takes permissions', async () => {
  const path = '/api/permissions/%2F/ann';
  expect((await api.get(path)).status).toBe(404);
  const given = await api.put(path, { ...patterns, vhost: 'ignored' });
  expect([given.status, given.text]).toEqual([201, '']);
  expect((await api.get(path)).json).toEqual({ user: 'ann', vhost: '/', ...patterns });
  expect((await api.put(path, { ...patterns, read: 'r' })).status).toBe(204);
  expect((await api.get('/api/permissions')).json).toEqual([
    { user: 'ann', vhost: '/', ...patterns, read: 'r' },
    { user: 'guest', vhost: '/', configure: '.*', write: '.*', read: '.*' },
  ]);
  expect((await api.delete(path)).status).toBe(204);
  expect((await api.delete(path)).status).toBe(404);
});

it.each([
  ['a vhost that is not there', 'ghost/ann', {}, 'vhost_or_user_not_found'],
  ['a user who is not there', '%2F/ghost', {}, 'vhost_or_user_not_found'],
  ['missing patterns', '%2F/ann', { configure: '.*' }, '[{key_missing,write},{key_missing,read}]'],
  [
    'a pattern that is none',
    '%2F/ann',
    { ...patterns, configure: '((' },
    ['invalid_regexp', [40, 40], [[...Buffer.from('missing closing parenthesis')], 2]],
  ],
  ['a pattern that is no text', '%2F/ann', { ...patterns, read: 5 }, ['not_string', 'read']],
])('refuses %s', async (_, where, body, reason) => {
  const reply = await api.put(`/api/permissions/${where}`, body);
  expect([reply.status, reply.json]).toEqual([400, { error: 'bad_request', reason }]);
  expect(api.broker.permissions.list().map(({ user }) => user)).toEqual(['guest']);
});

it('says why it does not take a pattern that RabbitMQ would take', async () => {
  const reply = await api.put('/api/permissions/%2F/ann', { ...patterns, configure: '(a)\\1' });
  expect([reply.status, reply.object['reason']]).toEqual([
    400,
    expect.stringContaining('backreferences are not taken'),
  ]);
});
