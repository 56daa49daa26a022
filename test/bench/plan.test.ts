import { describe, expect, it } from 'vitest';
import { ACK_BYTES, ackTemplate } from '../../bench/generator/consumer.ts';
import {
  deliveriesPerMessage,
  type LoadPlan,
  PLAIN_LOAD,
  queueName,
  queuesOf,
  routingKeys,
  topicKey,
  topicPattern,
} from '../../bench/generator/plan.ts';
import { longScenarioNames, scenarioNames, scenariosOf } from '../../bench/scenarios.ts';

const TOPIC: LoadPlan = {
  ...PLAIN_LOAD,
  exchange: 'topic',
  queues: 10,
  bindingsPerQueue: 100,
  keys: 100,
};

/** Topic matching straight from the definition: `*` is one word, `#` any number. */
function matches(pattern: readonly string[], words: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return words.length === 0;
  if (head === '#') {
    return matches(rest, words) || (words.length > 0 && matches(pattern, words.slice(1)));
  }
  return words.length > 0 && (head === '*' || head === words[0]) && matches(rest, words.slice(1));
}

describe('a load', () => {
  it('sends each topic key to exactly one of a thousand bindings', () => {
    const patterns = Array.from({ length: 1000 }, (_, n) => topicPattern(n).split('.'));
    for (const n of [0, 1, 5, 99, 500, 999]) {
      const words = topicKey(n).split('.');
      const hit = patterns.flatMap((pattern, i) => (matches(pattern, words) ? [i] : []));
      expect(hit).toEqual([n]);
    }
  });

  it('rotates over distinct keys of one length that reach all queues alike', () => {
    const keys = routingKeys(TOPIC, 0);
    expect(new Set(keys).size).toBe(100);
    expect(new Set(keys.map((key) => key.length)).size).toBe(1);
    const perQueue = new Array<number>(10).fill(0);
    for (const key of keys) {
      const binding = Number(/unit(\d+)/.exec(key)?.[1]);
      const queue = Math.floor(binding / 100);
      perQueue[queue] = (perQueue[queue] ?? 0) + 1;
    }
    expect(perQueue).toEqual(new Array(10).fill(10));
  });

  it('gives each publisher of the default exchange a queue in turn', () => {
    const plan = { ...PLAIN_LOAD, queues: 2, publishers: 3 };
    expect([0, 1, 2].map((id) => routingKeys(plan, id))).toEqual([
      [queueName(0)],
      [queueName(1)],
      [queueName(0)],
    ]);
  });

  it('lets a publisher rotate over all queues that fall to it', () => {
    const plan = { ...PLAIN_LOAD, queues: 5, publishers: 2 };
    expect(routingKeys(plan, 0)).toEqual([0, 2, 4].map(queueName));
    expect(routingKeys(plan, 1)).toEqual([1, 3].map(queueName));
  });

  it('shares every queue out, however many workers there are', () => {
    for (const [workers, queues] of [
      [1, 1],
      [3, 7],
      [7, 3],
      [10, 10],
    ] as const) {
      const shares = Array.from({ length: workers }, (_, id) => queuesOf(id, workers, queues));
      expect(new Set(shares.flat())).toEqual(new Set(Array(queues).keys()));
      expect(shares.every((share) => share.length > 0)).toBe(true);
    }
  });

  it('counts a fanout once for each queue', () => {
    expect(deliveriesPerMessage({ ...PLAIN_LOAD, exchange: 'fanout', queues: 10 })).toBe(10);
    expect(deliveriesPerMessage(TOPIC)).toBe(1);
  });

  it('never asks for a larger batch of acknowledgements than the prefetch allows', () => {
    for (const scenario of [...scenarioNames(), ...longScenarioNames()].flatMap(scenariosOf)) {
      if (!('plan' in scenario.work)) continue;
      const { ackEvery, prefetch, latency, size } = scenario.work.plan;
      if (ackEvery > 1 && prefetch > 0) expect(ackEvery).toBeLessThanOrEqual(prefetch);
      if (latency) expect(size).toBeGreaterThanOrEqual(8);
    }
  });
});

describe('the template of acknowledgements', () => {
  it('is whole basic.ack frames one behind the other', () => {
    const template = ackTemplate(3, true);
    expect(template).toHaveLength(3 * ACK_BYTES);
    const ack = '01' + '0001' + '0000000d' + '003c0050' + '0000000000000000' + '01' + 'ce';
    expect(template.toString('hex')).toBe(ack.repeat(3));
  });
});
