import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordOf, seqOf, Unsettled } from '../../src/amqp/unsettled.ts';
import { busyBytes, PAGE_BYTES } from '../../src/kit/memory.ts';

const PER_PAGE = PAGE_BYTES / 32;
const MANY = 100_000;

let before = 0;

beforeEach(() => {
  before = busyBytes();
});

afterEach(() => {
  expect(busyBytes()).toBe(before);
});

const pages = (): number => (busyBytes() - before) / PAGE_BYTES;
const add = (unsettled: Unsettled, record: number) => unsettled.add(record, 0, 0, 0, record / 4, 0);

function settle(unsettled: Unsettled, tag: number): void {
  unsettled.remove(tag, unsettled.find(tag));
}

describe('pages of unsettled deliveries', () => {
  it('are one for one delivery that nobody settles, and one for those that are settled at once', () => {
    const unsettled = new Unsettled();
    add(unsettled, 8);
    let most = 0;
    for (let i = 0; i < MANY; i++) {
      settle(unsettled, add(unsettled, 12));
      most = Math.max(most, pages());
    }
    expect(most).toBe(2);
    expect(unsettled.size).toBe(1);
    expect(recordOf(unsettled.find(1))).toBe(8);
    unsettled.clear();
  });

  it('are given back in the middle when many later ones are settled together', () => {
    const unsettled = new Unsettled();
    for (let i = 0; i < MANY; i++) add(unsettled, 8);
    expect(pages()).toBe(Math.ceil(MANY / PER_PAGE));
    const kept = MANY / 2;
    for (let tag = 1; tag <= MANY; tag++) if (tag !== kept) settle(unsettled, tag);
    // The last page goes on being filled.
    expect(pages()).toBe(2);
    expect(unsettled.oldest).toBe(kept);
    for (const tag of [1, kept - PER_PAGE, kept - 1, kept + 1, kept + PER_PAGE, MANY]) {
      expect(unsettled.find(tag), `tag ${tag}`).toBe(0);
    }
    expect(unsettled.find(kept)).not.toBe(0);
    settle(unsettled, kept);
    expect(pages()).toBeLessThanOrEqual(1);
    unsettled.clear();
  });

  it('are given back whichever order the later ones are settled in', () => {
    const unsettled = new Unsettled();
    const count = 100 * PER_PAGE;
    for (let i = 0; i < count; i++) add(unsettled, 8);
    for (let tag = count; tag > 1; tag--) settle(unsettled, tag);
    expect(pages()).toBeLessThanOrEqual(2);
    settle(unsettled, 1);
    unsettled.clear();
  });

  it('are not kept for deliveries that need no settling', () => {
    const unsettled = new Unsettled();
    add(unsettled, 8);
    let most = 0;
    for (let i = 0; i < MANY; i++) {
      unsettled.skip();
      most = Math.max(most, pages());
    }
    expect(most).toBe(2);
    const later = add(unsettled, 12);
    expect(later).toBe(MANY + 2);
    expect(recordOf(unsettled.find(later))).toBe(12);
    settle(unsettled, 1);
    expect(unsettled.oldest).toBe(later);
    expect(pages()).toBe(1);
    expect(recordOf(unsettled.find(later))).toBe(12);
    unsettled.clear();
  });

  it('are no more for deliveries that are settled among such as need no settling', () => {
    const unsettled = new Unsettled();
    add(unsettled, 8);
    let most = 0;
    for (let i = 0; i < MANY; i++) {
      if (i % 3 === 0) unsettled.skip();
      else settle(unsettled, add(unsettled, 12));
      most = Math.max(most, pages());
    }
    expect(most).toBe(2);
    settle(unsettled, 1);
    unsettled.clear();
  });

  it('are none when nothing but deliveries that need no settling has been made', () => {
    const unsettled = new Unsettled();
    for (let i = 0; i < MANY; i++) unsettled.skip();
    expect(pages()).toBe(0);
    expect(unsettled.nextTag).toBe(MANY + 1);
  });

  it('are one for each delivery that stays, however far apart', () => {
    const unsettled = new Unsettled();
    const stay: number[] = [];
    for (let i = 0; i < MANY; i++) {
      const tag = add(unsettled, 8 + 4 * i);
      if (i % 10_000 === 0) stay.push(tag);
      else settle(unsettled, tag);
    }
    expect(pages()).toBe(stay.length + 1);
    const visited: number[] = [];
    unsettled.visit((record) => {
      visited.push(record);
      return record + 400_000;
    });
    expect(visited).toEqual(stay.map((tag) => 4 + 4 * tag));
    for (const tag of stay) expect(recordOf(unsettled.find(tag))).toBe(400_004 + 4 * tag);
    for (const [index, tag] of stay.entries()) {
      expect(unsettled.oldest).toBe(tag);
      settle(unsettled, tag);
      expect(pages()).toBeLessThanOrEqual(stay.length - index);
    }
    unsettled.clear();
  });
});

interface Waiting {
  record: number;
  hidden: boolean;
}

type Step =
  | { readonly does: 'add' | 'skip' | 'addAndSettle'; readonly count: number }
  | { readonly does: 'settleAllBut'; readonly every: number }
  | { readonly does: 'settle' | 'hide' | 'show'; readonly which: number }
  | { readonly does: 'move' };

const count = fc.integer({ min: 1, max: 12 * PER_PAGE });
const which = fc.nat();
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constantFrom('add', 'skip', 'addAndSettle'), count }),
  fc.record({ does: fc.constant('settleAllBut'), every: fc.integer({ min: 2, max: 100 }) }),
  fc.record({ does: fc.constantFrom('settle', 'hide', 'show'), which }),
  fc.constant({ does: 'move' } as const),
);

/** Unsettled deliveries, and a map of what they should be. */
class Twins {
  readonly real = new Unsettled();
  readonly map = new Map<number, Waiting>();
  nextTag = 1;

  take(given: Step): void {
    switch (given.does) {
      case 'add':
      case 'addAndSettle':
      case 'skip':
        for (let i = 0; i < given.count; i++) this.#deliver(given.does);
        return;
      case 'settleAllBut':
        for (const tag of [...this.map.keys()]) if (tag % given.every !== 0) this.#settle(tag);
        return;
      case 'move':
        this.#move();
        return;
      default:
        this.#one(given.does, given.which);
    }
  }

  compare(): void {
    const { real, map, nextTag } = this;
    expect(real.size).toBe(map.size);
    expect(real.nextTag).toBe(nextTag);
    const tags = [...map.keys()];
    expect(real.oldest).toBe(tags[0] ?? nextTag);
    const found: [number, number, number][] = [];
    for (let tag = 0; tag < nextTag + 40; tag++) {
      const entry = real.find(tag);
      if (entry !== 0) found.push([tag, recordOf(entry), seqOf(entry)]);
    }
    const shown = [...map].filter(([, { hidden }]) => !hidden);
    expect(found).toEqual(shown.map(([tag, { record }]) => [tag, record, 2 * tag]));
    const needed = new Set(tags.map((tag) => Math.floor(tag / PER_PAGE)));
    // Pages begin at any tag, so that neighbours by tag may lie in two; and one goes on being filled.
    expect(pages()).toBeLessThanOrEqual(2 * needed.size + 1);
  }

  #deliver(how: 'add' | 'skip' | 'addAndSettle'): void {
    const tag = this.nextTag++;
    if (how === 'skip') {
      expect(this.real.skip()).toBe(tag);
      return;
    }
    expect(this.real.add(4 * tag, 0, 0, 0, 2 * tag, 0)).toBe(tag);
    if (how === 'add') this.map.set(tag, { record: 4 * tag, hidden: false });
    else this.real.remove(tag, this.real.find(tag));
  }

  #settle(tag: number): void {
    if (this.map.get(tag)?.hidden === true) this.real.show(tag);
    this.real.remove(tag, this.real.find(tag));
    this.map.delete(tag);
  }

  #one(does: 'settle' | 'hide' | 'show', number: number): void {
    const tags = [...this.map.keys()];
    const tag = tags[number % Math.max(1, tags.length)];
    const waiting = tag === undefined ? undefined : this.map.get(tag);
    if (tag === undefined || waiting === undefined) return;
    if (does === 'settle') {
      this.#settle(tag);
      return;
    }
    this.real[does](tag);
    waiting.hidden = does === 'hide';
  }

  #move(): void {
    const visited: number[] = [];
    this.real.visit((record) => {
      visited.push(record);
      return record + 4;
    });
    expect(visited).toEqual([...this.map.values()].map(({ record }) => record));
    for (const waiting of this.map.values()) waiting.record += 4;
  }
}

describe('unsettled deliveries whose pages are gone here and there', () => {
  it('are what a map of them would be, after long runs of each kind', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const twins = new Twins();
        try {
          for (const given of steps) {
            twins.take(given);
            twins.compare();
          }
        } finally {
          twins.real.clear();
        }
        expect(pages()).toBe(0);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 60) },
    );
  });

  it('are what a map of them would be behind thousands of pages that are gone', () => {
    const twins = new Twins();
    twins.take({ does: 'add', count: 3 });
    for (let i = 0; i < 40; i++) {
      twins.take({ does: 'addAndSettle', count: 900 });
      twins.take({ does: 'skip', count: 130 });
      twins.take({ does: 'add', count: 2 });
      twins.take({ does: 'hide', which: i });
    }
    twins.compare();
    twins.take({ does: 'move' });
    twins.compare();
    while (twins.map.size > 0) twins.take({ does: 'settle', which: 0 });
    twins.compare();
    twins.take({ does: 'add', count: 100 });
    twins.compare();
    twins.real.clear();
  });
});
