import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SettledSet } from '../../src/store/settled-set.ts';

const BOUND = 14_000;

/** The same as a plain set of what is live. */
class Model {
  readonly live = new Set<number>();
  next: number;

  constructor(next: number) {
    this.next = next;
  }

  add(seq: number): boolean {
    const isNew = !this.live.has(seq);
    this.live.add(seq);
    this.next = Math.max(this.next, seq + 1);
    return isNew;
  }

  settleRange(from: number, to: number): number {
    let count = 0;
    for (let seq = from; seq < to; seq++) if (this.live.delete(seq)) count += 1;
    return count;
  }

  liveIn(from: number, to: number): number {
    let count = 0;
    for (const seq of this.live) if (seq >= from && seq < to) count += 1;
    return count;
  }

  goneRanges(from: number, upTo: number): number[] {
    const ranges: number[] = [];
    for (let seq = Math.max(from, this.floor); seq < Math.min(upTo, this.next); seq++) {
      if (this.live.has(seq)) continue;
      if (ranges.at(-1) === seq) ranges[ranges.length - 1] = seq + 1;
      else ranges.push(seq, seq + 1);
    }
    return ranges;
  }

  get floor(): number {
    let floor = this.next;
    for (const seq of this.live) floor = Math.min(floor, seq);
    return floor;
  }
}

// Places near the bounds of what is kept together are as likely as all others.
const place = fc.oneof(
  fc.nat(BOUND),
  fc
    .tuple(fc.nat(3), fc.integer({ min: -2, max: 2 }))
    .map(([chunk, beside]) => Math.max(0, chunk * 4096 + beside)),
);
const range = fc.tuple(place, place).map(([a, b]): [number, number] => (a < b ? [a, b] : [b, a]));

interface Step {
  readonly do: 'run' | 'add' | 'settle' | 'skipTo' | 'settleRange' | 'settleUp' | 'settleDown';
  readonly from: number;
  readonly to: number;
}

const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.constantFrom('run', 'add', 'settle', 'skipTo', 'settleRange', 'settleUp', 'settleDown'),
    range,
  )
  .map(([name, [from, to]]) => ({ do: name, from, to }));

function take(set: SettledSet, model: Model, { do: what, from, to }: Step): void {
  if (what === 'run') {
    const count = Math.max(0, Math.min((to - from) / 2, BOUND - set.next));
    let refused = 0;
    for (let i = 0; i < count; i++) {
      model.add(model.next);
      if (!set.add(set.next)) refused += 1;
    }
    expect(refused).toBe(0);
  } else if (what === 'add') {
    expect(set.add(from)).toBe(model.add(from));
  } else if (what === 'settle') {
    expect(set.settle(from)).toBe(model.live.delete(from));
  } else if (what === 'skipTo') {
    set.skipTo(from);
    model.next = Math.max(model.next, from);
  } else if (what === 'settleRange') {
    expect(set.settleRange(from, to)).toBe(model.settleRange(from, to));
  } else {
    let settled = 0;
    for (let i = 0; i < to - from; i++) {
      if (set.settle(what === 'settleUp' ? from + i : to - 1 - i)) settled += 1;
    }
    expect(settled).toBe(model.settleRange(from, to));
  }
}

function compare(set: SettledSet, model: Model, from: number, to: number): void {
  expect(set.live).toBe(model.live.size);
  expect(set.next).toBe(model.next);
  expect(set.floor).toBe(model.floor);
  expect(set.liveIn(from, to)).toBe(model.liveIn(from, to));
  expect(set.hasLive(from, to)).toBe(model.liveIn(from, to) > 0);
  expect(set.isLive(from)).toBe(model.live.has(from));
  expect(set.goneRanges(from, to)).toEqual(model.goneRanges(from, to));
}

describe('SettledSet', () => {
  it('agrees with a plain set, whatever is done to it', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.array(fc.tuple(step, range), { maxLength: 25 }),
        (start, steps) => {
          const set = new SettledSet(start);
          const model = new Model(start);
          for (const [one, [from, to]] of steps) {
            take(set, model, one);
            compare(set, model, from, to);
          }
          const gone = set.goneRanges(0, set.next);
          const restored = SettledSet.restore(set.floor, set.next, gone);
          compare(restored, model, 0, BOUND);
          expect(restored.goneRanges(0, set.next)).toEqual(gone);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('begins with nothing', () => {
    const set = new SettledSet(7);
    expect([set.floor, set.next, set.live]).toEqual([7, 7, 0]);
    expect(set.hasLive(0, 100)).toBe(false);
    expect(set.settle(7)).toBe(false);
    expect(set.settleRange(0, 100)).toBe(0);
  });

  it('counts the numbers that an append leaps over as gone', () => {
    const set = new SettledSet();
    set.add(0);
    expect(set.add(10)).toBe(true);
    expect(set.live).toBe(2);
    expect(set.goneRanges(0, 100)).toEqual([1, 10]);
    expect(set.settle(5)).toBe(false);
  });

  it('settles nothing twice', () => {
    const set = new SettledSet();
    for (let seq = 0; seq < 3; seq++) set.add(seq);
    expect([set.settle(1), set.settle(1), set.settle(0), set.settle(0), set.settle(3)]).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
    expect([set.floor, set.live]).toEqual([2, 1]);
  });

  it('makes a number live again, even one below the floor', () => {
    const set = new SettledSet();
    for (let seq = 0; seq < 10_000; seq++) set.add(seq);
    set.settleRange(0, 9000);
    expect(set.add(4095)).toBe(true);
    expect(set.add(4095)).toBe(false);
    expect([set.floor, set.live]).toEqual([4095, 1001]);
    expect(set.goneRanges(0, 10_000)).toEqual([4096, 9000]);
    expect(set.settle(4095)).toBe(true);
    expect(set.floor).toBe(9000);
  });

  it('passes over a thousand million numbers at once', () => {
    const far = 1e15;
    const set = new SettledSet();
    set.add(0);
    set.add(far);
    set.skipTo(2 * far);
    expect(set.live).toBe(2);
    expect(set.liveIn(1, 2 * far)).toBe(1);
    expect(set.hasLive(1, far)).toBe(false);
    expect(set.goneRanges(0, 3 * far)).toEqual([1, far, far + 1, 2 * far]);
    set.settle(0);
    expect(set.floor).toBe(far);
    set.settle(far);
    expect(set.floor).toBe(2 * far);
  });

  it('goes on behind a number that stays', () => {
    const set = new SettledSet();
    for (let seq = 0; seq < 3_000_000; seq++) {
      set.add(seq);
      if (seq > 0) set.settle(seq);
    }
    expect(set.goneRanges(0, set.next)).toEqual([1, 3_000_000]);
    set.settle(0);
    expect([set.floor, set.live]).toEqual([3_000_000, 0]);
  });
});
