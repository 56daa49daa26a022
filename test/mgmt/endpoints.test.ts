import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, verbs } from '../../src/mgmt/endpoint.ts';
import { endpoints } from '../../src/mgmt/endpoints.ts';
import { Harness } from './harness.ts';

let api: Harness;

beforeAll(async () => {
  api = new Harness();
  api.addUser('app', []);
  api.addUser('mgr', ['management'], ['/']);
  api.addUser('pol', ['policymaker'], ['/']);
  api.addUser('mon', ['monitoring'], ['/']);
  await api.put('/api/queues/%2F/q', {});
});

afterAll(() => api.close());

const values: Readonly<Record<string, string>> = {
  vhost: '%2F',
  node: 'leveret@test',
  user: 'guest',
};
const pathOf = ({ path }: Endpoint): string =>
  `/api${path.replaceAll(/:(\w+)/g, (_, name: string) => values[name] ?? 'none')}`;
const readable = endpoints.filter(({ GET }) => GET !== undefined);

describe('every endpoint', () => {
  it('is there once', () => {
    const paths = endpoints.map(({ path }) => path.replaceAll(/:\w+/g, ':'));
    expect(paths).toEqual([...new Set(paths)]);
  });

  it.each(endpoints)('$path tells nobody in particular what can be done there', async (each) => {
    const reply = await api.request('OPTIONS', pathOf(each), { user: null });
    expect([reply.status, reply.text]).toEqual([200, '']);
    const listed = (reply.headers['allow'] ?? '').split(', ');
    const own = verbs.filter((verb) => each[verb] !== undefined);
    expect(listed.filter((method) => method !== 'HEAD')).toEqual([...own, 'OPTIONS']);
  });

  it.each(readable)('$path may have a slash behind it', async (each) => {
    const plain = await api.get(pathOf(each));
    const slashed = await api.get(`${pathOf(each)}/`);
    expect([slashed.status, slashed.headers['content-type']]).toEqual([
      plain.status,
      plain.headers['content-type'],
    ]);
  });
});

describe('what anybody may see', () => {
  const open = [
    '/api/auth',
    '/api/health/checks/below-node-connection-limit',
    '/api/health/checks/is-in-service',
    '/api/health/checks/reached-target-cluster-size',
    '/api/health/checks/ready-to-serve-clients',
    '/api/version',
  ];

  it.each(readable.map(pathOf))('is not %s, unless it is one of a few', async (path) => {
    const { status, text, headers } = await api.get(path, { user: null });
    if (open.includes(path)) {
      expect(status).toBe(200);
      return;
    }
    expect([status, text]).toEqual([401, '']);
    expect(headers['www-authenticate']).toBe('Basic realm="RabbitMQ Management"');
  });
});

describe('tags', () => {
  const refusals = {
    administrator: 'Not administrator user',
    monitoring: 'Not monitor user',
    policymaker: 'User not authorised to access object',
  } as const;

  // As RabbitMQ 4.3 asks for them; all else needs `management` alone.
  const needed: readonly (readonly [path: string, tag: keyof typeof refusals])[] = [
    ['/api/nodes', 'monitoring'],
    ['/api/nodes/leveret@test', 'monitoring'],
    ['/api/nodes/leveret@test/memory', 'monitoring'],
    ['/api/auth/attempts/leveret@test', 'monitoring'],
    ['/api/users', 'administrator'],
    ['/api/users/guest', 'administrator'],
    ['/api/users/guest/permissions', 'administrator'],
    ['/api/users/without-permissions', 'administrator'],
    ['/api/permissions', 'administrator'],
    ['/api/permissions/%2F/guest', 'administrator'],
    ['/api/topic-permissions', 'administrator'],
    ['/api/definitions', 'administrator'],
    ['/api/definitions/%2F', 'administrator'],
    ['/api/user-limits', 'administrator'],
    ['/api/vhosts/%2F', 'administrator'],
    ['/api/vhosts/%2F/permissions', 'administrator'],
    ['/api/auth/hash_password/x', 'administrator'],
    ['/api/config/effective', 'administrator'],
    ['/api/parameters', 'policymaker'],
    ['/api/global-parameters', 'policymaker'],
  ];

  it.each(needed)('%s needs %s', async (path, tag) => {
    const reply = await api.get(path, { user: 'mgr' });
    expect([reply.status, reply.object]).toEqual([
      401,
      { error: 'not_authorised', reason: refusals[tag] },
    ]);
    const user = { administrator: 'guest', monitoring: 'mon', policymaker: 'pol' }[tag];
    expect((await api.get(path, { user })).status).toBe(200);
  });

  it.each([
    '/api/overview',
    '/api/whoami',
    '/api/vhosts',
    '/api/queues',
    '/api/queues/%2F/q',
    '/api/exchanges',
    '/api/bindings',
    '/api/connections',
    '/api/channels',
    '/api/consumers',
    '/api/policies',
    '/api/operator-policies',
    '/api/vhost-limits',
    '/api/extensions',
    '/api/feature-flags',
    '/api/deprecated-features',
    '/api/cluster-name',
    '/api/health/checks/alarms',
  ])('%s needs no more than any', async (path) => {
    expect((await api.get(path, { user: 'mgr' })).status).toBe(200);
    const reply = await api.get(path, { user: 'app' });
    expect([reply.status, reply.object]).toEqual([
      401,
      { error: 'not_authorised', reason: 'Not management user' },
    ]);
  });
});

describe('pages', () => {
  it.each([
    '/api/queues',
    '/api/queues/%2F',
    '/api/queues/detailed',
    '/api/exchanges',
    '/api/exchanges/%2F',
    '/api/connections',
    '/api/channels',
    '/api/users',
    '/api/users/guest/queues',
    '/api/vhosts',
    '/api/stream/connections',
  ])('are what %s is shown in, once one is asked for', async (path) => {
    const { object } = await api.get(`${path}?page=1&page_size=1&pagination=false`);
    expect(Object.keys(object).sort()).toEqual([
      'filtered_count',
      'item_count',
      'items',
      'page',
      'page_count',
      'page_size',
      'total_count',
    ]);
    expect((await api.get(path)).list).toHaveLength(Number(object['total_count']));
  });

  it.each([
    '/api/bindings',
    '/api/bindings/%2F',
    '/api/consumers',
    '/api/policies',
    '/api/operator-policies',
    '/api/permissions',
    '/api/topic-permissions',
    '/api/parameters',
    '/api/global-parameters',
    '/api/nodes',
    '/api/vhosts/%2F/connections',
    '/api/vhosts/%2F/channels',
    '/api/vhost-limits',
    '/api/user-limits',
    '/api/feature-flags',
  ])('are not what %s is shown in', async (path) => {
    const reply = await api.get(`${path}?page=1&page_size=1`);
    expect([reply.status, Array.isArray(reply.json)]).toEqual([200, true]);
    expect(reply.list).toEqual((await api.get(path)).list);
  });
});

describe('what RabbitMQ says in its own way', () => {
  it.each(['/api/vhost-limits', '/api/user-limits', '/api/auth/hash_password/x'])(
    'is that %s knows no HEAD',
    async (path) => {
      const reply = await api.request('HEAD', path);
      expect([reply.status, reply.headers['allow']]).toEqual([405, 'GET, OPTIONS']);
    },
  );

  it('is that what a client accepts matters little where there is JSON alone', async () => {
    const vary = async (path: string) => (await api.get(path)).headers['vary'];
    expect(await vary('/api/policies')).toBe('accept, accept-encoding, origin');
    expect(await vary('/api/operator-policies')).toBe('accept-encoding, origin');
    expect(await vary('/api/shovels')).toBe('accept-encoding, origin');
  });

  it('is nothing of scripts where a plugin answers', async () => {
    const policy = async (path: string) => (await api.get(path)).headers['content-security-policy'];
    expect(await policy('/api/queues')).toContain('script-src');
    expect(await policy('/api/federation-links')).toBeUndefined();
  });

  it('is that a failed check is of the moment', async () => {
    const { status, headers } = await api.get('/api/health/checks/port-listener/1');
    expect([status, headers['cache-control']]).toEqual([503, 'no-cache']);
  });
});
