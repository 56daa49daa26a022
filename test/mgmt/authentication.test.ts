import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basic, Harness, type Reply } from './harness.ts';

let api: Harness;

beforeEach(() => {
  api = new Harness();
  api.addUser('boss', ['administrator'], ['/']);
  api.addUser('watch', ['monitoring'], ['/']);
  api.addUser('rules', ['policymaker'], ['/']);
  api.addUser('plain', ['management'], ['/']);
  api.addUser('nobody', ['something'], ['/']);
  api.broker.users.add({ name: 'locked', tags: ['administrator'] });
});

afterEach(() => api.close());

function said({ status, headers, text }: Reply): unknown {
  return [status, headers['www-authenticate'], text === '' ? '' : JSON.parse(text)];
}

const unknown = { error: 'not_authorized', reason: 'Not_Authorized' };
const unasked = [401, 'Basic realm="RabbitMQ Management"', ''];

describe('who asks', () => {
  it.each([
    ['nothing', {}],
    ['another scheme', { authorization: 'Digest username="guest"' }],
    ['credentials without a colon', { authorization: `Basic ${btoa('guest')}` }],
  ])('is asked for by a challenge without a body after %s', async (_what, headers) => {
    expect(said(await api.get('/api/whoami', { user: null, headers }))).toEqual(unasked);
  });

  it.each([
    ['a wrong password', basic('guest:wrong')],
    ['a stranger', basic('ghost:ghost')],
    ['an empty password', basic('guest:')],
    ['an empty password of a user without one', basic('locked:')],
    ['a token', 'Bearer abc'],
  ])('is refused without a challenge for %s', async (_what, authorization) => {
    const reply = await api.get('/api/whoami', { user: null, headers: { authorization } });
    expect(said(reply)).toEqual([401, undefined, unknown]);
  });

  it('may have a colon in the password, and text of any language', async () => {
    api.broker.users.add({ name: 'zoë', password: 'a:ß:c', tags: ['management'] });
    const reply = await api.get('/api/whoami', { user: 'zoë:a:ß:c' });
    expect(reply.object['name']).toBe('zoë');
  });

  it('comes from this machine only where the name is bound to it', async () => {
    const reply = await api.get('/api/whoami', { address: '192.0.2.7' });
    expect(said(reply)).toEqual([
      401,
      undefined,
      { error: 'not_authorised', reason: 'User can only log in via localhost' },
    ]);
    expect((await api.get('/api/whoami', { user: 'boss', address: '192.0.2.7' })).status).toBe(200);
  });

  it('is counted', async () => {
    await api.get('/api/whoami', { user: 'boss' });
    await api.get('/api/whoami', { user: 'boss:wrong' });
    const counts = (await api.get('/api/auth/attempts/leveret@test')).list;
    expect(counts).toEqual([
      {
        protocol: 'http',
        auth_attempts: 3,
        auth_attempts_failed: 1,
        auth_attempts_succeeded: 2,
      },
    ]);
  });
});

describe('tags', () => {
  const management = 'Not management user';
  const monitor = 'Not monitor user';
  const administrator = 'Not administrator user';
  const object = 'User not authorised to access object';

  it.each([
    ['nobody', '/api/overview', management],
    ['nobody', '/api/nodes', management],
    ['nobody', '/api/users', management],
    ['plain', '/api/overview', undefined],
    ['plain', '/api/nodes', monitor],
    ['plain', '/api/users', administrator],
    ['plain', '/api/definitions', administrator],
    ['plain', '/api/global-parameters', object],
    ['rules', '/api/global-parameters', undefined],
    ['rules', '/api/nodes', monitor],
    ['watch', '/api/nodes', undefined],
    ['watch', '/api/global-parameters', object],
    ['watch', '/api/config/effective', administrator],
    ['boss', '/api/nodes', undefined],
    ['boss', '/api/global-parameters', undefined],
    ['boss', '/api/config/effective', undefined],
  ])('of %s let to %s, or not', async (user, path, reason) => {
    const reply = await api.get(path, { user });
    if (reason === undefined) expect(reply.status).toBe(200);
    else expect(said(reply)).toEqual([401, undefined, { error: 'not_authorised', reason }]);
  });

  it.each([
    '/api/version',
    '/api/health/checks/is-in-service',
    '/api/health/checks/ready-to-serve-clients',
    '/api/health/checks/below-node-connection-limit',
    '/api/health/checks/reached-target-cluster-size',
  ])('are not asked for at %s', async (path) => {
    expect((await api.get(path, { user: null })).status).toBe(200);
    // Nor are wrong credentials looked at.
    expect((await api.get(path, { user: 'ghost:ghost' })).status).toBe(200);
  });
});
