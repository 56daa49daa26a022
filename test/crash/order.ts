import type { Handed, QueueRules, Sending } from './rules.ts';

interface Lane {
  /** The number of the last message that came for the first time, and of the last one at all. */
  fresh: number;
  any: number;
}

/** Whether what comes by one channel from one queue comes in the order of publishing. */
export class Order {
  readonly #lanes = new Map<string, Lane>();
  // Queues that something was put back into since the epoch began.
  readonly #stirred = new Set<string>();
  #allStirred = false;

  startEpoch(): void {
    this.#lanes.clear();
    this.#stirred.clear();
    this.#allStirred = false;
  }

  /** Something was put back: from now on only what comes for the first time is in order. */
  stir(queue: string): void {
    this.#stirred.add(queue);
  }

  stirAll(): void {
    this.#allStirred = true;
  }

  /** @returns what is wrong, if anything is */
  take(rules: QueueRules, sending: Sending, handed: Handed): string | undefined {
    if (rules.inOrder === 'none') return undefined;
    const { publisher, priority, seq } = sending;
    const key = `${handed.session} ${rules.name} ${publisher} ${priority}`;
    const lane = this.#lanes.get(key) ?? { fresh: -1, any: -1 };
    this.#lanes.set(key, lane);
    const { fresh, any } = lane;
    lane.any = seq;
    if (!handed.redelivered) lane.fresh = seq;
    if (!handed.redelivered && seq < fresh) return `came after ${publisher}.${fresh}`;
    const stirred = this.#allStirred || this.#stirred.has(rules.name);
    if (rules.inOrder === 'all' && !stirred && seq < any) {
      return `came after ${publisher}.${any} although nothing had been put back`;
    }
    return undefined;
  }
}
