import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';

const broker = await target();

async function topic() {
  const ch = await broker.channel();
  const exchange = broker.name('x');
  await ch.call('exchange.declare', { exchange, type: 'topic' });
  const queue = await ch.queue(broker.name('q'));
  return { ch, exchange, queue };
}

const keys = [
  '',
  'a',
  'b',
  'a.b',
  'a.c',
  'a.b.c',
  'a.b.b.c',
  'b.a',
  'a.',
  '.a',
  '.',
  'a..c',
  'A',
  '*',
  '#',
  'a.*',
  'a.#',
];

describe('a topic exchange', () => {
  it.each([
    ['a', ['a']],
    ['', ['']],
    ['*', ['a', 'b', 'A', '*', '#']],
    ['#', keys],
    ['a.*', ['a.b', 'a.c', 'a.', 'a.*', 'a.#']],
    ['*.a', ['b.a', '.a']],
    ['*.*', ['a.b', 'a.c', 'b.a', 'a.', '.a', '.', 'a.*', 'a.#']],
    ['a.#', ['a', 'a.b', 'a.c', 'a.b.c', 'a.b.b.c', 'a.', 'a..c', 'a.*', 'a.#']],
    ['#.c', ['a.c', 'a.b.c', 'a.b.b.c', 'a..c']],
    ['a.#.c', ['a.c', 'a.b.c', 'a.b.b.c', 'a..c']],
    ['a.*.c', ['a.b.c', 'a..c']],
    ['a.*.#', ['a.b', 'a.c', 'a.b.c', 'a.b.b.c', 'a.', 'a..c', 'a.*', 'a.#']],
    ['#.b.#', ['b', 'a.b', 'a.b.c', 'a.b.b.c', 'b.a']],
    ['#.#', keys],
    ['a.', ['a.']],
    ['.', ['.']],
    ['a..c', ['a..c']],
    ['a.b*', []],
    ['a.b#', []],
    ['*a', []],
  ])('takes pattern %o for the right keys', async (pattern, expected) => {
    const { ch, exchange, queue } = await topic();
    await ch.call('queue.bind', { queue, exchange, routingKey: pattern });
    for (const routingKey of keys) ch.publish({ exchange, routingKey }, routingKey);
    expect(await ch.drain(queue)).toEqual(expected);
  });

  it('delivers once to a queue with several patterns that match', async () => {
    const { ch, exchange, queue } = await topic();
    for (const routingKey of ['a.b', 'a.*', '*.b', '#', '#.#', 'a.#']) {
      await ch.call('queue.bind', { queue, exchange, routingKey });
    }
    ch.publish({ exchange, routingKey: 'a.b' }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('forgets a pattern that is unbound, and keeps the ones that share words with it', async () => {
    const { ch, exchange, queue } = await topic();
    for (const routingKey of ['a.b.c', 'a.b', 'a.#']) {
      await ch.call('queue.bind', { queue, exchange, routingKey });
    }
    await ch.call('queue.unbind', { queue, exchange, routingKey: 'a.#' });
    await ch.call('queue.unbind', { queue, exchange, routingKey: 'a.b' });
    for (const routingKey of ['a', 'a.b', 'a.b.c']) {
      ch.publish({ exchange, routingKey }, routingKey);
    }
    expect(await ch.drain(queue)).toEqual(['a.b.c']);
  });

  it('gives each of many queues what it asked for', async () => {
    const { ch, exchange } = await topic();
    const wanted: [string, string[]][] = [];
    for (const [pattern, expected] of [
      ['stock.*.nyse', ['stock.ibm.nyse']],
      ['stock.#', ['stock.ibm.nyse', 'stock.sap.xetra', 'stock']],
      ['#.xetra', ['stock.sap.xetra']],
    ] as const) {
      const queue = await ch.queue(broker.name('q'));
      await ch.call('queue.bind', { queue, exchange, routingKey: pattern });
      wanted.push([queue, [...expected]]);
    }
    for (const routingKey of ['stock.ibm.nyse', 'stock.sap.xetra', 'stock', 'bond.x']) {
      ch.publish({ exchange, routingKey }, routingKey);
    }
    for (const [queue, expected] of wanted) expect(await ch.drain(queue)).toEqual(expected);
  });

  it('holds with 200 patterns of random words what a simple matcher says', async () => {
    const { ch, exchange, queue } = await topic();
    const words = ['a', 'b', 'c', '*', '#'];
    let seed = 12345;
    const next = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const sentence = (from: number) =>
      Array.from({ length: 1 + next(4) }, () => words[next(from)]).join('.');
    const patterns = Array.from({ length: 200 }, () => sentence(5));
    const published = Array.from({ length: 100 }, () => sentence(3));
    const used = patterns.filter((_, at) => at % 7 === 0);
    for (const routingKey of used) {
      ch.send('queue.bind', { queue, exchange, routingKey, noWait: true });
    }
    for (const routingKey of published) ch.publish({ exchange, routingKey }, routingKey);
    const expected = published.filter((key) =>
      used.some((pattern) => matches(pattern.split('.'), key.split('.'))),
    );
    expect(await ch.drain(queue)).toEqual(expected);
  });
});

function matches(pattern: readonly string[], key: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return key.length === 0;
  if (head === '#') {
    return matches(rest, key) || (key.length > 0 && matches(pattern, key.slice(1)));
  }
  return key.length > 0 && (head === '*' || head === key[0]) && matches(rest, key.slice(1));
}
