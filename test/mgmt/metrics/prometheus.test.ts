import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildPrometheus, startPrometheus } from '../../../src/mgmt/metrics/prometheus.ts';
import { Harness } from '../harness.ts';
import { type Exposition, of, parse, valueOf } from './exposition.ts';
import { metricNames, perObjectNames } from './names.ts';

let api: Harness;
let metrics: FastifyInstance;

beforeEach(() => {
  api = new Harness();
  metrics = buildPrometheus(api.context);
});

afterEach(async () => {
  await metrics.close();
  await api.close();
});

async function scrape(path: string): Promise<Exposition> {
  const { statusCode, body } = await metrics.inject({ method: 'GET', url: path });
  expect(statusCode).toBe(200);
  return parse(body);
}

async function declare(name: string, vhost = '%2F'): Promise<void> {
  const { status } = await api.put(`/api/queues/${vhost}/${encodeURIComponent(name)}`, {});
  expect(status).toBe(201);
}

async function publish(queue: string, payload: string, count = 1): Promise<void> {
  for (let i = 0; i < count; i++) {
    const body = { properties: {}, routing_key: queue, payload, payload_encoding: 'string' };
    await api.post('/api/exchanges/%2F/amq.default/publish', body);
  }
}

function namesOf({ types }: Exposition): readonly (readonly [string, string])[] {
  return [...types].sort();
}

describe('/metrics', () => {
  it('has RabbitMQ’s names and types, each with its help', async () => {
    const found = await scrape('/metrics');
    expect(namesOf(found)).toEqual([...metricNames].sort());
    expect([...found.help.keys()].sort()).toEqual([...found.types.keys()].sort());
  });

  it('says that it is text in the format’s version', async () => {
    const { headers } = await metrics.inject({ method: 'GET', url: '/metrics' });
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('asks for no user and takes a slash at the end', async () => {
    await scrape('/metrics/');
  });

  it.each(['/', '/metrics/other', '/api/overview'])('is all that is here: not %s', async (path) => {
    expect((await metrics.inject({ method: 'GET', url: path })).statusCode).toBe(404);
  });

  it('has the identity exactly once', async () => {
    const identities = of(await scrape('/metrics'), 'rabbitmq_identity_info');
    expect(identities).toEqual([
      {
        name: 'rabbitmq_identity_info',
        labels: {
          rabbitmq_node: 'leveret@test',
          rabbitmq_cluster: 'leveret@test',
          rabbitmq_cluster_permanent_id: expect.stringMatching(/^leveret-cluster-id-/) as string,
          rabbitmq_endpoint: 'aggregated',
        },
        value: 1,
      },
    ]);
  });

  it('has counters at zero before anything happens', async () => {
    const found = await scrape('/metrics');
    expect(valueOf(found, 'rabbitmq_global_messages_received_total', { protocol: 'amqp091' })).toBe(
      0,
    );
    for (const queue_type of [
      'rabbit_classic_queue',
      'rabbit_quorum_queue',
      'rabbit_stream_queue',
    ]) {
      const labels = { protocol: 'amqp091', queue_type };
      expect(valueOf(found, 'rabbitmq_global_messages_delivered_total', labels)).toBe(0);
    }
  });

  it('adds up what the queues hold', async () => {
    await declare('a');
    await declare('b');
    await publish('a', 'hello', 2);
    await publish('b', 'hello');
    const found = await scrape('/metrics');
    expect(valueOf(found, 'rabbitmq_queues')).toBe(2);
    expect(valueOf(found, 'rabbitmq_queue_messages')).toBe(3);
    expect(valueOf(found, 'rabbitmq_queue_messages_ready')).toBe(3);
    expect(valueOf(found, 'rabbitmq_queue_messages_ready_bytes')).toBe(15);
    expect(valueOf(found, 'rabbitmq_queues_created_total')).toBe(2);
    expect(valueOf(found, 'rabbitmq_global_messages_received_total')).toBe(3);
    expect(valueOf(found, 'rabbitmq_global_messages_routed_total')).toBe(3);
  });

  it('goes on counting what deleted queues have delivered', async () => {
    await declare('a');
    const queue = api.broker.vhosts.get('/')?.queue('a');
    if (queue === undefined) throw new Error('no queue');
    queue.counters.deliver = 7;
    queue.counters.getNoAck = 2;
    await api.delete('/api/queues/%2F/a');
    const found = await scrape('/metrics');
    expect(valueOf(found, 'rabbitmq_queue_messages_delivered_ack_total')).toBe(7);
    expect(
      valueOf(found, 'rabbitmq_global_messages_delivered_total', {
        queue_type: 'rabbit_classic_queue',
      }),
    ).toBe(9);
  });

  it('has sizes of messages in classes that hold those below them', async () => {
    await declare('a');
    await publish('a', 'x'.repeat(100));
    await publish('a', 'x'.repeat(101), 2);
    await publish('a', 'x'.repeat(20_000));
    const found = await scrape('/metrics');
    const buckets = of(found, 'rabbitmq_message_size_bytes_bucket');
    expect(buckets.map(({ labels, value }) => [labels['le'], value])).toEqual([
      ['100.0', 1],
      ['1000.0', 3],
      ['10000.0', 3],
      ['100000.0', 4],
      ['1000000.0', 4],
      ['10000000.0', 4],
      ['50000000.0', 4],
      ['100000000.0', 4],
      ['+Inf', 4],
    ]);
    expect(valueOf(found, 'rabbitmq_message_size_bytes_count')).toBe(4);
    expect(valueOf(found, 'rabbitmq_message_size_bytes_sum')).toBe(20_302);
  });

  it('tells of the machine', async () => {
    await api.clock.advance('90s');
    const found = await scrape('/metrics');
    expect(valueOf(found, 'rabbitmq_process_open_fds')).toBe(20);
    expect(valueOf(found, 'rabbitmq_process_max_fds')).toBe(1024);
    expect(valueOf(found, 'rabbitmq_process_resident_memory_bytes')).toBe(100_000_000);
    expect(valueOf(found, 'rabbitmq_resident_memory_limit_bytes')).toBe(1_000_000_000);
    expect(valueOf(found, 'rabbitmq_erlang_uptime_seconds')).toBe(90);
    expect(valueOf(found, 'rabbitmq_alarms_memory_used_watermark')).toBe(0);
  });

  it('tells of logins by protocol', async () => {
    await api.get('/api/whoami');
    await api.get('/api/whoami', { user: 'guest:wrong' });
    const found = await scrape('/metrics');
    const http = { protocol: 'http' };
    expect(valueOf(found, 'rabbitmq_auth_attempts_total', http)).toBe(2);
    expect(valueOf(found, 'rabbitmq_auth_attempts_failed_total', http)).toBe(1);
  });
});

describe('/metrics/per-object', () => {
  it('has RabbitMQ’s names and types', async () => {
    const found = await scrape('/metrics/per-object');
    expect(namesOf(found)).toEqual([...metricNames, ...perObjectNames].sort());
    expect(valueOf(found, 'rabbitmq_identity_info', { rabbitmq_endpoint: 'per-object' })).toBe(1);
  });

  it('tells of each queue, whatever it is called', async () => {
    const strange = 'a "quoted"\\name, {ü}';
    await declare(strange);
    await declare('b');
    await publish('b', 'x', 3);
    const found = await scrape('/metrics/per-object');
    const messages = of(found, 'rabbitmq_queue_messages');
    expect(messages.map(({ labels, value }) => [labels, value])).toEqual([
      [{ vhost: '/', queue: strange }, 0],
      [{ vhost: '/', queue: 'b' }, 3],
    ]);
    expect(valueOf(found, 'rabbitmq_queue_info', { queue: 'b' })).toBe(1);
    expect(of(found, 'rabbitmq_queue_info')[0]?.labels).toMatchObject({
      queue_type: 'rabbit_classic_queue',
      membership: 'leader',
    });
  });

  it('tells of each exchange, the default one with an empty name', async () => {
    await declare('a');
    await publish('a', 'x', 2);
    const found = await scrape('/metrics/per-object');
    const name = 'rabbitmq_exchange_messages_published_total';
    expect(valueOf(found, name, { vhost: '/', exchange: '' })).toBe(2);
    expect(valueOf(found, name, { vhost: '/', exchange: 'amq.topic' })).toBe(0);
  });

  it('comes piece by piece, and is whole', async () => {
    for (let i = 0; i < 300; i++) await declare(`queue-${i}`);
    const found = await scrape('/metrics/per-object');
    expect(of(found, 'rabbitmq_queue_messages')).toHaveLength(300);
    expect(of(found, 'rabbitmq_queue_get_empty_total')).toHaveLength(300);
  });
});

describe('/metrics/detailed', () => {
  it('has only what is asked for, and the identity', async () => {
    const found = await scrape('/metrics/detailed');
    expect(namesOf(found).map(([name]) => name)).toEqual([
      'rabbitmq_build_info',
      'rabbitmq_identity_info',
    ]);
    expect(valueOf(found, 'rabbitmq_identity_info', { rabbitmq_endpoint: 'detailed' })).toBe(1);
  });

  it('has families by RabbitMQ’s names', async () => {
    await declare('a');
    const found = await scrape(
      '/metrics/detailed?family=queue_coarse_metrics&family=queue_consumer_count&family=nonsense',
    );
    expect(namesOf(found).map(([name]) => name)).toEqual([
      'rabbitmq_build_info',
      'rabbitmq_detailed_queue_consumers',
      'rabbitmq_detailed_queue_info',
      'rabbitmq_detailed_queue_messages',
      'rabbitmq_detailed_queue_messages_ready',
      'rabbitmq_detailed_queue_messages_unacked',
      'rabbitmq_detailed_queue_process_reductions_total',
      'rabbitmq_identity_info',
    ]);
  });

  it('tells nothing twice where one family is a part of another', async () => {
    await declare('a');
    const query = 'family=queue_consumer_count&family=queue_metrics';
    const found = await scrape(`/metrics/detailed?${query}`);
    expect(of(found, 'rabbitmq_detailed_queue_consumers')).toHaveLength(1);
  });

  it('has the queues of the vhosts that are asked for', async () => {
    await api.put('/api/vhosts/other', {});
    await declare('a');
    await declare('b', 'other');
    const queues = async (query: string): Promise<readonly (string | undefined)[]> => {
      const found = await scrape(`/metrics/detailed?family=queue_coarse_metrics${query}`);
      return of(found, 'rabbitmq_detailed_queue_messages').map(({ labels }) => labels['queue']);
    };
    expect(await queues('')).toEqual(['a', 'b']);
    expect(await queues('&vhost=other')).toEqual(['b']);
    expect(await queues('&vhost=%2F&vhost=other')).toEqual(['a', 'b']);
    expect(await queues('&vhost=missing')).toEqual([]);
  });

  it('has vhosts, exchanges and their bindings', async () => {
    await declare('a');
    const found = await scrape(
      '/metrics/detailed?family=vhost_status&family=exchange_names&family=exchange_bindings',
    );
    expect(valueOf(found, 'rabbitmq_cluster_vhost_status', { vhost: '/' })).toBe(1);
    expect(valueOf(found, 'rabbitmq_cluster_exchange_name', { exchange: 'amq.fanout' })).toBe(1);
    const bindings = 'rabbitmq_cluster_exchange_bindings';
    expect(valueOf(found, bindings, { exchange: '', type: 'direct' })).toBe(1);
    expect(valueOf(found, bindings, { exchange: 'amq.topic', type: 'topic' })).toBe(0);
  });
});

describe('/metrics/memory-breakdown', () => {
  it('tells where memory goes', async () => {
    const found = await scrape('/metrics/memory-breakdown');
    expect(valueOf(found, 'rabbitmq_memory_binary_heap_bytes')).toBe(30);
    expect(valueOf(found, 'rabbitmq_memory_other_erlang_process_bytes')).toBe(10);
    expect(of(found, 'rabbitmq_identity_info')).toHaveLength(1);
  });
});

describe('a server of metrics', () => {
  it('answers over a socket until it is closed', async () => {
    const server = await startPrometheus(api.context, { host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${server.port}/metrics`;
    const answer = await fetch(url);
    expect(parse(await answer.text()).types.size).toBe(metricNames.length);
    await server.close();
    await expect(fetch(url)).rejects.toThrow();
  });
});
