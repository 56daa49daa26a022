import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { created, type Endpoint, ok } from '../../src/mgmt/endpoint.ts';
import { Harness } from './harness.ts';

const long = 'x'.repeat(400);
const made: readonly Endpoint[] = [
  { path: '/short', access: 'management', GET: () => ok({ a: 1 }), PUT: () => created },
  { path: '/long', access: 'management', GET: () => ok(long) },
  { path: '/open', access: 'anybody', GET: () => ok(null) },
  { path: '/text', access: 'management', GET: () => ({ status: 200, text: 'a = b\n' }) },
  {
    path: '/named',
    access: 'management',
    GET: () => ({ status: 200, body: {}, headers: { 'content-disposition': 'attachment' } }),
  },
];

let api: Harness;

beforeEach(() => {
  const origins = { allowed: ['https://ops.example'], maxAge: 60 };
  api = new Harness({ endpoints: made, api: { origins } });
});

afterEach(() => api.close());

describe('the headers of an answer', () => {
  const policy = "script-src 'self'; object-src 'self'";

  it('are those of RabbitMQ when there is one', async () => {
    const { headers } = await api.get('/api/short');
    expect(headers).toMatchObject({
      allow: 'HEAD, GET, PUT, OPTIONS',
      vary: 'accept, accept-encoding, origin',
      'cache-control': 'no-cache',
      'content-security-policy': policy,
      'content-type': 'application/json',
      'content-length': '7',
    });
    expect(headers['expires']).toBeUndefined();
  });

  it('keep caches off what anybody may see', async () => {
    const { headers } = await api.get('/api/open', { user: null });
    expect(headers).toMatchObject({
      'cache-control': 'no-cache',
      expires: '0',
      pragma: 'no-cache',
    });
  });

  it.each([
    ['a write', 'PUT', '/api/short', 'guest', 201],
    ['nothing there', 'GET', '/api/none', 'guest', 404],
    ['nobody known', 'GET', '/api/short', null, 401],
    ['no such method', 'DELETE', '/api/short', 'guest', 405],
  ] as const)('are others for %s', async (_what, method, path, user, status) => {
    const reply = await api.request(method, path, { user });
    expect(reply.status).toBe(status);
    expect(reply.headers).toMatchObject({
      'cache-control': 'public, max-age=0, must-revalidate',
      'content-security-policy': policy,
    });
    if (reply.text === '') expect(reply.headers['content-type']).toBeUndefined();
  });

  it('may be added to', async () => {
    expect((await api.get('/api/named')).headers['content-disposition']).toBe('attachment');
  });

  it('tell text from JSON', async () => {
    const reply = await api.get('/api/text');
    expect([reply.headers['content-type'], reply.text]).toEqual(['text/plain', 'a = b\n']);
  });
});

describe('what a client accepts', () => {
  it.each([
    [undefined, 200],
    ['*/*', 200],
    ['application/json', 200],
    ['application/*;q=0.5', 200],
    ['application/bert, application/json;q=0.1', 200],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 200],
    ['text/html', 406],
    ['application/xml, text/plain', 406],
  ])('%s is answered by %d', async (accept, status) => {
    const headers = accept === undefined ? {} : { accept };
    const reply = await api.get('/api/short', { headers });
    expect([reply.status, reply.text]).toEqual([status, status === 200 ? '{"a":1}' : '']);
    if (status === 200) expect(reply.headers['content-type']).toBe('application/json');
  });

  it.each([
    ['gzip', true],
    ['gzip, deflate, br', true],
    ['br;q=1.0, GZIP;q=0.8', true],
    ['*', true],
    ['gzip;q=0', false],
    ['identity', false],
    ['br', false],
    ['', false],
  ])('decides over compression: %s', async (encoding, packed) => {
    const headers = { 'accept-encoding': encoding };
    const reply = await api.get('/api/long', { headers });
    expect(reply.headers['content-encoding']).toBe(packed ? 'gzip' : undefined);
    const text = packed ? gunzipSync(reply.bytes).toString() : reply.text;
    expect(JSON.parse(text)).toBe(long);
  });

  it('does not get little things compressed', async () => {
    const reply = await api.get('/api/short', { headers: { 'accept-encoding': 'gzip' } });
    expect([reply.headers['content-encoding'], reply.text]).toEqual([undefined, '{"a":1}']);
  });
});

describe('a page of another site', () => {
  const origin = 'https://ops.example';
  const granted = {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  };

  it('may read what it is allowed to', async () => {
    expect((await api.get('/api/short', { headers: { origin } })).headers).toMatchObject(granted);
  });

  it('is told beforehand what it may do', async () => {
    const reply = await api.request('OPTIONS', '/api/short', {
      user: null,
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'authorization,x-vhost',
      },
    });
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      ...granted,
      'access-control-allow-methods': 'HEAD, GET, PUT, OPTIONS',
      'access-control-allow-headers': 'authorization,x-vhost',
      'access-control-max-age': '60',
    });
  });

  it('that is not known is told nothing', async () => {
    const reply = await api.get('/api/short', { headers: { origin: 'https://other.example' } });
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-'))).toEqual([]);
  });

  const refused = [401, 'not_authorised'];
  const done = [201, undefined];

  it.each([
    ['a program', {}, done],
    ['a page of the own site', { 'sec-fetch-site': 'same-origin' }, done],
    ['somebody who typed it', { 'sec-fetch-site': 'none' }, done],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, refused],
    ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }, refused],
    ['an allowed page', { origin, 'sec-fetch-site': 'cross-site' }, done],
    ['an older browser at home', { origin: 'http://rabbit:15672', host: 'rabbit:15672' }, done],
    ['an older browser elsewhere', { origin: 'http://evil', host: 'rabbit:15672' }, refused],
    ['a page without an origin', { origin: 'null', host: 'rabbit:15672' }, refused],
    [
      'a page behind a proxy',
      { origin: 'https://rabbit.example', host: 'inner', 'x-forwarded-host': 'rabbit.example' },
      done,
    ],
  ])('changes things only if it is allowed to: %s', async (_who, headers, expected) => {
    const reply = await api.put('/api/short', {}, { headers });
    const error = reply.text === '' ? undefined : reply.object['error'];
    expect([reply.status, error]).toEqual(expected);
  });
});
