import type { Fact } from './append-log.ts';

/** What a log has found on disk. */
export interface Recovered {
  /** The definitions, in the order in which they were made. */
  readonly facts: readonly Fact[];
  /** What waits, lane by lane; all of it can be read back. */
  readonly lanes: readonly RecoveredLane[];
  /** The log was not closed in good order. */
  readonly afterCrash: boolean;
}

export interface RecoveredLane {
  readonly queue: number;
  readonly priority: number;
  /** The number that the next message takes at least. */
  readonly next: number;
  /** Messages that wait, and the sum of their bodies in bytes. */
  readonly count: number;
  readonly bytes: number;
  /** Some of them expire. */
  readonly expires: boolean;
}
