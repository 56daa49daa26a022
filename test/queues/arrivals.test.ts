import { describe, expect, it } from 'vitest';
import { Arrivals } from '../../src/queues/arrivals.ts';

/** Messages come one a second, or as told; the first that waits is `first`. */
function come(
  arrivals: Arrivals,
  from: number,
  to: number,
  first: number,
  secondsOf = (n: number) => n,
) {
  for (let seq = from; seq < to; seq++) {
    const now = secondsOf(seq);
    if (now >= arrivals.nextAt) arrivals.note(seq, now, first);
  }
}

describe('arrivals', () => {
  it('tell when a message came', () => {
    const arrivals = new Arrivals();
    come(arrivals, 0, 10, 0);
    expect([0, 5, 9].map((seq) => arrivals.momentOf(seq))).toEqual([0, 5, 9]);
  });

  it('do not know of messages that were there before', () => {
    const arrivals = new Arrivals();
    come(arrivals, 100, 110, 0);
    expect(arrivals.momentOf(99)).toBeUndefined();
    expect(arrivals.momentOf(100)).toBe(100);
  });

  it('tell it to the second however many come in one', () => {
    const arrivals = new Arrivals();
    come(arrivals, 0, 10_000, 0, (seq) => Math.floor(seq / 1000));
    for (const seq of [0, 999, 1000, 5500, 9999]) {
      expect(arrivals.momentOf(seq)).toBe(Math.floor(seq / 1000));
    }
  });

  it('tell it less precisely the longer messages wait, and never too late', () => {
    const arrivals = new Arrivals();
    come(arrivals, 0, 100_000, 0);
    for (const seq of [0, 1, 777, 50_000, 99_999]) {
      const moment = arrivals.momentOf(seq) ?? Number.NaN;
      expect(moment).toBeLessThanOrEqual(seq);
      expect(seq - moment).toBeLessThan(100_000 / 8);
    }
  });

  it('are precise again when the old messages have gone', () => {
    const arrivals = new Arrivals();
    come(arrivals, 0, 10_000, 0);
    come(arrivals, 10_000, 30_000, 10_000);
    come(arrivals, 30_000, 40_000, 39_000);
    expect(arrivals.momentOf(39_500)).toBeGreaterThan(39_000);
  });
});
