import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { afterReads, parseDuration, RealClock, VirtualClock } from '../../src/kit/clock.ts';

const DAY_MS = 86_400_000;

describe('the virtual clock', () => {
  it('stands still until it is advanced', async () => {
    const clock = new VirtualClock(5000);
    const fired = vi.fn();
    clock.after(1, fired);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(clock.now()).toBe(5000);
    expect(clock.wall()).toBe(5000);
    expect(fired).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(fired).toHaveBeenCalledOnce();
  });

  it('fires timers in the order in which they are due, each at its own time', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    for (const delay of [30, 10, 20]) {
      clock.after(delay, () => fired.push(`${delay} at ${clock.now()}`));
    }
    await clock.advance(25);
    expect(fired).toEqual(['10 at 10', '20 at 20']);
    expect(clock.now()).toBe(25);
    await clock.advance(5);
    expect(fired).toEqual(['10 at 10', '20 at 20', '30 at 30']);
  });

  it('fires timers that are due together in the order in which they were set', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.after(10, () => fired.push('first'));
    await clock.advance(4);
    clock.after(6, () => fired.push('second'));
    clock.after(6, () => fired.push('third'));
    await clock.advance(6);
    expect(fired).toEqual(['first', 'second', 'third']);
  });

  it('fires what a timer sets, if it falls due on the way', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.now());
      clock.after(10, again);
    };
    clock.after(10, again);
    await clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
    await clock.advance(5);
    expect(fired).toEqual([10, 20, 30, 40]);
  });

  it('fires what a timer sets without delay within the same moment', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.after(10, () => {
      fired.push('outer');
      clock.after(0, () => fired.push(`inner at ${clock.now()}`));
    });
    clock.after(11, () => fired.push('later'));
    await clock.advance(20);
    expect(fired).toEqual(['outer', 'inner at 10', 'later']);
  });

  it('does not fire a timer that was cancelled, not even by another of the same moment', async () => {
    const clock = new VirtualClock();
    const fired = vi.fn();
    const early = clock.after(5, fired);
    early.cancel();
    clock.after(10, () => late.cancel());
    const late = clock.after(10, fired);
    await clock.advance(20);
    expect(fired).not.toHaveBeenCalled();
    late.cancel();
  });

  it('takes a delay below 0 for none', async () => {
    const clock = new VirtualClock(100);
    const fired: number[] = [];
    clock.after(-50, () => fired.push(clock.now()));
    await clock.advance(0);
    expect(fired).toEqual([100]);
  });

  it('lets what is waiting for the event loop happen between two moments', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.after(10, () => afterReads(() => seen.push(`answer at ${clock.now()}`)));
    clock.after(20, () => seen.push(`timer at ${clock.now()}`));
    await clock.advance(20);
    expect(seen).toEqual(['answer at 10', 'timer at 20']);
  });

  it('is advanced by text as well', async () => {
    const clock = new VirtualClock();
    await clock.advance('1h30m');
    expect(clock.now()).toBe(5_400_000);
  });

  it('never runs backwards, even when it is advanced twice at once', async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    clock.after(5, () => seen.push(clock.now()));
    const note = (): number => seen.push(clock.now());
    await Promise.all([clock.advance(10).then(note), clock.advance(100).then(note)]);
    expect(seen).toEqual([5, 100, 100]);
  });

  it('stays where it is when the duration is none', async () => {
    const clock = new VirtualClock(7);
    await expect(clock.advance('soon')).rejects.toThrow(RangeError);
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    expect(clock.now()).toBe(7);
  });

  it('tells whole milliseconds to people', () => {
    expect(new VirtualClock(12.7).wall()).toBe(12);
  });
});

describe('a duration', () => {
  it.each([
    [0, 0],
    [1.5, 1.5],
    ['0s', 0],
    ['250ms', 250],
    ['2s', 2000],
    ['1.5s', 1500],
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['2d', 2 * DAY_MS],
    ['1d1h1m1s1ms', DAY_MS + 3_600_000 + 60_000 + 1000 + 1],
  ])('%j is %d ms', (duration, ms) => {
    expect(parseDuration(duration)).toBe(ms);
  });

  it.each(['', ' ', '5', 's', '-5s', '5 s', '5x', '1h30', 'x1h', '1..5s', '1,5s', '5S'])(
    'cannot be %j',
    (text) => {
      expect(() => parseDuration(text)).toThrow(
        new RangeError(`'${text}' is no duration: write it as '250ms', '30m' or '1h30m'`),
      );
    },
  );

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('cannot be the number %d', (number) => {
    expect(() => parseDuration(number)).toThrow(new RangeError(`a duration cannot be ${number}`));
  });

  it('cannot be endless, however it is written', () => {
    expect(() => parseDuration(`${'9'.repeat(400)}d`)).toThrow(RangeError);
  });
});

describe('the real clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('fires once, when the delay has passed', () => {
    const fired = vi.fn();
    new RealClock().after(1000, fired);
    vi.advanceTimersByTime(999);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(10_000);
    expect(fired).toHaveBeenCalledOnce();
  });

  // setTimeout alone would fire at once beyond 2^31 - 1 ms, some 25 days.
  it.each([25 * DAY_MS, 60 * DAY_MS, 2 ** 31, 2 ** 32 + 5])('waits as long as %d ms', (delay) => {
    const clock = new RealClock();
    const fired = vi.fn();
    const start = clock.now();
    clock.after(delay, fired);
    vi.advanceTimersByTime(delay - 1);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
    expect(clock.now() - start).toBeCloseTo(delay, 3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be cancelled in any part of a long wait', () => {
    const fired = vi.fn();
    const timer = new RealClock().after(60 * DAY_MS, fired);
    vi.advanceTimersByTime(30 * DAY_MS);
    timer.cancel();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(fired).not.toHaveBeenCalled();
  });

  it('never fires before a fraction of a millisecond has passed too', () => {
    const clock = new RealClock();
    const start = clock.now();
    let fired = -1;
    clock.after(0.5, () => {
      fired = clock.now() - start;
    });
    vi.advanceTimersByTime(5);
    expect(fired).toBeGreaterThanOrEqual(0.5);
  });

  it('tells the time of day', () => {
    const clock = new RealClock();
    expect(clock.wall()).toBe(1_700_000_000_000);
    vi.advanceTimersByTime(1500);
    expect(clock.wall()).toBe(1_700_000_001_500);
  });
});
