import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/kit/random.ts';
import {
  anyChange,
  type Binding,
  type Change,
  changed,
  counted,
  type Definitions,
  differences,
  type ExchangeShape,
  type Findings,
  keys,
  miscounts,
  noDefinitions,
  outlived,
  type QueueShape,
  routed,
  routeText,
} from './definitions.ts';

const durable: QueueShape = { durable: true, exclusive: false, arguments: {} };
const direct: ExchangeShape = { type: 'direct', durable: true, autoDelete: false };

const queue = (name: string, so: Partial<QueueShape> = {}): Change => {
  return { do: 'declare queue', name, so: { ...durable, ...so } };
};

const exchange = (name: string, so: Partial<ExchangeShape> = {}): Change => {
  return { do: 'declare exchange', name, so: { ...direct, ...so } };
};

const binding = (source: string, name: string, key = 'key.1'): Binding => {
  return { source, to: name.startsWith('x') ? 'exchange' : 'queue', name, key };
};

const bind = (...of: Parameters<typeof binding>): Change => {
  return { do: 'bind', binding: binding(...of) };
};

const having = (...changes: readonly Change[]): Definitions =>
  changes.reduce(changed, noDefinitions);

/** What a client finds when all is as expected. */
function faithful(so: Definitions): Findings {
  const queues = [...so.queues].map(([name, { kept, loose }]) => [name, kept + loose] as const);
  const routes = [...so.exchanges.keys()].flatMap((name) => {
    return keys.map((key) => [routeText(name, key), routed(so, name, key)] as const);
  });
  return {
    queues: new Map(queues),
    exchanges: new Set(so.exchanges.keys()),
    differing: [],
    routes: new Map(routes),
  };
}

describe('definitions', () => {
  it('route through exchanges by key, and by all keys through a fanout', () => {
    const so = having(
      exchange('x1'),
      exchange('x2', { type: 'fanout' }),
      queue('q1'),
      queue('q2'),
      bind('x1', 'q1'),
      bind('x1', 'x2', 'key.2'),
      bind('x2', 'q2', 'key.3'),
      bind('x2', 'x1', 'key.4'),
    );
    expect([...routed(so, 'x1', 'key.1')]).toEqual(['q1']);
    expect([...routed(so, 'x1', 'key.2')]).toEqual(['q2']);
    expect([...routed(so, 'x2', 'key.1')]).toEqual(['q2', 'q1']);
    expect([...routed(so, 'x1', 'key.3')]).toEqual([]);
  });

  it('lose bindings with either end', () => {
    const before = [
      exchange('x1'),
      exchange('x2'),
      queue('q1'),
      bind('x1', 'q1'),
      bind('x2', 'x1'),
    ];
    expect(having(...before).bindings).toHaveLength(2);
    expect(having(...before, { do: 'delete queue', name: 'q1' }).bindings).toHaveLength(1);
    expect(having(...before, { do: 'delete exchange', name: 'x1' }).bindings).toHaveLength(0);
  });

  it('lose an auto-delete exchange with its last binding', () => {
    const before = [exchange('x1', { autoDelete: true }), queue('q1'), bind('x1', 'q1')];
    expect(having(...before).exchanges.size).toBe(1);
    const unbind: Change = { do: 'unbind', binding: binding('x1', 'q1') };
    expect(having(...before, unbind).exchanges.size).toBe(0);
    expect(having(...before, { do: 'delete queue', name: 'q1' }).exchanges.size).toBe(0);
  });

  it('outlive a restart if they are durable, with the messages that are', () => {
    const so = having(
      exchange('x1'),
      exchange('x2', { durable: false }),
      queue('q1'),
      queue('q2', { durable: false }),
      queue('q3', { durable: false, exclusive: true }),
      ...['q1', 'q2', 'q3'].map((name) => bind('x1', name)),
      bind('x2', 'q1'),
      { do: 'fill', name: 'q1', count: 3, kept: true },
      { do: 'fill', name: 'q1', count: 2, kept: false },
    );
    const restarted = outlived(so, true);
    expect([...restarted.queues.keys()]).toEqual(['q1']);
    expect([...restarted.exchanges.keys()]).toEqual(['x1']);
    expect(restarted.bindings).toEqual([binding('x1', 'q1')]);
    expect(restarted.queues.get('q1')).toMatchObject({ kept: 3, loose: 0 });
    expect([...outlived(so, false).queues.keys()]).toEqual(['q1', 'q2']);
  });

  it('change in ways that can be replayed and come to something', () => {
    const grown = (seed: number): Definitions => {
      const random = new SeededRandom(seed);
      let so = noDefinitions;
      for (let i = 0; i < 300; i++) so = changed(so, anyChange(random, so));
      return so;
    };
    expect(grown(7)).toEqual(grown(7));
    expect(grown(7).bindings.length).toBeGreaterThan(3);
  });
});

describe('the comparison of definitions with what was found', () => {
  const so = having(
    exchange('churn.exchange.1'),
    queue('churn.bound.1'),
    queue('churn.filled.1'),
    bind('churn.exchange.1', 'churn.bound.1'),
    { do: 'fill', name: 'churn.filled.1', count: 5, kept: true },
  );
  const found = faithful(so);

  it('is content when all is there', () => {
    expect(differences(so, found)).toEqual([]);
    expect(miscounts(so, so, found)).toEqual([]);
  });

  it('sees what is gone, what is there again, and what is not what it was', () => {
    const nothing = { ...found, queues: new Map(), exchanges: new Set<string>() };
    expect(differences(so, nothing)).toEqual([
      'queue churn.bound.1 is gone',
      'queue churn.filled.1 is gone',
      'exchange churn.exchange.1 is gone',
    ]);
    const routes = new Map();
    expect(differences(noDefinitions, { ...found, routes, differing: ['odd'] })).toEqual([
      'queue churn.bound.1 is there',
      'queue churn.filled.1 is there',
      'exchange churn.exchange.1 is there',
      'odd',
    ]);
  });

  it('sees a binding that is gone or there again', () => {
    const unbound = changed(so, {
      do: 'unbind',
      binding: binding('churn.exchange.1', 'churn.bound.1'),
    });
    const route = routeText('churn.exchange.1', 'key.1');
    expect(differences(so, faithful(unbound))).toEqual([
      `${route} leads to [], not [churn.bound.1]`,
    ]);
    expect(differences(unbound, found)).toEqual([`${route} leads to [churn.bound.1], not []`]);
  });

  it('sees too few and too many messages, and leaves room for what was under way', () => {
    const more = changed(so, { do: 'fill', name: 'churn.filled.1', count: 5, kept: true });
    const holding = (count: number): Findings => {
      return { ...found, queues: new Map([...found.queues, ['churn.filled.1', count]]) };
    };
    expect(miscounts(so, so, holding(4))).toHaveLength(1);
    expect(miscounts(so, so, holding(6))).toHaveLength(1);
    expect(miscounts(so, more, holding(4))).toHaveLength(1);
    expect(miscounts(so, more, holding(7))).toEqual([]);
    expect(miscounts(so, more, holding(11))).toHaveLength(1);
  });

  it('learns from the counts how far it was with what was under way', () => {
    const name = 'churn.filled.1';
    const from = changed(so, { do: 'fill', name, count: 2, kept: false });
    const learnt = (change: Change, count: number): unknown => {
      const to = changed(from, change);
      return counted(from, from, to, { ...found, queues: new Map([[name, count]]) }).queues.get(
        name,
      );
    };
    expect(learnt({ do: 'fill', name, count: 9, kept: true }, 10)).toMatchObject({
      kept: 8,
      loose: 2,
    });
    expect(learnt({ do: 'fill', name, count: 9, kept: false }, 10)).toMatchObject({
      kept: 5,
      loose: 5,
    });
    expect(learnt({ do: 'purge', name }, 0)).toMatchObject({ kept: 0, loose: 0 });
    expect(learnt({ do: 'purge', name }, 7)).toMatchObject({ kept: 5, loose: 2 });
  });
});
