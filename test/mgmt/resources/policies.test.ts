import { afterEach, beforeEach, expect, it } from 'vitest';
import { Harness } from '../harness.ts';

const path = '/api/policies/%2F/p1';
const body = { pattern: '^a', definition: { 'max-length': 5 } };

let api: Harness;
beforeEach(() => {
  api = new Harness();
});
afterEach(() => api.close());

it('sets, changes, shows and removes a policy, which holds at once', async () => {
  const queue = { name: 'abc', vhost: '/' };
  await api.post('/api/definitions', { queues: [queue] });
  const set = await api.put(path, body);
  expect([set.status, set.text]).toEqual([201, '']);
  const shown = { vhost: '/', name: 'p1', ...body, 'apply-to': 'all', priority: 0 };
  expect((await api.get(path)).json).toEqual(shown);
  expect(api.broker.vhosts.get('/')?.queues.get('abc')?.policy?.policy).toBe('p1');
  const more = { 'apply-to': 'classic_queues', priority: 3 };
  expect((await api.put(path, { ...body, ...more })).status).toBe(204);
  const changed = { ...shown, ...more };
  expect((await api.get('/api/policies')).json).toEqual([changed]);
  expect((await api.get('/api/policies/%2F')).json).toEqual([changed]);
  expect((await api.delete(path)).status).toBe(204);
  expect((await api.delete(path)).status).toBe(404);
  expect(api.broker.vhosts.get('/')?.queues.get('abc')?.policy).toBeUndefined();
});

it('takes a priority as text, as forms send it', async () => {
  await api.put(path, { ...body, priority: '7' });
  expect((await api.get(path)).object['priority']).toBe(7);
});

it('keeps operator policies apart', async () => {
  expect((await api.put('/api/operator-policies/%2F/o1', body)).status).toBe(201);
  expect((await api.get('/api/policies')).json).toEqual([]);
  const shown = { vhost: '/', name: 'o1', ...body, 'apply-to': 'all', priority: 0 };
  expect((await api.get('/api/operator-policies')).json).toEqual([shown]);
  expect((await api.get('/api/operator-policies/%2F')).json).toEqual([shown]);
  expect((await api.get('/api/operator-policies/%2F/o1')).json).toEqual(shown);
  expect((await api.delete('/api/operator-policies/%2F/o1')).status).toBe(204);
});

it.each([
  [{ definition: {} }, '[{key_missing,pattern}]'],
  [{}, '[{key_missing,pattern},{key_missing,definition}]'],
  [
    { pattern: '^a', definition: { nonsense: 5 } },
    'Validation failed\n\n[{<<"nonsense">>,5}] are not recognised policy settings\n',
  ],
  [{ pattern: '^a', definition: {} }, 'Validation failed\n\nno policy provided\n'],
  [
    { ...body, pattern: '((' },
    'Validation failed\n\npattern should be regular expression but is invalid: ' +
      `{"missing closing parenthesis",\n${' '.repeat(54)}2}\n`,
  ],
  [
    { ...body, priority: 'abc' },
    'Validation failed\n\npriority should be a number, actually was <<"abc">>\n',
  ],
  [{ ...body, pattern: 5 }, 'Validation failed\n\npattern should be a binary but was 5\n'],
])('refuses %j', async (given, reason) => {
  const reply = await api.put(path, given);
  expect([reply.status, reply.object['error']]).toEqual([400, 'bad_request']);
  expect(String(reply.object['reason']).replaceAll(/ +2}/g, '2}')).toBe(
    reason.replaceAll(/ +2}/g, '2}'),
  );
  expect((await api.get(path)).status).toBe(404);
});

it('tells where there is no vhost', async () => {
  const put = await api.put('/api/policies/ghost/p1', body);
  expect([put.status, put.json]).toEqual([404, { error: 'not_found', reason: 'vhost_not_found' }]);
  const missing = { error: 'Object Not Found', reason: 'Not Found' };
  for (const where of ['/api/policies/ghost', '/api/policies/ghost/p1']) {
    expect((await api.get(where)).json).toEqual(missing);
  }
  expect((await api.delete('/api/policies/ghost/p1')).json).toEqual(missing);
});

it('lets policymakers write policies where they have permissions, and administrators alone those of operators', async () => {
  api.addUser('pol', ['policymaker'], ['/']);
  api.addUser('mgr', ['management'], ['/']);
  await api.put('/api/vhosts/closed');
  const as = (user: string) => ({ user });
  const put = async (where: string, user: string) => {
    const reply = await api.put(`/api/${where}`, body, as(user));
    return [reply.status, reply.text === '' ? '' : reply.object['reason']];
  };
  expect(await put('policies/%2F/p1', 'pol')).toEqual([201, '']);
  const refused = [401, 'User not authorised to access object'];
  expect(await put('policies/%2F/p1', 'mgr')).toEqual(refused);
  expect(await put('policies/closed/p1', 'pol')).toEqual(refused);
  expect(await put('operator-policies/%2F/p1', 'pol')).toEqual([401, 'Not administrator user']);
  expect((await api.get('/api/policies', as('mgr'))).list).toHaveLength(1);
  expect((await api.get('/api/operator-policies', as('mgr'))).status).toBe(200);
});
