// Whether Leveret does what RabbitMQ does, test by test.

import type { Score } from './suite.ts';

/** Why tests that pass on RabbitMQ may fail on Leveret, by their names. */
export type Known = Readonly<Record<string, string>>;

export interface Verdict {
  /** All that either broker was tested with. */
  readonly tests: number;
  /** How many passed on RabbitMQ. */
  readonly recorded: number;
  /** How many passed on Leveret. */
  readonly passed: number;
  /** Passed on RabbitMQ and not on Leveret. */
  readonly missed: readonly string[];
  /** The same, for a reason that is known. */
  readonly excused: readonly string[];
  /** Passed although there is said to be a reason why they should not. */
  readonly needless: readonly string[];
  /** Said to be known, and not among the tests. */
  readonly unheardOf: readonly string[];
}

/** Names of the tests that passed. */
export function passedIn(score: Score): readonly string[] {
  return [...score].flatMap(([name, outcome]) => (outcome === 'passed' ? [name] : []));
}

/** What a suite was meant to be on Leveret when every test that was not skipped is to pass. */
export function allPassing(score: Score): Score {
  return new Map(
    [...score].filter(([, outcome]) => outcome !== 'skipped').map(([name]) => [name, 'passed']),
  );
}

/**
 * Compares Leveret's score with RabbitMQ's. What did not pass on RabbitMQ says nothing about Leveret;
 * what passed there and is skipped or missing here counts as what failed.
 */
export function compare(score: Score, recorded: Score, known: Known): Verdict {
  const below = passedIn(recorded).filter((name) => score.get(name) !== 'passed');
  const names = new Set([...recorded.keys(), ...score.keys()]);
  return {
    tests: names.size,
    recorded: passedIn(recorded).length,
    passed: passedIn(score).length,
    missed: below.filter((name) => !Object.hasOwn(known, name)),
    excused: below.filter((name) => Object.hasOwn(known, name)),
    needless: Object.keys(known).filter((name) => score.get(name) === 'passed'),
    unheardOf: Object.keys(known).filter((name) => !names.has(name)),
  };
}
