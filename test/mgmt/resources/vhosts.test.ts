import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/kit/json.ts';
import type { History } from '../../../src/mgmt/history/history.ts';
import { Harness } from '../harness.ts';

// Lengths are always known, all else once it has happened.
const history: History = {
  view: (_, kind) => {
    if (kind === 'lengths') return { messages: 3, messages_ready: 3, messages_unacknowledged: 0 };
    return kind === 'dataRates' ? { recv_oct: 5, send_oct: 6 } : { publish: 4 };
  },
  sum: () => undefined,
  rate: () => 0,
};

let api: Harness;
beforeEach(() => {
  api = new Harness({ history });
});
afterEach(() => api.close());

async function described(name: string): Promise<JsonObject> {
  const { object } = await api.get(`/api/vhosts/${encodeURIComponent(name)}`);
  const { description, tags, default_queue_type, tracing, protected_from_deletion } = object;
  return { description, tags, default_queue_type, tracing, protected_from_deletion } as JsonObject;
}

it('adds a vhost and shows it with its figures', async () => {
  const body = { description: 'Dev', tags: 'dev, qa', default_queue_type: 'quorum' };
  expect((await api.put('/api/vhosts/dev%2Fapp', body)).status).toBe(201);
  expect((await api.get('/api/vhosts/dev%2Fapp')).json).toEqual({
    name: 'dev/app',
    description: 'Dev',
    tags: ['dev', 'qa'],
    default_queue_type: 'quorum',
    protected_from_deletion: false,
    metadata: { description: 'Dev', tags: ['dev', 'qa'], default_queue_type: 'quorum' },
    tracing: false,
    cluster_state: { 'leveret@test': 'running' },
    recv_oct: 5,
    send_oct: 6,
    messages: 3,
    messages_ready: 3,
    messages_unacknowledged: 0,
    message_stats: { publish: 4 },
  });
});

it('takes an empty body, and lists of tags and texts for booleans', async () => {
  expect((await api.put('/api/vhosts/a')).status).toBe(201);
  expect(await described('a')).toEqual({
    description: '',
    tags: [],
    default_queue_type: 'classic',
    tracing: false,
    protected_from_deletion: false,
  });
  const body = { name: 'ignored', tags: ['x', 'y'], tracing: 'true', defaultqueuetype: 'quorum' };
  expect((await api.put('/api/vhosts/a', body)).status).toBe(204);
  expect(await described('a')).toMatchObject({
    tags: ['x', 'y'],
    tracing: true,
    default_queue_type: 'quorum',
  });
});

it('takes back a description that is not repeated', async () => {
  await api.put('/api/vhosts/a', { description: 'd', tags: 't', tracing: true });
  await api.put('/api/vhosts/a', {});
  expect(await described('a')).toMatchObject({ description: '', tags: [], tracing: true });
});

it('lets whoever adds a vhost do everything in it', async () => {
  api.addUser('root', ['administrator']);
  await api.put('/api/vhosts/a', {}, { user: 'root' });
  expect((await api.get('/api/vhosts/a/permissions')).json).toEqual([
    { vhost: 'a', user: 'root', configure: '.*', write: '.*', read: '.*' },
  ]);
});

it.each([
  [{ tracing: 'perhaps' }, ['not_boolean', 'perhaps']],
  [{ description: 5 }, ['not_string', 'description']],
  [{ tags: 5 }, ['not_a_list', 5]],
  [{ default_queue_type: 5 }, ['invalid_queue_type', 5]],
  [{ default_queue_type: 'ring' }, "Unsupported queue type: 'ring'"],
])('refuses %j', async (body, reason) => {
  const reply = await api.put('/api/vhosts/a', body);
  expect([reply.status, reply.json]).toEqual([400, { error: 'bad_request', reason }]);
  expect((await api.get('/api/vhosts/a')).status).toBe(404);
});

it('removes a vhost unless it is protected', async () => {
  await api.put('/api/vhosts/a');
  expect((await api.post('/api/vhosts/a/deletion/protection')).status).toBe(204);
  const refused = await api.delete('/api/vhosts/a');
  expect([refused.status, refused.json]).toEqual([
    412,
    {
      error: 'precondition_failed',
      reason: "Refusing to delete virtual host 'a' because it is protected from deletion",
    },
  ]);
  expect((await api.get('/api/vhosts/a/deletion/protection')).json).toEqual({
    name: 'a',
    protected_from_deletion: true,
  });
  expect((await api.delete('/api/vhosts/a/deletion/protection')).status).toBe(204);
  expect((await api.delete('/api/vhosts/a')).status).toBe(204);
  expect((await api.delete('/api/vhosts/a')).status).toBe(404);
});

it('cannot protect what is not there', async () => {
  const reply = await api.post('/api/vhosts/a/deletion/protection');
  expect([reply.status, reply.object['reason']]).toEqual([
    404,
    "Cannot enable deletion protection of virtual host 'a' because it does not exist",
  ]);
});

it('shows users the vhosts that they may enter', async () => {
  await api.put('/api/vhosts/a');
  await api.put('/api/vhosts/b');
  api.addUser('mgr', ['management'], ['b']);
  api.addUser('mon', ['monitoring']);
  const { list } = await api.get('/api/vhosts', { user: 'mgr' });
  expect(list).toMatchObject([{ name: 'b', tracing: false, messages: 3 }]);
  const all = await api.get('/api/vhosts', { user: 'mon' });
  expect(all.list.map(({ name, messages }) => [name, messages])).toEqual([
    ['/', 3],
    ['a', 3],
    ['b', 3],
  ]);
});

it('lists permissions in a vhost', async () => {
  expect((await api.get('/api/vhosts/%2F/permissions')).json).toEqual([
    { vhost: '/', user: 'guest', configure: '.*', write: '.*', read: '.*' },
  ]);
  const topics = { exchange: 'amq.topic', write: 'w', read: 'r' };
  await api.put('/api/topic-permissions/%2F/guest', topics);
  expect((await api.get('/api/vhosts/%2F/topic-permissions')).json).toEqual([
    { vhost: '/', user: 'guest', ...topics },
  ]);
  expect((await api.get('/api/vhosts/a/permissions')).status).toBe(404);
  expect((await api.get('/api/vhosts/a/topic-permissions')).status).toBe(404);
});

it('starts a vhost on this node, where it runs anyway, and on no other', async () => {
  expect((await api.post('/api/vhosts/%2F/start/leveret%40test')).status).toBe(204);
  const elsewhere = await api.post('/api/vhosts/%2F/start/other');
  expect([elsewhere.status, elsewhere.object['reason']]).toEqual([
    400,
    'Request to node other failed with nodedown',
  ]);
  const missing = await api.post('/api/vhosts/a/start/leveret%40test');
  expect([missing.status, missing.object['reason']]).toEqual([
    400,
    'Request to node leveret@test failed with {no_such_vhost,<<"a">>}',
  ]);
});
