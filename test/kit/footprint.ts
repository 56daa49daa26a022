import {
  allocate,
  PAGE_BYTES,
  recordBytes,
  release,
  returnPage,
  returnSlab,
  SEGMENT_BYTES,
  SLAB_BYTES,
  takePage,
  takeSlab,
  usedBytes,
} from '../../src/kit/memory.ts';

/** What this process holds of the message memory. */
export interface Footprint {
  /** Bytes of pages and slabs, without those that are free for reuse. */
  readonly pooled: number;
  /** Whether there is any record. */
  readonly records: boolean;
}

/** Counts what is held, to the single page and record. */
export function footprint(): Footprint {
  const free =
    countFree(PAGE_BYTES, takePage, returnPage) + countFree(SLAB_BYTES, takeSlab, returnSlab);
  const position = allocate(8);
  release(position);
  return {
    pooled: usedBytes() - recordBytes() - free,
    // Where no record is alive, the next one starts at the beginning of the only segment.
    records: position % SEGMENT_BYTES !== 0 || recordBytes() > SEGMENT_BYTES,
  };
}

// Takes pieces until a segment is cut up for more: all before were free, and now its pieces are.
function countFree(size: number, take: () => number, giveBack: (piece: number) => void): number {
  const pieces: number[] = [];
  for (const used = usedBytes(); usedBytes() === used; ) pieces.push(take());
  for (const piece of pieces) giveBack(piece);
  return (pieces.length - 1) * size + SEGMENT_BYTES;
}
