import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passwordMatches } from '../../../src/auth/password.ts';
import { Harness } from '../harness.ts';

let resets: number;
let api: Harness;

beforeEach(() => {
  resets = 0;
  api = new Harness({
    resetHistory: () => {
      resets += 1;
    },
    node: { settings: { heartbeat: 60, default_user: 'guest', data_dir: undefined } },
  });
  api.addUser('plain', ['management'], ['/']);
  api.addUser('none', []);
});

afterEach(() => api.close());

const form = { 'content-type': 'application/x-www-form-urlencoded' };

describe('a login', () => {
  it('gives what later requests are sent with', async () => {
    const body = 'username=plain&password=plain';
    const reply = await api.post('/api/login', body, { user: null, headers: form });
    expect([reply.status, reply.json]).toEqual([
      200,
      {
        user: { name: 'plain', tags: ['management'], is_internal_user: true },
        token: { type: 'basic', value: btoa('plain:plain') },
      },
    ]);
  });

  it.each([
    ['username=plain&password=wrong', 'not_authorized', 'Not_Authorized'],
    ['username=plain', 'not_authorized', 'Not_Authorized'],
    ['', 'not_authorized', 'Not_Authorized'],
    ['username=none&password=none', 'not_authorised', 'Not management user'],
  ])('is refused for %s', async (body, error, reason) => {
    const reply = await api.post('/api/login', body, { user: null, headers: form });
    expect([reply.status, reply.json]).toEqual([401, { error, reason }]);
  });

  it('from elsewhere is none for guest', async () => {
    const body = 'username=guest&password=guest';
    const reply = await api.post('/api/login', body, { user: null, address: '192.0.2.7' });
    expect([reply.status, reply.object['reason']]).toEqual([
      401,
      'User can only log in via localhost',
    ]);
  });

  it('ends without being known', async () => {
    expect((await api.delete('/api/login', { user: null })).status).toBe(204);
  });
});

describe('what a node says of itself', () => {
  it('is a version', async () => {
    expect((await api.get('/api/version', { user: null })).json).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('is the name of a cluster, which administrators may change', async () => {
    expect((await api.get('/api/cluster-name')).json).toEqual({ name: 'leveret@test' });
    const refused = await api.put('/api/cluster-name', { name: 'x' }, { user: 'plain' });
    expect(refused.status).toBe(401);
    expect((await api.put('/api/cluster-name', {})).json).toEqual({
      error: 'bad_request',
      reason: '[{key_missing,name}]',
    });
    expect((await api.put('/api/cluster-name', { name: 'warren' })).status).toBe(204);
    expect((await api.get('/api/cluster-name', { user: 'plain' })).json).toEqual({
      name: 'warren',
    });
    expect((await api.get('/api/overview')).object['cluster_name']).toBe('warren');
  });

  it('is its settings, as text', async () => {
    const reply = await api.get('/api/config/effective');
    expect(reply.text).toBe('heartbeat = 60\ndefault_user = guest\ndata_dir = none\n');
  });

  it('is what UIs of other releases look for', async () => {
    expect((await api.get('/api/extensions')).json).toEqual([{ javascript: 'dispatcher.js' }]);
    expect((await api.get('/api/auth', { user: null })).object).toMatchObject({
      enable_uaa: false,
    });
  });

  it.each(['shovels', 'federation-links', 'stream/publishers'])(
    'is that it has no %s',
    async (path) => {
      expect((await api.get(`/api/${path}`)).json).toEqual([]);
      expect((await api.get(`/api/${path}/%2F`)).json).toEqual([]);
      expect((await api.get(`/api/${path}/none`)).status).toBe(404);
    },
  );
});

describe('features', () => {
  it('are enabled, streams among them for those who want to know', async () => {
    const { list } = await api.get('/api/feature-flags');
    expect(list.length).toBeGreaterThan(30);
    expect(list.find(({ name }) => name === 'stream_queue')).toMatchObject({ state: 'enabled' });
    const names = list.map(({ name }) => String(name));
    expect(names).toEqual([...new Set(names)].sort());
  });

  it('can be enabled again, those that there are', async () => {
    expect((await api.put('/api/feature-flags/stream_queue/enable', {})).status).toBe(204);
    const reply = await api.put('/api/feature-flags/zzz/enable', {});
    expect([reply.status, reply.json]).toEqual([
      400,
      { error: 'bad_request', reason: 'unsupported' },
    ]);
    const refused = await api.put('/api/feature-flags/stream_queue/enable', {}, { user: 'plain' });
    expect(refused.status).toBe(401);
  });

  it('that RabbitMQ gives up are told apart by whether they work', async () => {
    const { list } = await api.get('/api/deprecated-features');
    const states = Object.fromEntries(list.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({
      transient_nonexcl_queues: 'permitted',
      classic_queue_mirroring: 'denied',
    });
    expect((await api.get('/api/deprecated-features/used')).json).toEqual([]);
  });
});

describe('logins', () => {
  const path = '/api/auth/attempts/leveret@test';

  it('are forgotten on demand', async () => {
    await api.get('/api/whoami', { user: 'plain' });
    expect((await api.delete(path)).status).toBe(204);
    expect((await api.get(path)).json).toEqual([
      { protocol: 'http', auth_attempts: 1, auth_attempts_failed: 0, auth_attempts_succeeded: 1 },
    ]);
    expect((await api.delete(`${path}/source`)).status).toBe(204);
    expect((await api.get(`${path}/source`)).json).toEqual([]);
    expect((await api.get('/api/auth/attempts/other@host')).status).toBe(404);
  });
});

describe('a password', () => {
  it('is hashed for definitions', async () => {
    const { object } = await api.get('/api/auth/hash_password/s%2Fcret');
    const hash = { algorithm: 'sha256', text: String(object['ok']) } as const;
    expect(passwordMatches('s/cret', hash)).toBe(true);
  });
});

describe('statistics', () => {
  it('begin anew on demand, and nothing else does', async () => {
    expect((await api.delete('/api/reset')).status).toBe(204);
    expect((await api.delete('/api/reset/leveret@test')).status).toBe(204);
    expect(resets).toBe(2);
    expect((await api.delete('/api/reset/other@host')).status).toBe(404);
    expect((await api.delete('/api/reset', { user: 'plain' })).status).toBe(401);
    expect(resets).toBe(2);
    expect((await api.get('/api/whoami')).status).toBe(200);
  });

  it('of queues need no balance', async () => {
    expect((await api.post('/api/rebalance/queues')).status).toBe(204);
  });
});
