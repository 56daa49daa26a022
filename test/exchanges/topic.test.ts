import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyTable, table } from '../../src/codec/table.ts';
import { BindingTable } from '../../src/exchanges/bindings.ts';
import { topic } from '../../src/exchanges/topic.ts';
import {
  exchange,
  exchangeTypeContract,
  matched,
  type Queue,
  queue,
} from '../contracts/exchange-type.ts';

exchangeTypeContract(topic, {
  bindings: [
    { routingKey: 'a.*', arguments: emptyTable },
    { routingKey: '#', arguments: emptyTable },
  ],
  message: { routingKey: 'a.b', headers: undefined },
});

function build() {
  const source = exchange('x', topic);
  const bindings = new BindingTable<Queue>();
  const spec = (pattern: string) => ({
    source,
    destination: queue(pattern),
    routingKey: pattern,
    arguments: emptyTable,
  });
  return {
    source,
    bind: (pattern: string) => bindings.add(spec(pattern)),
    unbind: (pattern: string) => bindings.remove(spec(pattern)),
    matches: (routingKey: string) => matched(source, { routingKey, headers: undefined }),
  };
}

/** Pattern words against key words, as 0-9-1 says it, without any structure. */
function naiveMatch(pattern: readonly string[], key: readonly string[]): boolean {
  const [word, ...rest] = pattern;
  if (word === undefined) return key.length === 0;
  if (word === '#')
    return key.some((_, i) => naiveMatch(rest, key.slice(i))) || naiveMatch(rest, []);
  const [first, ...others] = key;
  return first !== undefined && (word === '*' || word === first) && naiveMatch(rest, others);
}

const words = (text: string) => (text === '' ? [] : text.split('.'));

describe('topic patterns', () => {
  const keys = [
    '',
    'a',
    'a.',
    '.a',
    'a..b',
    'a.b',
    '.',
    '..',
    'a.x.b',
    'b',
    'a.x.y.b',
    'a.b.',
    '#',
    '*',
  ];

  // What RabbitMQ 3.10.8 delivered of these keys.
  it.each<[string, string[]]>([
    ['', ['']],
    ['#', keys],
    ['*', ['a', 'b', '#', '*']],
    ['a', ['a']],
    ['a.', ['a.']],
    ['.a', ['.a']],
    ['a..b', ['a..b']],
    ['a.#', ['a', 'a.', 'a..b', 'a.b', 'a.x.b', 'a.x.y.b', 'a.b.']],
    ['#.a', ['a', '.a']],
    ['*.', ['a.', '.']],
    ['.*', ['.a', '.']],
    ['#.#', keys],
    ['*.#', keys.filter((key) => key !== '')],
    ['#.*', keys.filter((key) => key !== '')],
    ['a.*', ['a.', 'a.b']],
    ['a.*.b', ['a..b', 'a.x.b']],
    ['a.#.b', ['a..b', 'a.b', 'a.x.b', 'a.x.y.b']],
    ['a..#', ['a.', 'a..b']],
    ['.', ['.']],
    ['..', ['..']],
    ['#.', ['a.', '.', '..', 'a.b.']],
    ['.#', ['.a', '.', '..']],
    ['a.#.#.b', ['a..b', 'a.b', 'a.x.b', 'a.x.y.b']],
    ['**', []],
    ['#a', []],
    ['a.#.*', ['a.', 'a..b', 'a.b', 'a.x.b', 'a.x.y.b', 'a.b.']],
  ])('%j matches what it matches in RabbitMQ', (pattern, expected) => {
    const { bind, matches } = build();
    bind(pattern);
    expect(keys.filter((key) => matches(key).length > 0)).toEqual(expected);
  });

  const text = fc
    .array(fc.constantFrom('a', 'b', '*', '#', ''), { maxLength: 6 })
    .map((parts) => parts.join('.'));

  it('match together as each alone by the definition', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 12 }), fc.array(text), (patterns, some) => {
        const { bind, matches } = build();
        for (const pattern of patterns) bind(pattern);
        for (const key of some) {
          const expected = patterns.filter((pattern) => naiveMatch(words(pattern), words(key)));
          expect(matches(key).sort()).toEqual(expected.sort());
        }
      }),
      { numRuns: 300 },
    );
  });

  it('match the same after others came and went', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(text, { maxLength: 8 }),
        fc.uniqueArray(text, { maxLength: 8 }),
        fc.array(text, { maxLength: 8 }),
        (staying, passing, some) => {
          const { source, bind, unbind, matches } = build();
          const left = staying.filter((pattern) => !passing.includes(pattern));
          for (const pattern of [...left, ...passing]) bind(pattern);
          some.map(matches);
          for (const pattern of passing) unbind(pattern);
          expect(source.bindings.size).toBe(left.length);
          for (const key of some) {
            const expected = left.filter((pattern) => naiveMatch(words(pattern), words(key)));
            expect(matches(key).sort()).toEqual(expected.sort());
          }
        },
      ),
    );
  });

  it('with many # cannot make a match slow', () => {
    const { bind, matches } = build();
    for (let i = 1; i < 60; i++) bind(Array.from({ length: i }, () => '#.a').join('.'));
    bind(`${'#.a.'.repeat(60)}b`);
    // Walked by backtracking, this would not end before the test's time is out.
    expect(matches(Array.from({ length: 120 }, () => 'a').join('.'))).toHaveLength(59);
  });
});

it('takes any binding arguments', () => {
  expect(() => topic.checkBinding(table({ 'x-match': 'bogus' }))).not.toThrow();
});
