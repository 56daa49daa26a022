/** Times small pieces of code: nanoseconds of one operation, from rounds long enough for the clock. */
import { median } from './statistics.ts';

/**
 * Does an operation `count` times and returns something that depends on all of them, so that the compiler cannot
 * leave them out.
 */
export type Repeat = (count: number) => number;

export interface Case {
  readonly name: string;
  /** Sets up what the operation needs; not timed. */
  readonly prepare: () => Repeat;
}

export interface Suite {
  /** The HOT files that its cases measure, from the project's root. */
  readonly hotFiles: readonly string[];
  readonly cases: readonly Case[];
}

export interface Timing {
  readonly name: string;
  /** Nanoseconds an operation: the quickest round, which other work on the machine disturbed least. */
  readonly bestNs: number;
  readonly medianNs: number;
}

const ROUND_NS_MIN = 5e6;
const ROUNDS = 21;
const WARM_UP_ROUNDS = 3;

/** What the cases returned; exported so that it counts as used. */
export let sink = 0;

export function time({ name, prepare }: Case): Timing {
  const repeat = prepare();
  let count = 64;
  while (roundNs(repeat, count) < ROUND_NS_MIN) count *= 2;
  for (let i = 0; i < WARM_UP_ROUNDS; i++) roundNs(repeat, count);
  const rounds = Array.from({ length: ROUNDS }, () => roundNs(repeat, count) / count);
  return { name, bestNs: Math.min(...rounds), medianNs: median(rounds) };
}

function roundNs(repeat: Repeat, count: number): number {
  const start = process.hrtime.bigint();
  sink += repeat(count);
  return Number(process.hrtime.bigint() - start);
}
