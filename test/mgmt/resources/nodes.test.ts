import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness } from '../harness.ts';

let api: Harness;

beforeEach(() => {
  api = new Harness({ memoryHighWatermark: 1000 });
});

afterEach(() => api.close());

describe('a node', () => {
  it('is the only one in the list', async () => {
    const { list } = await api.get('/api/nodes');
    const { json } = await api.get('/api/nodes/leveret%40test');
    expect(list).toEqual([json]);
  });

  it('tells of its process and its machine', async () => {
    await api.clock.advance('90s');
    const { object } = await api.get('/api/nodes/leveret@test');
    expect(object).toMatchObject({
      name: 'leveret@test',
      type: 'disc',
      running: true,
      os_pid: '4711',
      uptime: 90_000,
      processors: 2,
      fd_total: 1024,
      mem_limit: 1_000_000_000,
      mem_alarm: false,
      disk_free_limit: 50_000_000,
      disk_free_alarm: false,
      partitions: [],
      cluster_links: [],
      enabled_plugins: ['rabbitmq_management', 'rabbitmq_prometheus'],
    });
  });

  it.each(['', '/memory', '/memory/relative'])('of another name is not here: %s', async (path) => {
    expect((await api.get(`/api/nodes/none@host${path}`)).json).toEqual({
      error: 'Object Not Found',
      reason: 'Not Found',
    });
  });

  it('can be reduced to columns', async () => {
    expect((await api.get('/api/nodes?columns=name')).json).toEqual([{ name: 'leveret@test' }]);
  });
});

describe('the memory of a node', () => {
  it('is divided among what takes it, and adds up', async () => {
    const { object } = await api.get('/api/nodes/leveret@test/memory');
    const memory = object['memory'] as Readonly<Record<string, number>>;
    expect(memory).toMatchObject({
      strategy: 'rss',
      total: { erlang: 50, rss: 100, allocated: 50 },
      other_proc: 10,
      binary: 30,
      // What is external and no buffer, and what is neither heap nor external.
      other_system: 10 + 40,
      allocated_unused: 10,
    });
    const parts = Object.values(memory).filter((value) => typeof value === 'number');
    expect(parts.reduce((sum, bytes) => sum + bytes, 0)).toBe(100);
  });

  it('is told in per cent too', async () => {
    const { object } = await api.get('/api/nodes/leveret@test/memory/relative');
    expect(object['memory']).toMatchObject({ total: 100, other_proc: 10, binary: 30, mnesia: 0 });
  });

  it('is told with the node to those who ask', async () => {
    const path = '/api/nodes/leveret@test?columns=memory.binary,binary.other';
    expect((await api.get(path)).json).toEqual([]);
    expect((await api.get(`${path}&memory=true&binary=true`)).json).toEqual({
      memory: { binary: 30 },
      binary: { other: 30 },
    });
  });
});
