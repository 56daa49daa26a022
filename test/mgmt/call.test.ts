import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { created, type Endpoint, ok } from '../../src/mgmt/endpoint.ts';
import { Harness } from './harness.ts';

const echoes: readonly Endpoint[] = [
  {
    path: '/echo',
    access: 'management',
    PUT: (call) => ok(call.json()),
    POST: (call) => ok(call.json()),
    DELETE: (call) => ok(call.json()),
  },
  { path: '/unread', access: 'management', PUT: () => created },
  {
    path: '/vhosts-seen',
    access: 'management',
    GET: (call) => ok(call.vhosts.map(({ name }) => name)),
  },
  { path: '/vhost-seen/:vhost', access: 'management', GET: ({ vhost }) => ok(vhost.name) },
  {
    path: '/query',
    access: 'management',
    GET: ({ query }) => ok([...query].map(([k, v]) => [k, v])),
  },
  { path: '/range', access: 'management', GET: ({ ranges }) => ok(ranges.lengths === undefined) },
];

let api: Harness;

beforeEach(() => {
  api = new Harness({ endpoints: echoes, api: { bodyLimit: 1000 } });
  for (const name of ['a', 'b', '%2F']) api.broker.addVhost(name);
  api.addUser('plain', ['management'], ['a']);
  api.addUser('watch', ['monitoring']);
});

afterEach(() => api.close());

describe('a body', () => {
  const notJson = { error: 'bad_request', reason: 'not_json' };

  it.each([
    ['nothing', undefined, 200, {}],
    ['empty text', '', 200, {}],
    ['white space', ' \n', 200, {}],
    ['null', 'null', 200, {}],
    ['undefined', 'undefined', 200, {}],
    ['an object', '{"a":[1,{"b":null}]}', 200, { a: [1, { b: null }] }],
    ['text of any language', '{"a":"ß→🐇"}', 200, { a: 'ß→🐇' }],
    ['no JSON', '{nope', 400, notJson],
    ['a list', '[]', 400, notJson],
    ['a number', '12', 400, notJson],
    [
      'JSON in JSON',
      '"{}"',
      400,
      {
        error: 'bad_request',
        reason:
          'invalid payload: the request body JSON-decoded to a string. Is the input doubly-JSON-encoded?',
      },
    ],
  ])('of %s is read as RabbitMQ reads it', async (_what, body, status, expected) => {
    const reply = await api.put('/api/echo', body);
    expect([reply.status, reply.json]).toEqual([status, expected]);
  });

  it('keeps whole numbers that a double cannot hold', async () => {
    const reply = await api.put('/api/echo', '{"n":9007199254740993}');
    expect(reply.text).toBe('{"n":9007199254740993}');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json', 'nonsense'])(
    'is read whatever its content type: %s',
    async (type) => {
      const headers = { 'content-type': type };
      expect((await api.post('/api/echo', '{"a":1}', { headers })).json).toEqual({ a: 1 });
      const deleted = await api.request('DELETE', '/api/echo', { body: '{"a":1}', headers });
      expect(deleted.json).toEqual({ a: 1 });
      const empty = await api.request('DELETE', '/api/echo', { headers });
      expect([empty.status, empty.json]).toEqual([200, {}]);
    },
  );

  it('that nobody reads need make no sense', async () => {
    expect((await api.put('/api/unread', '{nope')).status).toBe(201);
  });

  it('that is too long is refused', async () => {
    const reply = await api.put('/api/echo', ' '.repeat(1001));
    expect([reply.status, reply.json]).toEqual([
      400,
      { error: 'bad_request', reason: 'Exceeded HTTP request body size limit' },
    ]);
  });

  it('is not read of somebody who may not send it', async () => {
    const reply = await api.put('/api/echo', ' '.repeat(1001), { user: null });
    expect(reply.status).toBe(401);
  });
});

describe('the query', () => {
  it('is decoded as forms are', async () => {
    const reply = await api.get('/api/query?a=b%20c+d&e=%2F&e=x&f');
    expect(reply.json).toEqual([
      ['a', 'b c d'],
      ['e', '/'],
      ['e', 'x'],
      ['f', ''],
    ]);
  });

  it('is refused when it asks for samples without sense', async () => {
    expect((await api.get('/api/range?lengths_age=60&lengths_incr=5')).json).toBe(false);
    const reply = await api.get('/api/range?lengths_age=60000&lengths_incr=1');
    expect([reply.status, reply.json]).toEqual([
      400,
      { error: 'bad_request', reason: 'Invalid range parameters: age 60000, incr 1' },
    ]);
  });
});

describe('vhosts', () => {
  it.each([
    ['guest', {}, ['/', 'a', 'b', '%2F']],
    ['watch', {}, ['/', 'a', 'b', '%2F']],
    ['plain', {}, ['a']],
    ['guest', { 'x-vhost': 'b' }, ['b']],
    ['guest', { 'x-vhost': '' }, ['/', 'a', 'b', '%2F']],
    ['guest', { 'x-vhost': 'none' }, []],
    ['plain', { 'x-vhost': 'b' }, []],
  ])('are what %s may see, narrowed by the header %o', async (user, headers, expected) => {
    const reply = await api.get('/api/vhosts-seen', { user, headers });
    expect(reply.json).toEqual(expected);
  });

  const noObject = { error: 'Object Not Found', reason: 'Not Found' };
  const notSeen = { error: 'not_found', reason: 'Not Found' };

  it.each([
    ['guest', '%2F', 200, '/'],
    ['guest', '%2f', 200, '/'],
    ['guest', '%252F', 200, '%2F'],
    ['guest', 'a', 200, 'a'],
    ['guest', 'none', 404, noObject],
    ['watch', 'a', 200, 'a'],
    ['plain', 'a', 200, 'a'],
    ['plain', 'b', 404, notSeen],
    ['plain', 'none', 404, noObject],
  ])('in the path: %s asks for %s', async (user, name, status, expected) => {
    const reply = await api.get(`/api/vhost-seen/${name}`, { user });
    expect([reply.status, reply.json]).toEqual([status, expected]);
  });
});
