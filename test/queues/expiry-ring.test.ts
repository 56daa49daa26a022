import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExpiryRing } from '../../src/queues/expiry-ring.ts';
import { freePages } from './fixtures.ts';

// A page holds 63 entries.
const sizes = [1, 62, 63, 64, 126, 127, 300];

function filled(size: number): ExpiryRing {
  const ring = new ExpiryRing();
  for (let seq = 0; seq < size; seq++) ring.push(seq, 1000.5 + seq);
  return ring;
}

describe('an expiry ring', () => {
  it('knows no expiry of what was never pushed', () => {
    const ring = new ExpiryRing();
    expect(ring.expiryOf(0)).toBe(Infinity);
    expect(ring.take(0)).toBe(Infinity);
  });

  it.each(sizes)('tells and takes %i expiries in order', (size) => {
    const before = freePages();
    const ring = filled(size);
    for (let seq = 0; seq < size; seq++) {
      expect(ring.expiryOf(seq)).toBe(1000.5 + seq);
      expect(ring.take(seq)).toBe(1000.5 + seq);
    }
    expect(ring.expiryOf(size)).toBe(Infinity);
    expect(freePages()).toBe(before);
  });

  it('passes over places that never expire', () => {
    const ring = new ExpiryRing();
    ring.push(3, 50);
    expect(ring.take(1)).toBe(Infinity);
    expect(ring.take(2)).toBe(Infinity);
    expect(ring.take(3)).toBe(50);
    expect(ring.take(4)).toBe(Infinity);
  });

  it('keeps places and times beyond 32 bits', () => {
    const ring = new ExpiryRing();
    ring.push(2 ** 45 + 1, 2 ** 48 + 0.25);
    expect(ring.take(2 ** 45 + 1)).toBe(2 ** 48 + 0.25);
  });

  it.each(sizes)('visits %i entries in order', (size) => {
    const ring = filled(size + 1);
    ring.take(0);
    const seen: [number, number][] = [];
    ring.visit((seq, expiresAt) => {
      seen.push([seq, expiresAt]);
      return true;
    });
    expect(seen).toEqual(Array.from({ length: size }, (_, i) => [i + 1, 1001.5 + i]));
    ring.clear();
  });

  it('is visited no further than the visitor wants', () => {
    const ring = filled(300);
    const seen: number[] = [];
    ring.visit((seq) => {
      seen.push(seq);
      return seq < 260;
    });
    expect(seen).toEqual(Array.from({ length: 261 }, (_, i) => i));
    ring.clear();
  });

  it.each(sizes)('gives all pages back when %i entries are cleared', (size) => {
    const before = freePages();
    const ring = filled(size);
    ring.clear();
    expect(freePages()).toBe(before);
    expect(ring.expiryOf(0)).toBe(Infinity);
    ring.push(7, 70);
    expect(ring.take(7)).toBe(70);
    expect(freePages()).toBe(before);
  });

  it('follows a ring of which only some entries expire', () => {
    const before = freePages();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 600 }), (steps) => {
        const ring = new ExpiryRing();
        const model: number[] = [];
        let [first, next] = [0, 0];
        for (const [push, expires] of steps) {
          if (push) {
            const expiresAt = expires ? next * 10 : Infinity;
            if (expires) ring.push(next, expiresAt);
            model.push(expiresAt);
            next += 1;
          } else if (first < next) {
            expect(ring.expiryOf(first)).toBe(model[first]);
            expect(ring.take(first)).toBe(model[first]);
            first += 1;
          }
        }
        for (; first < next; first++) expect(ring.take(first)).toBe(model[first]);
      }),
      { numRuns: 50 },
    );
    expect(freePages()).toBe(before);
  });
});
