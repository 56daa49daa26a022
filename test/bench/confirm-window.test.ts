import { describe, expect, it } from 'vitest';
import { ConfirmWindow } from '../../bench/generator/confirm-window.ts';
import { Histogram } from '../../bench/kit/statistics.ts';

function windowWith(limit: number, released: number): ConfirmWindow {
  const window = new ConfirmWindow(limit);
  for (let i = 0; i < released; i++) window.release(1000 + i);
  return window;
}

describe('the confirm window', () => {
  it('lets through as many messages as its limit', () => {
    const window = windowWith(10, 10);
    expect(window.room).toBe(0);
    expect(window.outstanding).toBe(10);
  });

  it('settles every tag up to a multiple one', () => {
    const window = windowWith(10, 10);
    expect(window.settle(7, true, 0, undefined)).toBe(7);
    expect(window.room).toBe(7);
  });

  it('settles everything released when a multiple tag is 0', () => {
    expect(windowWith(10, 9).settle(0, true, 0, undefined)).toBe(9);
  });

  it('does not count twice what was settled singly before a multiple', () => {
    const window = windowWith(10, 10);
    expect(window.settle(3, false, 0, undefined)).toBe(1);
    expect(window.settle(3, false, 0, undefined)).toBe(0);
    expect(window.settle(5, true, 0, undefined)).toBe(4);
    expect(window.settle(4, false, 0, undefined)).toBe(0);
    expect(window.outstanding).toBe(5);
  });

  it('refuses a tag that was never published', () => {
    expect(() => windowWith(10, 3).settle(4, false, 0, undefined)).toThrow('4 of 3');
  });

  it('measures from the time each message was due', () => {
    const window = windowWith(10, 3);
    const latency = new Histogram();
    window.settle(3, true, 1010, latency);
    expect(latency.count).toBe(3);
    expect(latency.percentiles()?.max).toBe(10);
  });

  it('keeps going round for ever', () => {
    const window = new ConfirmWindow(100);
    let settled = 0;
    for (let tag = 1; tag <= 100_000; tag++) {
      window.release(0);
      if (tag % 100 === 0) settled += window.settle(tag, true, 0, undefined);
    }
    expect(settled).toBe(100_000);
    expect(window.room).toBe(100);
  });
});
