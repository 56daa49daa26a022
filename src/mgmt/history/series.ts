import type { ByteBudget } from './byte-budget.ts';
import { type Retention, SAMPLE_SECONDS } from './retention.ts';
import { Ring } from './ring.ts';

// About what the objects around the cells take.
const OVERHEAD_BYTES = 400;

/** The samples of one subject's figures of one kind, at each of the intervals that are kept. */
export class Series {
  readonly #policy: readonly Retention[];
  readonly #rings: readonly Ring[];
  readonly #budget: ByteBudget;
  /** The latest pass that has seen the subject. */
  pass = 0;

  constructor(figures: number, policy: readonly Retention[], budget: ByteBudget) {
    this.#policy = policy;
    this.#budget = budget;
    // One more than there are intervals: the interval that is under way begins with a sample.
    this.#rings = policy.map(({ age, incr }) => new Ring(figures, age / incr + 1, budget));
    budget.force(OVERHEAD_BYTES);
  }

  /** What was before the first samples is not known: it is taken for the same as the first one. */
  beginWith(tick: number, figures: Float64Array): void {
    this.#rings.forEach((ring, i) => {
      ring.clipped = true;
      ring.note(floor(tick, this.#ticksOf(i)), figures);
    });
  }

  /** @param before the tick of the sample before this one */
  note(before: number, tick: number, figures: Float64Array): void {
    this.#rings.forEach((ring, i) => {
      const step = this.#ticksOf(i);
      const start = floor(tick, step);
      if (before < start) ring.note(start, figures);
    });
  }

  /** A figure as it was at a tick, from the finest samples that reach back for `age` seconds. */
  at(age: number, tick: number, figure: number): number {
    const fit = this.#policy.findIndex((kept) => kept.age >= age);
    const ring = this.#rings.at(fit);
    return ring === undefined ? 0 : ring.at(tick, figure);
  }

  /** What a figure changed by between two ticks, the later one among the latest. */
  change(from: number, to: number, figure: number): number {
    const ring = this.#rings[0];
    return ring === undefined ? 0 : ring.at(to, figure) - ring.at(from, figure);
  }

  /** The tick of the latest change. */
  get changedAt(): number {
    return this.#rings[0]?.changedAt ?? -Infinity;
  }

  get spareBytes(): number {
    return this.#rings.reduce((sum, ring) => sum + ring.spareBytes, 0);
  }

  shrink(): void {
    for (const ring of this.#rings) ring.shrink();
  }

  drop(): void {
    for (const ring of this.#rings) ring.drop();
    this.#budget.give(OVERHEAD_BYTES);
  }

  #ticksOf(ring: number): number {
    return (this.#policy[ring]?.incr ?? SAMPLE_SECONDS) / SAMPLE_SECONDS;
  }
}

function floor(tick: number, step: number): number {
  return tick - (tick % step);
}
