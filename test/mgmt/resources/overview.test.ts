import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FigureKind, History } from '../../../src/mgmt/history/history.ts';
import { Harness } from '../harness.ts';

/** Tells whom it was asked about. */
const telling: History = {
  view: (_subject, kind) => ({ asked: `node ${kind}` }),
  sum: (subjects, kind: FigureKind) =>
    subjects.length === 0 ? undefined : { asked: `${subjects.length} vhosts ${kind}` },
  rate: () => 0,
};

let api: Harness;

beforeEach(() => {
  api = new Harness({ history: telling });
  api.broker.addVhost('a');
  api.addUser('plain', ['management'], ['a']);
  api.addUser('lost', ['management']);
});

afterEach(() => api.close());

describe('the overview', () => {
  it('says what this is, in a way that clients of RabbitMQ understand', async () => {
    const { object } = await api.get('/api/overview');
    expect(object).toMatchObject({
      rabbitmq_version: expect.stringMatching(/^4\.\d+\.\d+$/),
      management_version: object['rabbitmq_version'],
      product_name: 'Leveret',
      product_version: '0.0.0',
      cluster_name: 'leveret@test',
      node: 'leveret@test',
      rates_mode: 'basic',
      disable_stats: false,
      sample_retention_policies: { global: [600, 3600, 28_800, 86_400] },
    });
    const types = object['exchange_types'] as readonly { name: string }[];
    expect(types.map(({ name }) => name)).toEqual(['direct', 'fanout', 'headers', 'topic']);
  });

  it('has figures of the whole node for those who watch it', async () => {
    const { object } = await api.get('/api/overview');
    expect(object).toMatchObject({
      message_stats: { asked: 'node msgRates' },
      queue_totals: { asked: 'node lengths' },
      churn_rates: { asked: 'node churn' },
      // Seven exchanges in each vhost, the default one among them.
      object_totals: { channels: 0, connections: 0, consumers: 0, exchanges: 14, queues: 0 },
    });
  });

  it('has figures of their own vhosts for the others', async () => {
    const { object } = await api.get('/api/overview', { user: 'plain' });
    expect(object).toMatchObject({
      message_stats: { asked: '1 vhosts msgRates' },
      queue_totals: { asked: '1 vhosts lengths' },
      churn_rates: {},
      object_totals: { channels: 0, connections: 0, exchanges: 7, queues: 0 },
    });
    for (const key of ['node', 'listeners', 'contexts']) expect(object).not.toHaveProperty(key);
    expect(object['object_totals']).not.toHaveProperty('consumers');
  });

  it('has nothing to tell whoever sees no vhost', async () => {
    const { object } = await api.get('/api/overview', { user: 'lost' });
    expect(object).toMatchObject({ message_stats: {}, queue_totals: {} });
  });

  it('lists what the node listens on', async () => {
    const { object } = await api.get('/api/overview');
    expect(object['listeners']).toEqual([
      {
        node: 'leveret@test',
        protocol: 'amqp',
        ip_address: '::',
        port: 5672,
        socket_opts: { linger: [true, 0], exit_on_close: false },
        tls: false,
      },
      {
        node: 'leveret@test',
        protocol: 'http',
        ip_address: '::',
        port: 15_672,
        socket_opts: { ip: '::', port: 15_672 },
        tls: false,
      },
    ]);
    expect(object['contexts']).toMatchObject([{ node: 'leveret@test', path: '/', port: '15672' }]);
  });

  it('can be reduced to members, which stay whole', async () => {
    const { object } = await api.get('/api/overview?columns=node,object_totals.queues');
    expect(Object.keys(object).sort()).toEqual(['node', 'object_totals']);
    expect(object['object_totals']).toMatchObject({ queues: 0, connections: 0 });
  });
});
