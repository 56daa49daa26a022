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
  /** What the operations returned so far: someone looks at it, so they have to be done. */
  readonly checksum: number;
}

const ROUND_NS_MIN = 5e6;
const ROUNDS = 21;
const WARM_UP_COUNT = 1000;
/** Long enough for the optimizing compiler to have settled. */
const WARM_UP_NS = 2e8;

let checksum = 0;

export function time({ name, prepare }: Case): Timing {
  const repeat = prepare();
  for (let spent = 0; spent < WARM_UP_NS; ) spent += roundNs(repeat, WARM_UP_COUNT);
  let count = WARM_UP_COUNT;
  while (roundNs(repeat, count) < ROUND_NS_MIN) count *= 2;
  const rounds = Array.from({ length: ROUNDS }, () => roundNs(repeat, count) / count);
  return { name, bestNs: Math.min(...rounds), medianNs: median(rounds), checksum };
}

function roundNs(repeat: Repeat, count: number): number {
  const start = process.hrtime.bigint();
  checksum += repeat(count);
  return Number(process.hrtime.bigint() - start);
}
