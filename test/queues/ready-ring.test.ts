import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadyRing } from '../../src/queues/ready-ring.ts';
import { freePages } from './fixtures.ts';

// A page holds 255 entries: what happens at its end, happens at these sizes.
const sizes = [1, 2, 254, 255, 256, 257, 510, 511, 1000];

function filled(size: number): ReadyRing {
  const ring = new ReadyRing();
  for (let i = 1; i <= size; i++) ring.push(i * 4);
  return ring;
}

function drain(ring: ReadyRing): number[] {
  const records: number[] = [];
  while (ring.size > 0) records.push(ring.shift());
  return records;
}

describe('a ready ring', () => {
  it('has nothing to show while it is empty', () => {
    const ring = new ReadyRing();
    expect(ring.size).toBe(0);
    expect(ring.peek()).toBe(0);
  });

  it.each(sizes)('gives back %i records in the order in which they came', (size) => {
    const ring = filled(size);
    expect(ring.size).toBe(size);
    expect(ring.peek()).toBe(4);
    expect(drain(ring)).toEqual(Array.from({ length: size }, (_, i) => (i + 1) * 4));
    expect(ring.peek()).toBe(0);
  });

  it.each(sizes)('holds no page once %i records have left', (size) => {
    const before = freePages();
    drain(filled(size));
    expect(freePages()).toBe(before);
  });

  it('counts places on, however often it has been empty', () => {
    const ring = new ReadyRing();
    expect(ring.push(4)).toBe(0);
    expect(ring.push(8)).toBe(1);
    ring.shift();
    expect(ring.firstSeq).toBe(1);
    ring.shift();
    expect(ring.push(12)).toBe(2);
    expect(ring.firstSeq).toBe(2);
  });

  it.each(sizes)(
    'visits %i records with their places and keeps what the visitor returns',
    (size) => {
      const ring = filled(size + 1);
      ring.shift();
      const seqs: number[] = [];
      ring.visit((record, seq) => {
        seqs.push(seq);
        return seq % 2 === 0 ? record + 1 : record;
      });
      expect(seqs).toEqual(Array.from({ length: size }, (_, i) => i + 1));
      expect(drain(ring)).toEqual(seqs.map((seq) => (seq + 1) * 4 + (seq % 2 === 0 ? 1 : 0)));
    },
  );

  it('visits nothing while it is empty', () => {
    const ring = filled(255);
    drain(ring);
    ring.visit(() => {
      throw new Error('visited');
    });
    expect(ring.size).toBe(0);
  });

  it('is a queue, whatever is done with it', () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ shift: fc.integer({ min: 1, max: 300 }) }),
      fc.constant({ peek: true }),
    );
    const before = freePages();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const ring = new ReadyRing();
        const model: number[] = [];
        let next = 4;
        for (const one of steps) {
          if ('push' in one) {
            for (let i = 0; i < one.push; i++, next += 4) {
              expect(ring.push(next)).toBe(next / 4 - 1);
              model.push(next);
            }
          } else if ('shift' in one) {
            for (let i = 0; i < one.shift && model.length > 0; i++) {
              expect(ring.firstSeq).toBe((model[0] ?? 0) / 4 - 1);
              expect(ring.shift()).toBe(model.shift());
            }
          } else {
            expect(ring.peek()).toBe(model[0] ?? 0);
          }
          expect(ring.size).toBe(model.length);
        }
        expect(drain(ring)).toEqual(model);
      }),
      { numRuns: 50 },
    );
    expect(freePages()).toBe(before);
  });
});
