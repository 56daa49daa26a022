import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/kit/json.ts';
import type { Endpoint } from '../../src/mgmt/endpoint.ts';
import { listed, listedLazily, projected } from '../../src/mgmt/list-view.ts';
import { Harness, type Reply } from './harness.ts';

const items: readonly JsonObject[] = [
  { name: 'orders.new', vhost: '/', messages: 10, stats: { publish: { rate: 2 } } },
  { name: 'jobs', vhost: 'staging', messages: 9, stats: { publish: { rate: 10 } } },
  { name: 'Orders.old', vhost: '/', messages: 100 },
  { name: 'idle', vhost: '/', stats: {} },
];
const many: readonly number[] = Array.from({ length: 1203 }, (_, i) => i);
let built = 0;

const made: readonly Endpoint[] = [
  { path: '/paged', access: 'management', GET: (call) => listed(call, items, { paged: true }) },
  { path: '/plain', access: 'management', GET: (call) => listed(call, items, { paged: false }) },
  {
    path: '/ordered',
    access: 'management',
    GET: (call) => listed(call, items, { paged: false, order: ['messages'] }),
  },
  {
    path: '/single',
    access: 'management',
    GET: (call) => projected(call, items[0] ?? {}),
  },
  {
    path: '/many',
    access: 'management',
    GET: (call) =>
      listedLazily(call, many, {
        paged: true,
        view: (n) => {
          built += 1;
          return { name: `q${n}`, vhost: '/', n, odd: n % 2 };
        },
        keys: { name: (n) => `q${n}`, vhost: () => '/', n: (n) => n },
      }),
  },
];

let api: Harness;

beforeEach(() => {
  built = 0;
  api = new Harness({ endpoints: made });
});

afterEach(() => api.close());

function names(value: JsonValue): readonly JsonValue[] {
  return (value as readonly JsonObject[]).map((item) => item['name'] ?? null);
}

function pageNames({ object }: Reply): readonly JsonValue[] {
  return names(object['items'] ?? []);
}

describe('the order of a list', () => {
  it.each([
    ['', ['Orders.old', 'idle', 'orders.new', 'jobs']],
    ['?sort=', ['Orders.old', 'idle', 'orders.new', 'jobs']],
    ['?sort=unknown', ['Orders.old', 'idle', 'orders.new', 'jobs']],
    ['?sort_reverse=true', ['jobs', 'orders.new', 'idle', 'Orders.old']],
    ['?sort=name', ['Orders.old', 'idle', 'jobs', 'orders.new']],
    ['?sort=messages', ['idle', 'jobs', 'orders.new', 'Orders.old']],
    ['?sort=messages&sort_reverse=true', ['Orders.old', 'orders.new', 'jobs', 'idle']],
    ['?sort=messages&sort_reverse=false', ['idle', 'jobs', 'orders.new', 'Orders.old']],
    ['?sort=stats.publish.rate', ['Orders.old', 'idle', 'orders.new', 'jobs']],
  ])('is what is asked for: %s', async (query, expected) => {
    expect(names((await api.get(`/api/plain${query}`)).json)).toEqual(expected);
  });

  it('may be another where nobody asks', async () => {
    const { json } = await api.get('/api/ordered');
    expect(names(json)).toEqual(['idle', 'jobs', 'orders.new', 'Orders.old']);
  });
});

describe('columns', () => {
  it.each([
    ['name', { name: 'orders.new' }],
    ['name,messages,unknown', { name: 'orders.new', messages: 10 }],
    ['stats.publish.rate', { stats: { publish: { rate: 2 } } }],
    ['stats.publish.rate,stats', { stats: { publish: { rate: 2 } } }],
    ['name,stats.other', { name: 'orders.new', stats: [] }],
    ['name.first', { name: 'orders.new' }],
    ['unknown', []],
    ['', items[0]],
  ])('%s reduce an object', async (columns, expected) => {
    expect((await api.get(`/api/single?columns=${columns}`)).json).toEqual(expected);
  });

  it('reduce all that is in a list, after it was sorted', async () => {
    const { json } = await api.get('/api/plain?columns=name&sort=messages');
    expect(json).toEqual([
      { name: 'idle' },
      { name: 'jobs' },
      { name: 'orders.new' },
      { name: 'Orders.old' },
    ]);
  });
});

describe('a page', () => {
  it('has figures around its items', async () => {
    const { json } = await api.get('/api/paged?page=2&page_size=3&columns=name');
    expect(json).toEqual({
      filtered_count: 4,
      item_count: 1,
      items: [{ name: 'jobs' }],
      page: 2,
      page_count: 2,
      page_size: 3,
      total_count: 4,
    });
  });

  it('has a hundred items unless told otherwise, whatever `pagination` says', async () => {
    const { object } = await api.get('/api/paged?page=1&pagination=false');
    expect(object).toMatchObject({ item_count: 4, page_size: 100, page_count: 1 });
  });

  it.each(['/api/paged?page_size=2&name=jobs&pagination=true', '/api/plain?page=1&name=jobs'])(
    'is there only where it is asked for and known: %s',
    async (path) => {
      expect((await api.get(path)).list).toHaveLength(4);
    },
  );

  it.each([
    ['name=ORD', ['Orders.old', 'orders.new']],
    ['name=', ['Orders.old', 'idle', 'orders.new', 'jobs']],
    ['name=.', ['Orders.old', 'orders.new']],
    ['name=.&use_regex=false', ['Orders.old', 'orders.new']],
    ['name=^(orders|jobs)&use_regex=true', ['Orders.old', 'orders.new', 'jobs']],
    ['name=s$&use_regex=true', ['jobs']],
    ['name=((&use_regex=true', []],
    [`name=${'a'.repeat(1025)}&use_regex=true`, []],
  ])('is filtered by %s', async (query, expected) => {
    const reply = await api.get(`/api/paged?page=1&${query}`);
    expect(pageNames(reply)).toEqual(expected);
    expect(reply.object).toMatchObject({ filtered_count: expected.length, total_count: 4 });
  });

  it('of a list that is full to the brim may be followed by an empty one', async () => {
    const { object } = await api.get('/api/paged?page=2&page_size=4');
    expect(object).toMatchObject({ item_count: 0, items: [], page_count: 1 });
  });

  const invalid = 'invalid_pagination_parameters';
  const told = (page: number, size: number): string =>
    `Invalid pagination parameters: page number ${page}, page size ${size}`;

  it.each([
    ['page=0&page_size=10', invalid, told(0, 10)],
    ['page=-1', invalid, told(-1, 100)],
    ['page=1&page_size=501', invalid, told(1, 501)],
    ['page=1&page_size=0', invalid, told(1, 0)],
    ['page=abc', 'bad_request', 'Pagination parameters are invalid'],
    ['page=1&page_size=abc', 'bad_request', 'Pagination parameters are invalid'],
    ['page=', 'bad_request', 'Pagination parameters are invalid'],
    [
      'page=99&page_size=10',
      'page_out_of_range',
      'Page out of range, page: 99 page size: 10, len: 4',
    ],
  ])('that makes no sense is refused: %s', async (query, error, reason) => {
    const reply = await api.get(`/api/paged?${query}`);
    expect([reply.status, reply.json]).toEqual([400, { error, reason }]);
  });
});

describe('a long list', () => {
  it('builds only what a page shows', async () => {
    const reply = await api.get('/api/many?page=3&page_size=10&sort=n&sort_reverse=true');
    expect(pageNames(reply)[0]).toBe('q1182');
    expect(reply.object).toMatchObject({ total_count: 1203, page_count: 121 });
    expect(built).toBe(10);
  });

  it('builds nothing for columns that can be had without', async () => {
    const { list } = await api.get('/api/many?columns=name&sort=n');
    expect([list.length, list[7], built]).toEqual([1203, { name: 'q7' }, 0]);
  });

  it('builds each view once where it is sorted by something else', async () => {
    const reply = await api.get('/api/many?page=1&page_size=5&sort=odd&sort_reverse=true');
    expect(pageNames(reply)[0]).toBe('q999');
    expect(built).toBe(1203);
  });

  it('has everything in it, in order', async () => {
    const { list } = await api.get('/api/many?sort=n');
    expect(list.map(({ n }) => n)).toEqual(many);
    expect(list[1202]).toEqual({ name: 'q1202', vhost: '/', n: 1202, odd: 0 });
  });

  it('is made once for all who ask at a time, until something changes', async () => {
    await Promise.all([api.get('/api/many'), api.get('/api/many'), api.get('/api/many')]);
    expect(built).toBe(1203);
    api.broker.addVhost('another');
    await api.get('/api/many');
    expect(built).toBe(2 * 1203);
    await api.clock.advance('2s');
    await api.get('/api/many');
    expect(built).toBe(3 * 1203);
  });

  it('is not shared between users', async () => {
    api.addUser('plain', ['management'], ['/']);
    await api.get('/api/many');
    await api.get('/api/many', { user: 'plain' });
    expect(built).toBe(2 * 1203);
  });

  it('refuses a page beyond its end as a short one does', async () => {
    const reply = await api.get('/api/many?page=99&page_size=500');
    expect([reply.status, reply.object['error']]).toEqual([400, 'page_out_of_range']);
  });
});
