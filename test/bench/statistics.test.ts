import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, median } from '../../bench/kit/statistics.ts';

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the two middle values of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('is not a number without values', () => {
    expect(median([])).toBeNaN();
  });
});

describe('a histogram', () => {
  it('gives exact percentiles of small values', () => {
    const histogram = new Histogram();
    for (let tenths = 1; tenths <= 100; tenths++) histogram.add(tenths / 10);
    expect(histogram.percentiles()).toEqual({ p50: 5, p90: 9, p99: 9.9, p999: 10, max: 10 });
  });

  it('has no percentiles without samples', () => {
    expect(new Histogram().percentiles()).toBeUndefined();
  });

  it('never reports a percentile above the largest sample', () => {
    const histogram = new Histogram();
    histogram.add(1_000_001);
    expect(histogram.quantile(0.5)).toBeLessThanOrEqual(1_000_001);
    expect(histogram.percentiles()?.max).toBe(1_000_001);
  });

  it('counts samples below zero as zero and beyond its range as the last', () => {
    const histogram = new Histogram();
    histogram.add(-5);
    histogram.add(1e12);
    expect(histogram.count).toBe(2);
    expect(histogram.quantile(0.5)).toBe(0);
  });

  it('stays within 0.8 % of the sorted samples', () => {
    const samples = fc.array(fc.double({ min: 0, max: 4e8, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(samples, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
        const histogram = new Histogram();
        for (const value of values) histogram.add(value);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * values.length)) - 1] ?? 0;
        expect(Math.abs(histogram.quantile(share) - exact)).toBeLessThanOrEqual(
          exact * 0.008 + 0.051,
        );
      }),
    );
  });

  it('is the same after its state has travelled, and adds up with others', () => {
    const one = new Histogram();
    const other = new Histogram();
    for (let us = 0; us < 1000; us++) (us % 2 === 0 ? one : other).add(us);
    const merged = new Histogram(one.state.buckets.slice(), one.state.maxUs);
    merged.merge(other.state);
    expect(merged.count).toBe(1000);
    expect(merged.percentiles()?.max).toBe(999);
    expect(merged.quantile(0.5)).toBeGreaterThan(490);
    expect(merged.quantile(0.5)).toBeLessThan(510);
  });
});
