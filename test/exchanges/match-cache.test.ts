import { describe, expect, it } from 'vitest';
import {
  MatchCache,
  matchCacheEntriesMax,
  matchCacheWeightMax,
} from '../../src/exchanges/match-cache.ts';
import { type Queue, queue } from '../contracts/exchange-type.ts';

describe('kept match results', () => {
  it('are found by their key until cleared', () => {
    const cache = new MatchCache<Queue>();
    const [q] = [queue('q')];
    expect(cache.get('k')).toBeUndefined();
    cache.set('k', [q]);
    cache.set('none', []);
    expect([cache.get('k'), cache.get('none')]).toEqual([[q], []]);
    cache.clear();
    expect(cache.get('k')).toBeUndefined();
  });

  it('are no more than the limit, the least used going first', () => {
    const cache = new MatchCache<Queue>();
    for (let i = 0; i < matchCacheEntriesMax; i++) cache.set(`${i}`, []);
    cache.get('0');
    cache.set('one more', []);
    expect([cache.get('0'), cache.get('1')]).toEqual([[], undefined]);
  });

  it('hold no more destinations than the limit', () => {
    const cache = new MatchCache<Queue>();
    const half = Array.from({ length: matchCacheWeightMax / 2 - 1 }, (_, i) => queue(`${i}`));
    cache.set('a', half);
    cache.set('b', half);
    expect(cache.get('a')).toBe(half);
    cache.set('c', []);
    expect([cache.get('b'), cache.get('c')]).toEqual([undefined, []]);
  });
});
