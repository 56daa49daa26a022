import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../src/mgmt/history/byte-budget.ts';
import { Ring } from '../../../src/mgmt/history/ring.ts';

const plenty = (): ByteBudget => new ByteBudget(1_000_000);
const figures = (...values: number[]): Float64Array => Float64Array.from(values);

describe('a ring of samples', () => {
  it('tells a figure as it was at a tick, and 0 before there was any', () => {
    const ring = new Ring(2, 10, plenty());
    ring.note(5, figures(1, 10));
    ring.note(6, figures(2, 20));
    expect([4, 5, 6, 7].map((tick) => ring.at(tick, 0))).toEqual([0, 1, 2, 2]);
    expect([4, 5, 6, 7].map((tick) => ring.at(tick, 1))).toEqual([0, 10, 20, 20]);
  });

  it('takes no row for what has not changed', () => {
    const ring = new Ring(1, 3, plenty());
    ring.note(1, figures(7));
    for (let tick = 2; tick < 1000; tick++) expect(ring.note(tick, figures(7))).toBe(false);
    ring.note(1000, figures(8));
    expect([0, 1, 500, 999, 1000].map((tick) => ring.at(tick, 0))).toEqual([0, 7, 7, 7, 8]);
    expect(ring.changedAt).toBe(1000);
  });

  it('takes no row for zeros before anything has happened', () => {
    const ring = new Ring(1, 3, plenty());
    expect(ring.note(1, figures(0))).toBe(false);
    expect(ring.changedAt).toBe(Number.NEGATIVE_INFINITY);
  });

  it('drops the oldest row when it is full', () => {
    const ring = new Ring(1, 4, plenty());
    for (let tick = 1; tick <= 9; tick++) ring.note(tick, figures(tick * 10));
    expect([6, 7, 8, 9, 10].map((tick) => ring.at(tick, 0))).toEqual([60, 70, 80, 90, 90]);
    // What was before is not known any more; the oldest is the best guess.
    expect(ring.at(1, 0)).toBe(60);
  });

  it('keeps the order of its rows when it grows after it has turned over', () => {
    const budget = new ByteBudget(2 * 2 * 8);
    const ring = new Ring(1, 8, budget);
    for (let tick = 1; tick <= 5; tick++) ring.note(tick, figures(tick));
    budget.give(1000);
    for (let tick = 6; tick <= 9; tick++) ring.note(tick, figures(tick));
    expect([4, 5, 6, 7, 8, 9].map((tick) => ring.at(tick, 0))).toEqual([4, 5, 6, 7, 8, 9]);
  });

  it('keeps two rows when there is no room for more', () => {
    const budget = new ByteBudget(0);
    const ring = new Ring(1, 100, budget);
    for (let tick = 1; tick <= 50; tick++) ring.note(tick, figures(tick));
    expect(ring.at(50, 0) - ring.at(49, 0)).toBe(1);
    expect(budget.used).toBe(2 * 2 * 8);
    expect(budget.wasShort).toBe(true);
  });

  it('keeps its latest row when it shrinks, and gives the room of the others back', () => {
    const budget = plenty();
    const ring = new Ring(3, 100, budget);
    for (let tick = 1; tick <= 50; tick++) ring.note(tick, figures(tick, 0, 0));
    const { used } = budget;
    const spare = ring.spareBytes;
    expect(spare).toBeGreaterThan(0);
    ring.shrink();
    expect(budget.used).toBe(used - spare);
    expect(ring.spareBytes).toBe(0);
    expect([1, 50, 60].map((tick) => ring.at(tick, 0))).toEqual([50, 50, 50]);
    ring.drop();
    expect(budget.used).toBe(0);
  });
});
