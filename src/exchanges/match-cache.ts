import { LRUCache } from 'lru-cache';
import type { Destination, QueueDestination } from './exchange.ts';

/** At most this many results are kept for an exchange. */
export const matchCacheEntriesMax = 4096;

/** At most this many destinations are kept in all results of an exchange, each result one more. */
export const matchCacheWeightMax = 65_536;

/**
 * What one exchange's bindings matched lately, by whatever decides it. Nothing is allocated before
 * the first result; any change of the bindings clears it.
 */
export class MatchCache<Q extends QueueDestination> {
  #results: LRUCache<string, readonly Destination<Q>[]> | undefined;

  get(key: string): readonly Destination<Q>[] | undefined {
    return this.#results?.get(key);
  }

  set(key: string, destinations: readonly Destination<Q>[]): void {
    this.#results ??= new LRUCache({
      max: matchCacheEntriesMax,
      maxSize: matchCacheWeightMax,
      sizeCalculation: (kept) => kept.length + 1,
    });
    this.#results.set(key, destinations);
  }

  clear(): void {
    this.#results?.clear();
  }
}
