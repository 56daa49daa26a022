import type { Position } from './append-log.ts';

/** Who waits for the positions of one batch. */
interface Bucket {
  upTo: Position;
  runs: (() => void)[];
}

/**
 * Who waits for which position, batch by batch: nobody can be called before the whole batch of their
 * position is durable. Within a batch they are called in the order of asking.
 */
export class DurableWaits {
  // The last one is of the batch that is being filled.
  readonly #buckets: Bucket[] = [{ upTo: Infinity, runs: [] }];

  add(position: Position, run: () => void): void {
    this.#buckets.find(({ upTo }) => position <= upTo)?.runs.push(run);
  }

  /** The batch that ends with this position is full. */
  sealed(position: Position): void {
    const filling = this.#buckets.at(-1);
    if (filling !== undefined) filling.upTo = position;
    this.#buckets.push({ upTo: Infinity, runs: [] });
  }

  /** Calls whoever waits for this position or one before it; they may ask again. */
  reached(position: Position): void {
    for (let bucket = this.#buckets[0]; bucket !== undefined; bucket = this.#buckets[0]) {
      if (bucket.upTo > position) return;
      this.#buckets.shift();
      for (const run of bucket.runs) run();
    }
  }
}
