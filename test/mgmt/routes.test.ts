import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/logger.ts';
import { created, type Endpoint, noContent, ok } from '../../src/mgmt/endpoint.ts';
import { methodsOf } from '../../src/mgmt/routes.ts';
import { BrokerError } from '../../src/model/broker-error.ts';
import { Harness } from './harness.ts';

const made: readonly Endpoint[] = [
  { path: '/things', access: 'management', GET: () => ok([]) },
  { path: '/things/special', access: 'management', GET: () => ok('special') },
  {
    path: '/things/:name',
    access: { GET: 'management', PUT: 'administrator', DELETE: 'administrator' },
    GET: ({ params }) => ok(params['name'] ?? null),
    PUT: () => created,
    DELETE: () => noContent,
  },
  {
    path: '/things/:name/do',
    access: 'management',
    POST: ({ params }) => ok(params['name'] ?? ''),
  },
  { path: '/queues/:vhost', access: 'management', GET: ({ params }) => ok(params['vhost'] ?? '') },
  {
    path: '/fail',
    access: 'management',
    GET: () => {
      throw new TypeError('a mistake of ours: secret');
    },
    PUT: () => Promise.reject(new Error('later')),
  },
  {
    path: '/refuse/:reply',
    access: 'management',
    GET: ({ params }) => {
      const replies = {
        missing: new BrokerError('NOT_FOUND', "no queue 'q' in vhost '/'"),
        forbidden: new BrokerError('ACCESS_REFUSED', "configure access to queue 'q' refused"),
        differs: new BrokerError('PRECONDITION_FAILED', "inequivalent arg 'durable'"),
        locked: new BrokerError('RESOURCE_LOCKED', 'cannot obtain exclusive access'),
        never: new BrokerError('NOT_IMPLEMENTED', 'basic.get not supported by stream queues'),
      };
      throw Object.entries(replies).find(([name]) => name === params['reply'])?.[1];
    },
  },
];

interface Line {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

let log: Line[];
let api: Harness;

beforeEach(() => {
  log = [];
  const note = (fields: object, text: string): void => {
    log.push({ fields: { ...fields }, text });
  };
  api = new Harness({ endpoints: made, logger: { ...silentLogger, info: note, error: note } });
  api.addUser('plain', ['management'], ['/']);
});

afterEach(() => api.close());

const nothing = { error: 'Object Not Found', reason: 'Not Found' };

describe('methods', () => {
  it.each([
    ['PUT', '/api/things', 405, 'HEAD, GET, OPTIONS'],
    ['PATCH', '/api/things/a', 405, 'HEAD, GET, PUT, DELETE, OPTIONS'],
    ['POST', '/api/things/a', 405, 'HEAD, GET, PUT, DELETE, OPTIONS'],
    ['GET', '/api/things/a/do', 405, 'POST, OPTIONS'],
    ['HEAD', '/api/things/a/do', 405, 'POST, OPTIONS'],
    ['OPTIONS', '/api/things/a/do', 200, 'POST, OPTIONS'],
    ['OPTIONS', '/api/things', 200, 'HEAD, GET, OPTIONS'],
    ['PUT', '/api/nowhere', 405, 'HEAD, GET, OPTIONS'],
    ['POST', '/api/nowhere/at/all', 405, 'HEAD, GET, OPTIONS'],
    ['OPTIONS', '/api/nowhere', 200, 'HEAD, GET, OPTIONS'],
  ] as const)('%s %s is answered by %d and what is allowed, to anybody', async (...row) => {
    const [method, path, status, allow] = row;
    const reply = await api.request(method, path, { user: null });
    expect([reply.status, reply.headers['allow'], reply.text]).toEqual([status, allow, '']);
  });

  it('that are allowed are told with every answer', async () => {
    const replies = await Promise.all([
      api.get('/api/things/a'),
      api.get('/api/things/a', { user: null }),
      api.put('/api/things/a', {}, { user: 'plain' }),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([200, 401, 401]);
    for (const { headers } of replies) {
      expect(headers['allow']).toBe('HEAD, GET, PUT, DELETE, OPTIONS');
    }
  });

  it('HEAD is GET without the body', async () => {
    const [got, head] = [
      await api.get('/api/things/abc'),
      await api.request('HEAD', '/api/things/abc'),
    ];
    const { date: _date, ...headers } = head.headers;
    const { date: _other, ...expected } = got.headers;
    expect([head.status, head.text, headers]).toEqual([200, '', expected]);
    expect((await api.request('HEAD', '/api/nowhere')).status).toBe(404);
  });

  it('of an endpoint are listed in one order', () => {
    const handler = (): typeof noContent => noContent;
    const path = '/x';
    const access = 'management';
    expect(methodsOf({ path, access, DELETE: handler, POST: handler, GET: handler })).toBe(
      'HEAD, GET, POST, DELETE, OPTIONS',
    );
  });

  it('may need different rights', async () => {
    expect((await api.put('/api/things/a', {})).status).toBe(201);
    expect((await api.get('/api/things/a', { user: 'plain' })).status).toBe(200);
    const reply = await api.delete('/api/things/a', { user: 'plain' });
    expect([reply.status, reply.json]).toEqual([
      401,
      { error: 'not_authorised', reason: 'Not administrator user' },
    ]);
  });
});

describe('a path', () => {
  it.each([
    ['/api/things/a.b-c_d~e', 'a.b-c_d~e'],
    ['/api/things/a%2Eb%2Dc', 'a.b-c'],
    ['/api/things/%2F', '/'],
    ['/api/things/%252F', '%2F'],
    ['/api/things/a+b', 'a+b'],
    ['/api/things/a%20b', 'a b'],
    ['/api/things/%C3%9F%F0%9F%90%87', 'ß🐇'],
    ['/api/things/a:b->c(1)', 'a:b->c(1)'],
    ['/api/things/special', 'special'],
    ['/api/things/special%20', 'special '],
    [`/api/things/${'%2F'.repeat(255)}`, '/'.repeat(255)],
    [`/api/things/${'x'.repeat(4000)}`, 'x'.repeat(4000)],
    ['/api/things/a?b=c', 'a'],
  ])('%s has its parts decoded once', async (path, name) => {
    const reply = await api.get(path);
    expect([reply.status, reply.json]).toEqual([200, name]);
  });

  it.each(['/api/things/', '/api/things/?a=b', '/api/things/a/', '/api/things/special/'])(
    '%s may end with a slash',
    async (path) => {
      expect((await api.get(path)).status).toBe(200);
    },
  );

  it.each(['/api/queues//', '/api/queues//?page=1'])(
    '%s names the vhost of one slash',
    async (path) => {
      expect((await api.get(path)).json).toBe('/');
    },
  );

  it.each([
    '/api/nowhere',
    '/api/things/a/b/c',
    '/api/things//do',
    '/nowhere',
    '/metrics',
    '/api/Things',
  ])('%s leads nowhere, whoever asks', async (path) => {
    const method = path.endsWith('do') ? 'POST' : 'GET';
    const user = path.endsWith('do') ? 'guest' : null;
    const reply = await api.request(method, path, { user });
    expect([reply.status, reply.json]).toEqual([404, nothing]);
  });

  it('with a broken escape is a bad request', async () => {
    const reply = await api.get('/api/things/%zz');
    expect([reply.status, reply.object['error']]).toEqual([400, 'bad_request']);
  });

  it.each([
    ['/api', '/api/index.html'],
    ['/api/', '/api/index.html'],
    ['/cli', '/cli/index.html'],
    ['/mgmt', '/'],
    ['/doc/stats.html', '/api/index.html'],
  ])('%s leads on to %s', async (path, location) => {
    const reply = await api.get(path, { user: null });
    expect([reply.status, reply.headers['location'], reply.text]).toEqual([301, location, '']);
  });
});

describe('the page for people', () => {
  it.each(['/', '/api/index.html'])('is at %s and lists what can be asked', async (path) => {
    const reply = await api.get(path, { user: null, headers: { accept: 'text/html' } });
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/html']);
    expect(reply.text).toContain(
      '<td>PUT</td><td><code>/api/things/:name</code></td><td>administrator',
    );
    expect(reply.text).not.toContain('<td>PUT</td><td><code>/api/things</code>');
  });
});

describe('what goes wrong', () => {
  it.each([
    ['missing', 404, 'not_found', "no queue 'q' in vhost '/'"],
    ['forbidden', 401, 'not_authorised', 'Access refused.'],
    ['differs', 400, 'bad_request', "inequivalent arg 'durable'"],
    ['locked', 400, 'bad_request', 'cannot obtain exclusive access'],
    ['never', 400, 'bad_request', '540 basic.get not supported by stream queues'],
  ])('in the broker is told as RabbitMQ tells it: %s', async (reply_, status, error, reason) => {
    const reply = await api.get(`/api/refuse/${reply_}`);
    expect([reply.status, reply.json]).toEqual([status, { error, reason }]);
  });

  it.each(['GET', 'PUT'] as const)(
    'here is told to the log, not to the client (%s)',
    async (method) => {
      const reply = await api.request(method, '/api/fail?token=1');
      const reason = 'Internal Server Error';
      expect([reply.status, reply.json]).toEqual([500, { error: 'internal_server_error', reason }]);
      const [line] = log.filter(({ text }) => text === 'HTTP request failed');
      expect(line?.fields).toMatchObject({ err: expect.any(Error), method, path: '/api/fail' });
    },
  );
});

describe('what changes something', () => {
  it('is logged with who did it, without bodies and queries', async () => {
    await api.put('/api/things/a%2Fb?secret=1', { password: 'secret' });
    await api.put('/api/things/a', {}, { user: 'plain' });
    await api.get('/api/things/a');
    expect(log).toEqual([
      {
        text: 'HTTP request to change something',
        fields: {
          user: 'guest',
          method: 'PUT',
          path: '/api/things/a%2Fb',
          status: 201,
          address: '127.0.0.1',
        },
      },
    ]);
  });
});
