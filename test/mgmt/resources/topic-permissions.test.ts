import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../harness.ts';

const body = { exchange: 'amq.topic', write: '^a', read: '.*' };
const path = '/api/topic-permissions/%2F/guest';

let api: Harness;
beforeEach(() => {
  api = new Harness();
});
afterEach(() => api.close());

it('gives, changes, shows and takes permissions on topics', async () => {
  expect((await api.get(path)).status).toBe(404);
  const given = await api.put(path, body);
  expect([given.status, given.text]).toEqual([201, '']);
  const shown = [{ user: 'guest', vhost: '/', ...body }];
  expect((await api.get(path)).json).toEqual(shown);
  expect((await api.get(`${path}/amq.topic`)).json).toEqual(shown);
  expect((await api.get('/api/topic-permissions')).json).toEqual(shown);
  expect((await api.put(path, { ...body, read: '' })).status).toBe(204);
  expect((await api.delete(path)).status).toBe(204);
  expect((await api.delete(path)).status).toBe(404);
});

it('takes them for one exchange', async () => {
  await api.put(path, body);
  await api.put(path, { ...body, exchange: 'amq.direct' });
  expect((await api.delete(`${path}/amq.topic`)).status).toBe(204);
  const { list } = await api.get(path);
  expect(list.map(({ exchange }) => exchange)).toEqual(['amq.direct']);
});

it.each([
  ['a vhost that is not there', 'ghost/guest', body, 'vhost_or_user_not_found'],
  ['a user who is not there', '%2F/ghost', body, 'vhost_or_user_not_found'],
  [
    'an exchange that is not there',
    '%2F/guest',
    { ...body, exchange: 'x' },
    ['no_such_exchange', 'x'],
  ],
  ['missing keys', '%2F/guest', { write: '' }, '[{key_missing,exchange},{key_missing,read}]'],
  [
    'a pattern that is none',
    '%2F/guest',
    { ...body, read: '[a' },
    ['invalid_regexp', '[a', [[...Buffer.from('missing terminating ] for character class')], 2]],
  ],
])('refuses %s', async (_, where, given, reason) => {
  const reply = await api.put(`/api/topic-permissions/${where}`, given);
  expect([reply.status, reply.json]).toEqual([400, { error: 'bad_request', reason }]);
  expect(api.broker.topicPermissions.list()).toEqual([]);
});
