import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  allocate,
  CAPACITY_BYTES,
  canBeEmptied,
  copy,
  dv,
  MemoryExhausted,
  PAGE_BYTES,
  RECEIVE_AT,
  RECEIVE_BYTES,
  recordBytes,
  release,
  returnPage,
  returnSlab,
  SEGMENT_BYTES,
  SEGMENT_COUNT,
  SLAB_BYTES,
  segmentOf,
  takePage,
  takeSlab,
  u8,
  usedBytes,
  view,
} from '../../src/kit/memory.ts';

function many(count: number, bytes: number): number[] {
  return Array.from({ length: count }, () => allocate(bytes));
}

// A segment of its own for records, so that what follows starts at a known place.
function freshSegment(): number {
  return allocate(SEGMENT_BYTES);
}

/** Pages that are free now: taken until the next one would have to be carved from a new segment. */
function drainFree(take: () => number, size: number): number[] {
  const taken: number[] = [];
  for (;;) {
    const before = usedBytes();
    taken.push(take());
    if (usedBytes() === before) continue;
    // One piece of a new segment was taken: take its others as well.
    for (let i = 1; i < SEGMENT_BYTES / size; i++) taken.push(take());
    return taken;
  }
}

describe('records', () => {
  it('follow one another, each on a multiple of four', () => {
    const sentinel = freshSegment();
    const first = allocate(16);
    const [second, third, fourth] = [allocate(1), allocate(5), allocate(4)];
    expect(first % SEGMENT_BYTES).toBe(0);
    expect([second - first, third - first, fourth - first]).toEqual([16, 20, 28]);
    for (const position of [first, second, third, fourth, sentinel]) release(position);
  });

  it('lie behind the receive window, and never at 0', () => {
    const position = allocate(8);
    expect(position).toBeGreaterThanOrEqual(RECEIVE_AT + RECEIVE_BYTES);
    release(position);
  });

  it('use the same bytes again once nothing else is alive in their segment', () => {
    const sentinel = freshSegment();
    const [first, second] = [allocate(100), allocate(100)];
    release(first);
    const third = allocate(100);
    expect(third).toBeGreaterThan(second);
    release(second);
    release(third);
    expect(allocate(100)).toBe(first);
    release(first);
    release(sentinel);
  });

  it('fill a segment to its last byte before the next one is taken', () => {
    const sentinel = freshSegment();
    const before = usedBytes();
    const halves = many(2, SEGMENT_BYTES / 2);
    expect(usedBytes() - before).toBe(SEGMENT_BYTES);
    expect((halves[1] ?? 0) - (halves[0] ?? 0)).toBe(SEGMENT_BYTES / 2);
    const beyond = allocate(4);
    expect(usedBytes() - before).toBe(2 * SEGMENT_BYTES);
    for (const position of [...halves, beyond, sentinel]) release(position);
  });

  it('give their segments back in whatever order they are released', () => {
    release(allocate(4));
    const before = usedBytes();
    const positions = many(3000, 1000);
    expect(usedBytes() - before).toBeGreaterThanOrEqual(11 * SEGMENT_BYTES);
    for (let i = 0; i < positions.length; i += 2) release(positions[i] ?? 0);
    for (let i = positions.length - 1; i >= 0; i -= 2) release(positions[i] ?? 0);
    expect(usedBytes()).toBe(before);
  });

  it('keep their segment as long as one of them is alive', () => {
    const sentinel = freshSegment();
    const before = usedBytes();
    const positions = many(256, 1024);
    const kept = positions[100] ?? 0;
    const other = freshSegment();
    for (const position of positions) if (position !== kept) release(position);
    expect(usedBytes() - before).toBe(2 * SEGMENT_BYTES);
    release(kept);
    expect(usedBytes() - before).toBe(SEGMENT_BYTES);
    release(other);
    release(sentinel);
  });
});

describe('a record larger than a segment', () => {
  it('lies in neighbouring segments of its own and gives all of them back', () => {
    const before = usedBytes();
    const position = allocate(3 * SEGMENT_BYTES + 1);
    expect(position % SEGMENT_BYTES).toBe(0);
    expect(usedBytes() - before).toBe(4 * SEGMENT_BYTES);
    u8.fill(7, position, position + 3 * SEGMENT_BYTES + 1);
    release(position);
    expect(usedBytes()).toBe(before);
  });

  it('leaves the segment that is being filled alone', () => {
    const small = allocate(8);
    const large = allocate(SEGMENT_BYTES + 1);
    const next = allocate(8);
    expect(next - small).toBe(8);
    for (const position of [small, large, next]) release(position);
  });

  it('takes the first gap that is long enough, whatever was freed in between', () => {
    const [a, b, c] = [2, 3, 2].map((count) => allocate(count * SEGMENT_BYTES));
    const [left, gap, right] = [a ?? 0, b ?? 0, c ?? 0];
    release(gap);
    const two = allocate(2 * SEGMENT_BYTES);
    const one = freshSegment();
    expect(two).toBe(gap);
    for (const position of [two, one, left, right]) release(position);
    const all = allocate(7 * SEGMENT_BYTES);
    expect(all).toBeLessThanOrEqual(left);
    release(all);
  });

  it('leaves what it freed to single segments too, each once', () => {
    const before = usedBytes();
    release(allocate(5 * SEGMENT_BYTES));
    const singles = many(8, SEGMENT_BYTES);
    expect(new Set(singles).size).toBe(8);
    for (const position of singles) release(position);
    expect(usedBytes() - before).toBeLessThanOrEqual(SEGMENT_BYTES);
  });
});

describe('segments', () => {
  it('are told by any byte of a record', () => {
    const position = freshSegment();
    const segment = segmentOf(position);
    expect(segment * SEGMENT_BYTES).toBe(position);
    expect(segmentOf(position + SEGMENT_BYTES - 1)).toBe(segment);
    expect(segmentOf(position + SEGMENT_BYTES)).toBe(segment + 1);
    expect(segment).toBeLessThan(SEGMENT_COUNT);
    release(position);
  });

  it('can be emptied unless they are being filled or belong to one large record', () => {
    const full = freshSegment();
    const large = allocate(SEGMENT_BYTES + 1);
    const current = freshSegment();
    const answers = [full, large, current].map((position) => canBeEmptied(segmentOf(position)));
    expect(answers).toEqual([true, false, false]);
    for (const position of [full, large, current]) release(position);
  });

  it('of records are counted apart from those of pages and slabs', () => {
    release(allocate(4));
    const [records, pooled] = [recordBytes(), usedBytes() - recordBytes()];
    const slabs = Array.from({ length: 40 }, takeSlab);
    expect(recordBytes()).toBe(records);
    expect(usedBytes() - recordBytes()).toBeGreaterThan(pooled);
    const position = allocate(3 * SEGMENT_BYTES);
    expect(recordBytes()).toBe(records + 3 * SEGMENT_BYTES);
    release(position);
    for (const slab of slabs) returnSlab(slab);
    expect(recordBytes()).toBe(records);
  });
});

describe.each([
  ['pages', PAGE_BYTES, takePage, returnPage],
  ['slabs', SLAB_BYTES, takeSlab, returnSlab],
] as const)('%s', (_name, size, take, giveBack) => {
  it('are aligned to their size and differ from each other', () => {
    const taken = Array.from({ length: 600 }, take);
    expect(new Set(taken).size).toBe(600);
    for (const piece of taken) expect(piece % size).toBe(0);
    for (const piece of taken) giveBack(piece);
  });

  it('come back last returned first', () => {
    const [a, b] = [take(), take()];
    giveBack(a);
    giveBack(b);
    expect([take(), take()]).toEqual([b, a]);
    giveBack(a);
    giveBack(b);
  });

  it('are carved from a new segment only when none is free', () => {
    const all = drainFree(take, size);
    const before = usedBytes();
    for (const piece of all) giveBack(piece);
    const again = Array.from({ length: all.length }, take);
    expect(usedBytes()).toBe(before);
    expect([...again].sort((x, y) => x - y)).toEqual([...all].sort((x, y) => x - y));
    const next = take();
    expect(usedBytes() - before).toBe(SEGMENT_BYTES);
    for (const piece of [...again, next]) giveBack(piece);
  });

  it('may be filled to the last byte without harm to those that are free', () => {
    const taken = Array.from({ length: 40 }, take);
    for (const piece of taken) u8.fill(0xff, piece, piece + size);
    for (const piece of taken) giveBack(piece);
    const again = Array.from({ length: 40 }, take);
    expect(new Set(again)).toEqual(new Set(taken));
    for (const piece of again) giveBack(piece);
  });
});

describe('memory without room', () => {
  it('refuses what does not fit, and serves again what is freed', () => {
    const before = usedBytes();
    const held: number[] = [];
    const fill = (bytes: number): void => {
      for (;;) {
        try {
          held.push(allocate(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(MemoryExhausted);
          return;
        }
      }
    };
    fill(256 * SEGMENT_BYTES);
    fill(SEGMENT_BYTES);
    fill(4);
    expect(usedBytes()).toBe(CAPACITY_BYTES);
    expect(() => allocate(SEGMENT_BYTES)).toThrow(
      `the message memory of ${CAPACITY_BYTES / 1024 / 1024} MiB is full`,
    );
    expect(() => drainFree(takePage, PAGE_BYTES)).toThrow(MemoryExhausted);
    expect(usedBytes()).toBe(CAPACITY_BYTES);
    const freed = held.shift() ?? 0;
    release(freed);
    const again = allocate(256 * SEGMENT_BYTES);
    expect(again).toBe(freed);
    for (const position of [...held, again]) release(position);
    expect(usedBytes() - before).toBeLessThanOrEqual(SEGMENT_BYTES);
  });

  it('finds a gap that reaches from what was used before into what never was', async () => {
    vi.resetModules();
    const fresh = await import('../../src/kit/memory.ts');
    const first = fresh.allocate(2 * SEGMENT_BYTES);
    const second = fresh.allocate(2 * SEGMENT_BYTES);
    fresh.release(second);
    const rest = CAPACITY_BYTES - fresh.usedBytes();
    expect(fresh.allocate(rest)).toBe(second);
    expect(fresh.usedBytes()).toBe(CAPACITY_BYTES);
    fresh.release(first);
  });
});

describe('memory at random', () => {
  const sizes = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 2000 }) },
    { weight: 3, arbitrary: fc.integer({ min: SEGMENT_BYTES / 4, max: SEGMENT_BYTES }) },
    { weight: 1, arbitrary: fc.integer({ min: SEGMENT_BYTES + 1, max: 4 * SEGMENT_BYTES }) },
  );
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ take: sizes }) },
    { weight: 4, arbitrary: fc.record({ free: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ piece: fc.constantFrom('page', 'slab') }) },
  );

  function expectApart(live: ReadonlyMap<number, number>): void {
    let end = RECEIVE_AT + RECEIVE_BYTES;
    for (const [position, size] of [...live].sort(([a], [b]) => a - b)) {
      expect(position).toBeGreaterThanOrEqual(end);
      expect(position % 4).toBe(0);
      end = position + size;
    }
    expect(end).toBeLessThanOrEqual(u8.length);
  }

  it('never lets two that are in use overlap, and is as free in the end as in the beginning', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        release(allocate(4));
        // Free pages and slabs enough, so that none is carved while bytes are counted.
        const stock = Array.from({ length: 130 }, () => [takePage(), takeSlab()] as const);
        for (const [page, slab] of stock) {
          returnPage(page);
          returnSlab(slab);
        }
        const before = usedBytes();
        const live = new Map<number, number>();
        const records: number[] = [];
        const pieces: (() => void)[] = [];
        for (const { take, free, piece } of steps as {
          take?: number;
          free?: number;
          piece?: string;
        }[]) {
          if (take !== undefined) {
            const position = allocate(take);
            expect(live.has(position)).toBe(false);
            records.push(position);
            live.set(position, take);
          } else if (free !== undefined && records.length > 0) {
            const [position = 0] = records.splice(free % records.length, 1);
            release(position);
            live.delete(position);
          } else if (piece !== undefined) {
            const position = piece === 'page' ? takePage() : takeSlab();
            live.set(position, piece === 'page' ? PAGE_BYTES : SLAB_BYTES);
            pieces.push(() => (piece === 'page' ? returnPage(position) : returnSlab(position)));
          }
        }
        expectApart(live);
        for (const position of records) release(position);
        for (const giveBack of pieces) giveBack();
        expect(usedBytes()).toBe(before);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a copy', () => {
  const at = RECEIVE_AT;

  it('copies any number of bytes from anywhere to anywhere', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 200, max: 400 }),
        (bytes, by) => {
          u8.set(bytes, at);
          u8[at + by + bytes.length] = 0xaa;
          copy(at + by, at, bytes.length);
          expect(u8.slice(at + by, at + by + bytes.length)).toEqual(bytes);
          expect(u8[at + by + bytes.length]).toBe(0xaa);
        },
      ),
    );
  });

  it('may move bytes forward onto their own place', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (bytes, by) => {
          u8.set(bytes, at + by);
          copy(at, at + by, bytes.length);
          expect(u8.slice(at, at + bytes.length)).toEqual(bytes);
        },
      ),
    );
  });
});

describe('a view', () => {
  it('shows the memory itself, as bytes that sockets and decoders take', () => {
    u8[RECEIVE_AT] = 1;
    const shown = view(RECEIVE_AT, RECEIVE_AT + 10);
    expect(shown).toHaveLength(10);
    dv.setUint8(RECEIVE_AT, 99);
    expect(shown[0]).toBe(99);
  });
});
