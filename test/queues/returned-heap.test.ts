import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReturnedHeap } from '../../src/queues/returned-heap.ts';

function drain(heap: ReturnedHeap): number[][] {
  const entries: number[][] = [];
  while (heap.size > 0) {
    const { firstSeq, firstRecord, firstExpiry, firstReturns } = heap;
    entries.push([firstSeq, firstRecord, firstExpiry, firstReturns]);
    heap.removeFirst();
  }
  return entries;
}

function heapOf(seqs: readonly number[]): ReturnedHeap {
  const heap = new ReturnedHeap(false);
  for (const seq of seqs) heap.add(seq, seq * 4, seq + 0.5, seq * 2);
  return heap;
}

const entryOf = (seq: number) => [seq, seq * 4, seq + 0.5, seq * 2];
const distinct = fc.uniqueArray(fc.nat(2 ** 31), { maxLength: 100 });

describe('a heap of returned messages', () => {
  it('has no first while it is empty', () => {
    const { size, firstSeq, firstRecord, firstExpiry, firstReturns } = new ReturnedHeap(false);
    expect([size, firstSeq, firstRecord, firstExpiry, firstReturns]).toEqual([
      0,
      0,
      0,
      Infinity,
      0,
    ]);
  });

  it('gives them back by their old places, with all that belongs to them', () => {
    fc.assert(
      fc.property(distinct, (seqs) => {
        const sorted = [...seqs].sort((a, b) => a - b);
        expect(drain(heapOf(seqs))).toEqual(sorted.map(entryOf));
      }),
    );
  });

  it('gives them back in the order in which they came back, where that is what counts', () => {
    fc.assert(
      fc.property(distinct, (seqs) => {
        const heap = new ReturnedHeap(true);
        for (const seq of seqs) heap.add(seq, seq * 4, seq + 0.5, seq * 2);
        expect(heap.lowestSeq).toBe(seqs.length === 0 ? 0 : Math.min(...seqs));
        expect(drain(heap)).toEqual(seqs.map(entryOf));
      }),
    );
  });

  it('takes more while it gives', () => {
    fc.assert(
      fc.property(distinct, fc.array(fc.boolean(), { maxLength: 100 }), (seqs, removals) => {
        const heap = new ReturnedHeap(false);
        const model: number[] = [];
        for (const [i, seq] of seqs.entries()) {
          heap.add(seq, seq * 4, seq + 0.5, seq * 2);
          model.push(seq);
          model.sort((a, b) => a - b);
          if (removals[i] !== true) continue;
          expect(heap.firstSeq).toBe(model.shift());
          heap.removeFirst();
        }
        expect(heap.size).toBe(model.length);
        expect(drain(heap)).toEqual(model.map(entryOf));
      }),
    );
  });

  it('is visited in the order of places and keeps what the visitor returns', () => {
    fc.assert(
      fc.property(distinct, (seqs) => {
        const heap = heapOf(seqs);
        const seen: number[][] = [];
        heap.visit((record, seq, expiresAt, returns) => {
          seen.push([seq, record, expiresAt, returns]);
          return record + 1;
        });
        const sorted = [...seqs].sort((a, b) => a - b);
        expect(seen).toEqual(sorted.map(entryOf));
        expect(drain(heap).map(([, record]) => record)).toEqual(sorted.map((seq) => seq * 4 + 1));
      }),
    );
  });
});
