import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadyRing } from '../../src/queues/ready-ring.ts';
import { freePages, message, noRecords } from './fixtures.ts';

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

  it('is visited no further than the visitor wants', () => {
    const ring = filled(300);
    const seqs: number[] = [];
    ring.visit((record, seq) => {
      seqs.push(seq);
      return seq < 259 ? record : 0;
    });
    expect(seqs).toEqual(Array.from({ length: 260 }, (_, i) => i));
    expect(drain(ring)).toEqual(Array.from({ length: 300 }, (_, i) => (i + 1) * 4));
  });

  it.each(sizes)('keeps the numbers of %i records that have gaps between them', (size) => {
    const before = freePages();
    const ring = new ReadyRing();
    const seqs = Array.from({ length: size }, (_, i) => 7 + i + 3 * Math.floor(i / 2));
    for (const seq of seqs) ring.pushAt(seq, seq * 4, Infinity);
    const last = seqs.at(-1) ?? 0;
    expect([ring.size, ring.nextSeq]).toEqual([size, last + 1]);
    const visited: number[][] = [];
    ring.visit((record, seq) => {
      visited.push([record, seq]);
      return record;
    });
    expect(visited).toEqual(seqs.map((seq) => [seq * 4, seq]));
    const taken: number[][] = [];
    while (ring.size > 0) {
      const { firstSeq } = ring;
      expect(ring.peek()).toBe(firstSeq * 4);
      taken.push([ring.shift(), firstSeq]);
    }
    expect(taken).toEqual(visited);
    expect(ring.push(4)).toBe(last + 1);
    ring.shift();
    expect(freePages()).toBe(before);
  });

  it('keeps numbers however far they lie apart', () => {
    const ring = new ReadyRing();
    const seqs = [2, 2 ** 31 + 5, 2 ** 45, 2 ** 45 + 1];
    for (const seq of seqs) ring.pushAt(seq, 4, Infinity);
    const taken: number[] = [];
    while (ring.size > 0) {
      taken.push(ring.firstSeq);
      ring.shift();
    }
    expect(taken).toEqual(seqs);
  });

  it('hands its first records over, with their expiries', () => {
    const [from, to] = [new ReadyRing(), new ReadyRing()];
    for (const seq of [3, 4, 9]) from.pushAt(seq, seq * 4, seq === 4 ? Infinity : 100 + seq);
    from.moveFirstTo(to);
    from.moveFirstTo(to);
    expect([to.size, to.firstSeq, to.firstExpiry()]).toEqual([2, 3, 103]);
    expect([from.size, from.firstSeq, from.firstExpiry()]).toEqual([1, 9, 109]);
    to.expiries?.take(3);
    expect([to.shift(), to.firstSeq, to.firstExpiry()]).toEqual([12, 4, Infinity]);
    from.expiries?.clear();
    drain(from);
    drain(to);
  });

  it.each([0, 1, 2])('drops its records and tells whether any was persistent: %i', (persistent) => {
    const pages = freePages();
    const ring = new ReadyRing();
    for (let i = 0; i < 300; i++) {
      const deliveryMode = i >= 300 - persistent ? 2 : 1;
      ring.pushAt(2 * i, message('x', { deliveryMode }), i);
    }
    expect(ring.empty()).toBe(persistent > 0);
    expect([ring.size, ring.nextSeq, ring.firstExpiry()]).toEqual([0, 599, Infinity]);
    expect(freePages()).toBe(pages);
    expect(noRecords()).toBe(true);
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
