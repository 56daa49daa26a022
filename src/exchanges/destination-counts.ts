import type { Destination, QueueDestination } from './exchange.ts';

/**
 * Destinations in the order of their first binding, each with the number of its bindings: two that
 * differ in their arguments only lead to the same place.
 */
export class DestinationCounts<Q extends QueueDestination> {
  readonly #counts = new Map<Destination<Q>, number>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add(destination: Destination<Q>): void {
    this.#counts.set(destination, (this.#counts.get(destination) ?? 0) + 1);
  }

  /** Whether there was such a destination. */
  remove(destination: Destination<Q>): boolean {
    const count = this.#counts.get(destination);
    if (count === undefined) return false;
    if (count > 1) this.#counts.set(destination, count - 1);
    else this.#counts.delete(destination);
    return true;
  }

  visit(visit: (destination: Destination<Q>) => void): void {
    for (const destination of this.#counts.keys()) visit(destination);
  }
}
