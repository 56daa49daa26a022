import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bind } from '../../../src/broker/bind.ts';
import { declareQueue } from '../../../src/broker/declare-queue.ts';
import type { JsonObject } from '../../../src/kit/json.ts';
import { parseJson } from '../../../src/kit/json-text.ts';
import { SeededRandom } from '../../../src/kit/random.ts';
import { Harness } from '../harness.ts';

let api: Harness;
beforeEach(() => {
  api = new Harness();
});
afterEach(() => api.close());

function fileOf(version: string): string {
  return readFileSync(new URL(`../definitions/rabbitmq-${version}.json`, import.meta.url), 'utf8');
}

async function exported(harness: Harness, path = ''): Promise<JsonObject> {
  return parseJson((await harness.get(`/api/definitions${path}`)).text) as JsonObject;
}

it.each(['3.10', '4.3'])('takes what RabbitMQ %s exports, and gives it on', async (version) => {
  const imported = await api.post('/api/definitions', fileOf(version));
  expect([imported.status, imported.text]).toEqual([204, '']);
  const all = await exported(api);
  const other = new Harness();
  expect(
    (await other.post('/api/definitions', (await api.get('/api/definitions')).text)).status,
  ).toBe(204);
  expect(await exported(other)).toEqual(all);
  await other.close();
});

it.each(['3.10', '4.3'])('imports a file of RabbitMQ %s twice like once', async (version) => {
  await api.post('/api/definitions', fileOf(version));
  const once = await exported(api);
  expect((await api.post('/api/definitions', fileOf(version))).status).toBe(204);
  expect(await exported(api)).toEqual(once);
});

it('has all of a RabbitMQ 3.10 file', async () => {
  await api.post('/api/definitions', fileOf('3.10'));
  const original = JSON.parse(fileOf('3.10'));
  const all = await exported(api);
  const byName = (list: unknown) =>
    [...(list as { name: string }[])].sort((a, b) => (a.name < b.name ? -1 : 1));
  expect(all['users']).toEqual(expect.arrayContaining(original.users));
  for (const part of ['permissions', 'topic_permissions', 'policies', 'parameters']) {
    expect(all[part], part).toEqual(expect.arrayContaining(original[part]));
  }
  const withType = byName(original.queues).map(
    (queue: JsonObject & { arguments?: JsonObject }) => ({
      ...queue,
      type: queue.arguments?.['x-queue-type'] ?? 'classic',
      arguments: { 'x-queue-type': 'classic', ...queue.arguments },
    }),
  );
  expect(byName(all['queues'])).toEqual(withType);
  expect(byName(all['exchanges'])).toEqual(
    byName(original.exchanges).map(({ internal, ...exchange }: JsonObject) =>
      internal === true ? { ...exchange, internal } : exchange,
    ),
  );
  expect(all['bindings']).toHaveLength(original.bindings.length);
  expect(all['bindings']).toEqual(expect.arrayContaining(original.bindings));
  expect(all['global_parameters']).toEqual(expect.arrayContaining(original.global_parameters));
});

it('has all of a RabbitMQ 4.3 file, metadata of vhosts included', async () => {
  await api.post('/api/definitions', fileOf('4.3'));
  const original = parseJson(fileOf('4.3')) as { readonly [part: string]: readonly JsonObject[] };
  const all = await exported(api);
  for (const part of [
    'users',
    'vhosts',
    'permissions',
    'topic_permissions',
    'parameters',
    'global_parameters',
    'policies',
    'queues',
    'bindings',
  ]) {
    expect(all[part], part).toEqual(expect.arrayContaining([...(original[part] ?? [])]));
  }
  const own = original['exchanges']?.filter(({ name }) => !String(name).startsWith('amq.'));
  expect(all['exchanges']).toEqual(own);
  const { 'max-queues': limit } = api.broker.vhostLimits.list('warehouse')[0]?.limits ?? {};
  expect(limit).toBe(40);
  const boxes = api.broker.vhosts.get('warehouse')?.queues.get('boxes');
  expect(boxes?.policy?.operatorPolicy).toBe('cap');
  expect((await api.get('/api/whoami', { user: 'packer:tape' })).status).toBe(200);
});

it('tells where an export comes from', async () => {
  const { users, ...all } = await exported(api);
  expect(all).toEqual({
    rabbit_version: expect.stringMatching(/^4\.\d+\.\d+$/),
    rabbitmq_version: all['rabbit_version'],
    product_name: 'Leveret',
    product_version: '0.0.0',
    rabbitmq_definition_format: 'cluster',
    original_cluster_name: 'leveret@test',
    explanation: "Definitions of cluster 'leveret@test'",
    vhosts: [{ name: '/', metadata: expect.anything(), limits: {} }],
    permissions: [{ user: 'guest', vhost: '/', configure: '.*', write: '.*', read: '.*' }],
    topic_permissions: [],
    parameters: [],
    global_parameters: [],
    policies: [],
    queues: [],
    exchanges: [],
    bindings: [],
  });
  expect(users).toHaveLength(1);
});

it('moves what a vhost holds into another', async () => {
  await api.post('/api/definitions', fileOf('4.3'));
  await api.put('/api/vhosts/copy');
  const one = await exported(api, '/warehouse');
  expect(Object.keys(one).sort()).toEqual([
    'bindings',
    'description',
    'exchanges',
    'explanation',
    'limits',
    'metadata',
    'original_vhost_name',
    'parameters',
    'policies',
    'product_name',
    'product_version',
    'queues',
    'rabbit_version',
    'rabbitmq_definition_format',
    'rabbitmq_version',
  ]);
  const text = (await api.get('/api/definitions/warehouse')).text;
  expect((await api.post('/api/definitions/copy', text)).status).toBe(204);
  const parts = ['bindings', 'exchanges', 'parameters', 'policies', 'queues', 'limits'];
  const copy = await exported(api, '/copy');
  for (const part of parts) expect(copy[part], part).toEqual(one[part]);
});

it('takes the file of a form', async () => {
  const text =
    '--XX\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n' +
    '--XX\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n' +
    'Content-Type: application/json\r\n\r\n\u{feff}{"vhosts":[{"name":"née"}]}\r\n--XX--\r\n';
  const headers = { 'content-type': 'multipart/form-data; boundary=XX' };
  expect((await api.post('/api/definitions', text, { headers })).status).toBe(204);
  expect(api.broker.vhosts.has('née')).toBe(true);
  for (const broken of [text.replace('name="file"', 'name="what"'), '--XX', 'x']) {
    const reply = await api.post('/api/definitions', broken, { headers });
    expect([reply.status, reply.object['reason']]).toEqual([400, 'failed_to_parse_json']);
  }
});

it('offers the export as a file', async () => {
  const reply = await api.get('/api/definitions?download=rabbit.json');
  expect(reply.headers['content-disposition']).toBe('attachment; filename=rabbit.json');
  const odd = await api.get('/api/definitions?download=a%22%0D%0Ax');
  expect([odd.status, odd.headers['content-disposition']]).toEqual([400, undefined]);
});

it('leaves out exclusive queues with their bindings', async () => {
  const vhost = api.broker.vhosts.get('/');
  if (vhost === undefined) throw new Error('no vhost');
  const user = { name: 'guest', tags: [] };
  const session = { vhost, user, owner: {}, consumersLag: () => {} };
  const request = {
    queue: 'mine',
    passive: false,
    durable: false,
    exclusive: true,
    autoDelete: false,
    arguments: new Map(),
  };
  declareQueue(session, request, new SeededRandom(1));
  const binding = { source: 'amq.direct', destination: 'mine', routingKey: 'k' };
  bind(session, 'queue', { ...binding, arguments: new Map() });
  expect(vhost.bindings.size).toBe(1);
  expect(await exported(api)).toMatchObject({ queues: [], bindings: [] });
});

it.each(['{nope', '[]', '"x"', '5'])('refuses %s', async (text) => {
  const reply = await api.post('/api/definitions', text);
  expect([reply.status, reply.json]).toEqual([
    400,
    { error: 'bad_request', reason: 'failed_to_parse_json' },
  ]);
});

it.each(['', '{}'])("takes '%s' for definitions of nothing", async (text) => {
  expect((await api.post('/api/definitions', text)).status).toBe(204);
});

it('tells where there is no vhost', async () => {
  const post = await api.post('/api/definitions/ghost', {});
  expect([post.status, post.json]).toEqual([
    404,
    { error: 'not_found', reason: 'vhost_not_found' },
  ]);
  const get = await api.get('/api/definitions/ghost');
  expect([get.status, get.json]).toEqual([
    400,
    { error: 'bad_request', reason: 'vhost_not_found' },
  ]);
});

it('is for administrators', async () => {
  api.addUser('pol', ['policymaker'], ['/']);
  for (const path of ['/api/definitions', '/api/definitions/%2F']) {
    expect((await api.get(path, { user: 'pol' })).status).toBe(401);
    expect((await api.post(path, {}, { user: 'pol' })).status).toBe(401);
  }
});
