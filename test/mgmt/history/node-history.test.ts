import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VirtualHost } from '../../../src/broker/vhost.ts';
import type { JsonObject } from '../../../src/kit/json.ts';
import { NodeHistory } from '../../../src/mgmt/history/node-history.ts';
import type { Ranges } from '../../../src/mgmt/history/ranges.ts';
import type { Queue } from '../../../src/queues/queue.ts';
import { publish, ScriptedPeer } from '../../kit/scripted-peer.ts';
import { Harness } from '../harness.ts';

const lastMinute = { age: 60, incr: 5 };

let api: Harness;
let history: NodeHistory;

beforeEach(async () => {
  api = new Harness();
  history = historyOf();
  await api.clock.advance('1h');
});

afterEach(async () => {
  history.close();
  await api.close();
});

function historyOf(budgetBytes?: number): NodeHistory {
  const { broker, clock, context } = api;
  const budget = budgetBytes === undefined ? {} : { budgetBytes };
  return new NodeHistory({ broker, clock, node: context.node, ...budget });
}

async function queueOf(name: string): Promise<Queue> {
  await api.put(`/api/queues/%2F/${name}`, {});
  return rootVhost().queue(name);
}

function rootVhost(): VirtualHost {
  const vhost = api.broker.vhosts.get('/');
  if (vhost === undefined) throw new Error('there is no vhost /');
  return vhost;
}

interface Details {
  readonly rate: number;
  readonly avg: number;
  readonly avg_rate: number;
  readonly samples: readonly { readonly sample: number; readonly timestamp: number }[];
}

function details(subject: object, figure: string, ranges: Ranges): Details {
  const kind = figure.startsWith('messages') ? 'lengths' : 'msgRates';
  return history.view(subject, kind, ranges)?.[`${figure}_details`] as unknown as Details;
}

const samples = (subject: object, figure: string, ranges: Ranges): readonly number[] =>
  details(subject, figure, ranges).samples.map(({ sample }) => sample);

// 10 messages come in 5 seconds, in the middle between two samples.
async function receive(queue: Queue, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await api.clock.advance('2500ms');
    queue.counters.publish += 10;
    await api.clock.advance('2500ms');
  }
}

describe('what was', () => {
  it('is nothing of messages as long as nothing has happened, and no length', async () => {
    const queue = await queueOf('idle');
    history.start();
    await api.clock.advance('1m');
    expect(history.view(queue, 'msgRates', {})).toBeUndefined();
    expect(history.view(queue, 'lengths', {})).toEqual({
      messages: 0,
      messages_details: { rate: 0 },
      messages_ready: 0,
      messages_ready_details: { rate: 0 },
      messages_unacknowledged: 0,
      messages_unacknowledged_details: { rate: 0 },
    });
  });

  it('is told in groups: who only publishes has no deliveries', async () => {
    const queue = await queueOf('a');
    queue.counters.publish = 3;
    expect(history.view(queue, 'msgRates', {})).toEqual({
      publish: 3,
      publish_details: { rate: 0 },
    });
    queue.counters.getNoAck = 2;
    queue.counters.deliver = 5;
    const view: JsonObject = history.view(queue, 'msgRates', {}) ?? {};
    expect(view).toMatchObject({ deliver: 5, get_no_ack: 2, deliver_get: 7, ack: 0 });
  });

  it('has the rate of the interval between the last two samples', async () => {
    const queue = await queueOf('a');
    history.start();
    await receive(queue, 2);
    expect(history.rate(queue, 'publish')).toBe(2);
    expect(details(queue, 'publish', {})).toEqual({ rate: 2 });
    await api.clock.advance('5s');
    expect(history.rate(queue, 'publish')).toBe(0);
  });

  it('has the same rate however often it is asked between two samples', async () => {
    const queue = await queueOf('a');
    history.start();
    await receive(queue, 2);
    const rates: number[] = [];
    for (let i = 0; i < 4; i++) {
      rates.push(details(queue, 'publish', {}).rate);
      await api.clock.advance('1s');
      queue.counters.publish += 2;
    }
    expect(rates).toEqual([2, 2, 2, 2]);
  });

  it('tells what there is now, with samples of what there was', async () => {
    const queue = await queueOf('a');
    history.start();
    await receive(queue, 2);
    queue.counters.publish += 5;
    expect(history.view(queue, 'msgRates', {})).toMatchObject({ publish: 25 });
    expect(samples(queue, 'publish', { msgRates: { age: 10, incr: 5 } })).toEqual([20, 10, 0]);
  });

  it('has samples from the newest on, at multiples of the increment, zero before the beginning', async () => {
    const queue = await queueOf('a');
    history.start();
    await receive(queue, 3);
    await api.clock.advance('1200ms');
    const { samples: found, avg, avg_rate } = details(queue, 'publish', { msgRates: lastMinute });
    const newest = 3_600_000 + 15_000;
    expect(found.map(({ timestamp }) => timestamp)).toEqual(
      Array.from({ length: 13 }, (_, i) => newest - i * 5000),
    );
    expect(found.map(({ sample }) => sample)).toEqual([30, 20, 10, ...Array(10).fill(0)]);
    expect(avg).toBeCloseTo(60 / 13);
    expect(avg_rate).toBe(0.5);
  });

  it('has no average of one sample', async () => {
    const queue = await queueOf('a');
    history.start();
    await receive(queue, 1);
    const found = details(queue, 'publish', { msgRates: { age: 3, incr: 10 } });
    expect(Object.keys(found).sort()).toEqual(['rate', 'samples']);
  });

  it('takes longer increments where a range reaches further back', async () => {
    const queue = await queueOf('a');
    history.start();
    await receive(queue, 48);
    expect(samples(queue, 'publish', { msgRates: { age: 240, incr: 60 } })).toEqual([
      480, 360, 240, 120, 0,
    ]);
    expect(samples(queue, 'publish', { msgRates: { age: 3600, incr: 60 } }).slice(0, 5)).toEqual([
      480, 360, 240, 120, 0,
    ]);
  });

  it('is kept for a day for the node, and for an hour for a queue', async () => {
    const queue = await queueOf('a');
    history.start();
    for (let i = 0; i < 3; i++) {
      await receive(queue, 1);
      await api.clock.advance(1_800_000 - 5000);
    }
    const halfHours = { msgRates: { age: 86_400, incr: 1800 } };
    expect(samples(api.broker, 'publish', halfHours)).toHaveLength(49);
    const queueSamples = samples(queue, 'publish', halfHours);
    expect(queueSamples.slice(0, 3)).toEqual([30, 20, 10]);
  });

  it('of what was there at the start has not come in the first seconds', async () => {
    const queue = await queueOf('a');
    queue.counters.publish = 1_000_000;
    history.start();
    expect(details(queue, 'publish', {}).rate).toBe(0);
    await receive(queue, 1);
    expect(details(queue, 'publish', {}).rate).toBe(2);
    expect(samples(queue, 'publish', { msgRates: { age: 10, incr: 5 } })).toEqual([
      1_000_010, 1_000_000, 1_000_000,
    ]);
  });

  it('follows lengths up and down', async () => {
    const queue = await queueOf('a');
    history.start();
    for (let i = 0; i < 10; i++) {
      await api.post('/api/exchanges/%2F/amq.default/publish', {
        properties: {},
        routing_key: 'a',
        payload: 'x',
        payload_encoding: 'string',
      });
    }
    await api.clock.advance('5s');
    expect(details(queue, 'messages_ready', {}).rate).toBe(2);
    queue.purge();
    await api.clock.advance('5s');
    expect(details(queue, 'messages_ready', {}).rate).toBe(-2);
    const lengths = { lengths: { age: 10, incr: 5 } };
    for (const subject of [queue, rootVhost(), api.broker]) {
      expect(samples(subject, 'messages', lengths)).toEqual([0, 10, 0]);
    }
  });

  it('adds up for several subjects', async () => {
    const [a, b] = [await queueOf('a'), await queueOf('b')];
    history.start();
    await api.clock.advance('2500ms');
    a.counters.publish = 10;
    b.counters.publish = 5;
    await api.clock.advance('2500ms');
    expect(history.sum([a, b], 'msgRates', { msgRates: { age: 5, incr: 5 } })).toEqual({
      publish: 15,
      publish_details: {
        rate: 3,
        samples: [
          { sample: 15, timestamp: 3_605_000 },
          { sample: 0, timestamp: 3_600_000 },
        ],
        avg: 7.5,
        avg_rate: 3,
      },
    });
    expect(history.sum([], 'msgRates', {})).toBeUndefined();
  });

  it('is known of the node as well', async () => {
    history.start();
    await api.clock.advance('10s');
    const node = history.view(api.broker, 'nodeStats', { nodeStats: { age: 5, incr: 5 } });
    expect(node).toMatchObject({
      mem_used: 100_000_000,
      mem_used_details: { rate: 0, avg: 100_000_000 },
      fd_used: 20,
      sockets_used: 1,
      disk_free: 50_000_000_000,
      gc_num: 3,
      io_read_count: 0,
      queue_declared: 0,
    });
    await queueOf('a');
    expect(history.view(api.broker, 'churn', {})).toMatchObject({
      queue_declared: 1,
      queue_created: 1,
      queue_deleted: 0,
    });
  });

  it('goes by the message rates’ range for what began and ended', async () => {
    history.start();
    const churn = history.view(api.broker, 'churn', { msgRates: { age: 10, incr: 5 } });
    expect(churn?.['queue_created_details']).toMatchObject({ samples: [{}, {}, {}] });
  });

  it('of strangers is nothing', () => {
    expect(history.view({}, 'msgRates', {})).toBeUndefined();
    expect(history.rate({}, 'publish')).toBe(0);
  });

  it('is known of connections and channels, as long as they are there', async () => {
    await queueOf('a');
    const client = await ScriptedPeer.open(api.node);
    const [connection] = api.broker.connections;
    const [channel] = connection?.channelViews() ?? [];
    if (connection === undefined || channel === undefined) throw new Error('nobody is there');
    history.start();
    expect(history.view(channel, 'msgRates', {})).toBeUndefined();
    await api.clock.advance('2500ms');
    const before = Number(history.view(connection, 'dataRates', {})?.['recv_oct']);
    for (let i = 0; i < 5; i++) client.sends(publish(1, { routingKey: 'a', content: 'x' }));
    await client.answers();
    await api.clock.advance('2500ms');
    expect(history.view(channel, 'msgRates', {})).toMatchObject({
      publish: 5,
      publish_details: { rate: 1 },
      confirm: 0,
      return_unroutable: 0,
      drop_unroutable: 0,
    });
    expect(Object.keys(history.view(channel, 'msgRates', {}) ?? {})).not.toContain('deliver');
    const received = Number(history.view(connection, 'dataRates', {})?.['recv_oct']) - before;
    expect(received).toBeGreaterThan(100);
    expect(history.rate(connection, 'recv_oct')).toBe(received / 5);
    expect(history.rate(rootVhost(), 'recv_oct')).toBe(received / 5);
    expect(history.rate(rootVhost(), 'publish')).toBe(1);
    expect(history.rate(rootVhost().ledger.defaultExchange, 'publish_in')).toBe(1);
    await client.leaves();
    await api.clock.advance('5s');
    expect(history.rate(connection, 'recv_oct')).toBe(0);
    expect(history.view(api.broker, 'msgRates', {})).toMatchObject({ publish: 5 });
  });

  it('is forgotten when it is closed, and begins anew', async () => {
    const queue = await queueOf('a');
    history.start();
    await receive(queue, 3);
    history.close();
    expect(history.usedBytes).toBe(0);
    history.start();
    expect(samples(queue, 'publish', { msgRates: { age: 5, incr: 5 } })).toEqual([30, 30]);
  });
});

describe('the memory of what was', () => {
  it('is nothing for queues that are idle', async () => {
    for (let i = 0; i < 50; i++) await queueOf(`q${i}`);
    history.start();
    const { usedBytes } = history;
    await api.clock.advance('10m');
    const before = usedBytes;
    for (let i = 50; i < 100; i++) await queueOf(`q${i}`);
    await api.clock.advance('1m');
    // The node's own samples grow; those of 100 queues would take a megabyte.
    expect(history.usedBytes - before).toBeLessThan(100_000);
  });

  it('is given back when its subject is gone', async () => {
    history.start();
    const { usedBytes } = history;
    const queue = await queueOf('a');
    await receive(queue, 100);
    await api.clock.advance('10m');
    const used = history.usedBytes;
    await api.delete('/api/queues/%2F/a');
    await api.clock.advance('5s');
    expect(history.usedBytes).toBeLessThan(used - 5000);
    expect(usedBytes).toBeGreaterThan(0);
  });

  it('is taken from what has been idle for the longest time', async () => {
    history = historyOf(80_000);
    const queues = [await queueOf('a'), await queueOf('b'), await queueOf('c')];
    history.start();
    for (const queue of queues) {
      await receive(queue, 60);
      await api.clock.advance('90s');
    }
    const [a, b, c] = queues;
    if (a === undefined || b === undefined || c === undefined) throw new Error('no queues');
    expect(history.usedBytes).toBeLessThan(120_000);
    const span = { msgRates: { age: 600, incr: 5 } };
    const changes = (queue: Queue): number => new Set(samples(queue, 'publish', span)).size;
    expect(changes(a)).toBeLessThan(3);
    expect(changes(c)).toBeGreaterThan(changes(a));
    // What is left is enough for rates.
    await receive(a, 2);
    expect(history.rate(a, 'publish')).toBe(2);
  });
});

describe('many queues', () => {
  it('are looked at in several turns, and rates stand still meanwhile', async () => {
    const queues: Queue[] = [];
    for (let i = 0; i < 2500; i++) queues.push(await queueOf(`q${i}`));
    history.start();
    await api.clock.advance('2500ms');
    for (const queue of queues) queue.counters.publish += 10;
    await api.clock.advance('2500ms');
    const rates = new Set(queues.map((queue) => history.rate(queue, 'publish')));
    expect(rates).toEqual(new Set([2]));
  });
});
