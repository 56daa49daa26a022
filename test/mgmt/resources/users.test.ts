import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../harness.ts';

let api: Harness;
beforeEach(() => {
  api = new Harness();
});
afterEach(() => api.close());

it('adds a user, then changes it', async () => {
  const added = await api.put('/api/users/ann', { password: 'x', tags: 'management, legacy,' });
  expect([added.status, added.text]).toEqual([201, '']);
  expect((await api.get('/api/users/ann')).json).toEqual({
    name: 'ann',
    password_hash: expect.stringMatching(/^[\w+/]{48}$/),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags: ['management', 'legacy'],
    limits: {},
  });
  const changed = await api.put('/api/users/ann', { password: 'y', tags: ['monitoring'] });
  expect(changed.status).toBe(204);
  expect((await api.get('/api/whoami', { user: 'ann:y' })).object['tags']).toEqual(['monitoring']);
  expect((await api.get('/api/whoami', { user: 'ann:x' })).status).toBe(401);
});

it('keeps a hash and its algorithm', async () => {
  const hash = 'xbXiM7cQm3eZPmsyJT7SdG+F+90=';
  const algorithm = 'rabbit_password_hashing_md5';
  await api.put('/api/users/old', { password_hash: hash, hashing_algorithm: algorithm, tags: '' });
  expect((await api.get('/api/users/old')).json).toMatchObject({
    password_hash: hash,
    hashing_algorithm: algorithm,
  });
});

it('keeps limits when the password changes', async () => {
  await api.put('/api/users/ann', { password: 'x', tags: '' });
  await api.put('/api/user-limits/ann/max-channels', { value: 7 });
  await api.put('/api/users/ann', { password: 'y', tags: '' });
  expect((await api.get('/api/users/ann')).object['limits']).toEqual({ 'max-channels': 7 });
});

it('takes users without a password, who cannot log in', async () => {
  for (const body of [{ tags: 'management' }, { password_hash: '', tags: 'management' }]) {
    await api.put('/api/users/nopw', body);
    expect((await api.get('/api/users/nopw')).object['password_hash']).toBe('');
    expect((await api.get('/api/whoami', { user: 'nopw:' })).status).toBe(401);
  }
});

it.each([
  [{ password: 'x' }, 'tags_not_present'],
  [{}, 'tags_not_present'],
  [
    { password: 'x', password_hash: 'abcd', tags: '' },
    'both_password_and_password_hash_are_provided',
  ],
  [{ password_hash: '!!!', tags: '' }, ['not_base64', '!!!']],
  [
    { password_hash: 'abcd', hashing_algorithm: 'rot13', tags: '' },
    ['unknown_hashing_algorithm', 'rot13'],
  ],
  [{ password: 5, tags: '' }, ['not_string', 'password']],
  [{ password: 'x', tags: 5 }, ['not_a_list', 5]],
  [{ password: 'x', tags: [5] }, ['not_string', 5]],
])('refuses %j', async (body, reason) => {
  const reply = await api.put('/api/users/bad', body);
  expect([reply.status, reply.json]).toEqual([400, { error: 'bad_request', reason }]);
  expect((await api.get('/api/users/bad')).status).toBe(404);
});

it('lists users by name, with paging', async () => {
  for (const name of ['zoe', 'ann', 'bob']) await api.put(`/api/users/${name}`, { tags: '' });
  const names = (list: readonly object[]) => list.map((user) => 'name' in user && user.name);
  expect(names((await api.get('/api/users')).list)).toEqual(['ann', 'bob', 'guest', 'zoe']);
  const page = await api.get('/api/users?page=2&page_size=2');
  expect(page.json).toMatchObject({ item_count: 2, page: 2, page_count: 2, total_count: 4 });
});

it('lists who has permissions nowhere', async () => {
  await api.put('/api/users/ann', { tags: '' });
  const { list } = await api.get('/api/users/without-permissions');
  expect(list.map(({ name }) => name)).toEqual(['ann']);
});

it('removes users, one or many, with all that they may do', async () => {
  for (const name of ['ann', 'bob', 'cid']) {
    await api.put(`/api/users/${name}`, { tags: '' });
    const all = { configure: '', write: '', read: '' };
    await api.put(`/api/permissions/%2F/${name}`, all);
  }
  expect((await api.delete('/api/users/ann')).status).toBe(204);
  expect((await api.delete('/api/users/ann')).status).toBe(404);
  const many = await api.post('/api/users/bulk-delete', { users: ['bob', 'ghost', 'cid'] });
  expect(many.status).toBe(204);
  const { list } = await api.get('/api/permissions');
  expect(list.map(({ user }) => user)).toEqual(['guest']);
  expect((await api.post('/api/users/bulk-delete', {})).object['reason']).toBe(
    '[{key_missing,users}]',
  );
  expect((await api.get('/api/users/bulk-delete')).status).toBe(405);
});

it('lists what a user may do', async () => {
  await api.put('/api/users/ann', { tags: '' });
  expect((await api.get('/api/users/ann/permissions')).json).toEqual([]);
  await api.put('/api/permissions/%2F/ann', { configure: 'a', write: 'b', read: 'c' });
  const topics = { exchange: 'amq.topic', write: 'x', read: 'y' };
  await api.put('/api/topic-permissions/%2F/ann', topics);
  expect((await api.get('/api/users/ann/permissions')).json).toEqual([
    { user: 'ann', vhost: '/', configure: 'a', write: 'b', read: 'c' },
  ]);
  expect((await api.get('/api/users/ann/topic-permissions')).json).toEqual([
    { user: 'ann', vhost: '/', ...topics },
  ]);
  expect((await api.get('/api/users/ghost/permissions')).status).toBe(404);
  expect((await api.get('/api/users/ghost/topic-permissions')).status).toBe(404);
});

it('lists the queues that a user declared, after a restart as well', async () => {
  const queues = [
    { name: 'mine', vhost: '/', durable: true, auto_delete: false, arguments: {} },
    { name: 'ours', vhost: '/', durable: true, auto_delete: false, arguments: {} },
  ];
  api.addUser('ann', ['administrator']);
  await api.post('/api/definitions', { queues: queues.slice(0, 1) }, { user: 'ann' });
  await api.post('/api/definitions', { queues });
  const namesOf = async (harness: Harness) => {
    const { list } = await harness.get('/api/users/ann/queues');
    return list.map(({ name }) => name);
  };
  expect(await namesOf(api)).toEqual(['mine']);
  const again = new Harness({
    recovered: { facts: [...api.broker.facts()], lanes: [], afterCrash: false },
  });
  expect(await namesOf(again)).toEqual(['mine']);
  await again.close();
});

it('is for administrators', async () => {
  api.addUser('mon', ['monitoring'], ['/']);
  const refused = { error: 'not_authorised', reason: 'Not administrator user' };
  for (const path of ['/users', '/users/guest', '/users/mon/permissions', '/permissions']) {
    const reply = await api.get(`/api${path}`, { user: 'mon' });
    expect([reply.status, reply.json], path).toEqual([401, refused]);
  }
});
