// HOT: every byte that a message touches lies in this one buffer.

/**
 * The process's message memory: one ArrayBuffer, reserved at start and committed by the operating
 * system as it is touched. Received bytes, waiting messages, indexes and unsent output all live in
 * it, so that each copy is a `copyWithin` and each read has a constant base.
 *
 * Layout: a null page (position 0 means "nothing"), the receive window with its headroom, segments.
 * A segment serves either records (bump allocation, a live count), pages, slabs, or nothing.
 */

const MIB = 1024 * 1024;
export const PAGE_BYTES = 1024;
export const SLAB_BYTES = 64 * 1024;
export const SEGMENT_BYTES = 256 * 1024;
const SEGMENT_SHIFT = 18;

/** Room in front of the receive window for the unfinished tail of the read before: one whole frame. */
const HEADROOM_BYTES = MIB;
export const RECEIVE_BYTES = 256 * 1024;

function reserve(): ArrayBuffer {
  // Offsets stay below 2³¹ so that they are small integers. Windows commits what is reserved.
  const wanted = process.platform === 'win32' ? 512 * MIB : 2048 * MIB - SEGMENT_BYTES;
  for (let bytes = wanted; ; bytes = Math.floor(bytes / 2)) {
    try {
      return new ArrayBuffer(bytes - (bytes % SEGMENT_BYTES));
    } catch (error) {
      if (bytes < 64 * MIB) throw error;
    }
  }
}

const memory = reserve();
export const u8 = new Uint8Array(memory);
export const dv = new DataView(memory);

/** Offset of the receive window; a connection's stashed tail is put just in front of it. */
export const RECEIVE_AT = PAGE_BYTES + HEADROOM_BYTES;

/** A window onto the memory for those who want a Buffer: sockets and decoders. */
export function view(start: number, end: number): Buffer {
  return Buffer.from(memory, start, end - start);
}

const FIRST_SEGMENT = Math.ceil((RECEIVE_AT + RECEIVE_BYTES) / SEGMENT_BYTES);
const SEGMENTS = memory.byteLength / SEGMENT_BYTES;

/** Bytes that segments can hold in all. */
export const CAPACITY_BYTES = (SEGMENTS - FIRST_SEGMENT) * SEGMENT_BYTES;

// Per segment: records alive in it (a large record counts in its first segment), and for the first
// segment of a large record how many segments it spans.
const live = new Int32Array(SEGMENTS);
const span = new Int32Array(SEGMENTS);
const taken = new Uint8Array(SEGMENTS);
const free = new Int32Array(SEGMENTS);
let freeCount = 0;
let untouched = FIRST_SEGMENT;
let usedSegments = 0;
// Of these, what pages and slabs were cut from: they are kept for pages and slabs.
let pooledSegments = 0;

/** Bytes of segments in use by anybody in this process. */
export function usedBytes(): number {
  return usedSegments * SEGMENT_BYTES;
}

/** Bytes of segments that were ever in use: the operating system has given room for them. */
export function touchedBytes(): number {
  return (untouched - FIRST_SEGMENT) * SEGMENT_BYTES;
}

/** No room is left: what was about to be stored must be refused. */
export class MemoryExhausted extends Error {
  override readonly name = 'MemoryExhausted';
  constructor() {
    super(`the message memory of ${CAPACITY_BYTES / MIB} MiB is full`);
  }
}

// Messages of clients leave the last segments to output, indexes and what the broker has to move.
const CLIENT_SEGMENTS = Math.floor((SEGMENTS - FIRST_SEGMENT) * 0.95);

/** @throws MemoryExhausted when a client's message may not be stored any more */
export function checkRoom(): void {
  if (usedSegments >= CLIENT_SEGMENTS) throw new MemoryExhausted();
}

function takeSegment(): number {
  let segment: number;
  if (freeCount > 0) segment = at(free, --freeCount);
  else if (untouched < SEGMENTS) segment = untouched++;
  else throw new MemoryExhausted();
  taken[segment] = 1;
  usedSegments += 1;
  return segment;
}

function freeSegment(segment: number): void {
  taken[segment] = 0;
  free[freeCount++] = segment;
  usedSegments -= 1;
}

let foreignBytes = 0;
const FOREIGN_BYTES_MAX = CAPACITY_BYTES / 2;

/**
 * So many bytes more (or fewer) wait elsewhere in the process to become records.
 * @throws MemoryExhausted when they become too many; they count all the same
 */
export function addForeignBytes(bytes: number): void {
  foreignBytes += bytes;
  if (bytes > 0 && foreignBytes > FOREIGN_BYTES_MAX) throw new MemoryExhausted();
}

/** Bytes that have come of messages and wait elsewhere in the process to become records. */
export function receivingBytes(): number {
  return foreignBytes;
}

/**
 * Bytes that somebody needs now: segments with records, pages and slabs that are not idle, and
 * what is still being received.
 */
export function busyBytes(): number {
  return recordBytes() + pagesInUse * PAGE_BYTES + slabsInUse * SLAB_BYTES + foreignBytes;
}

/** Bytes of the segments that hold records, whatever is left of them. */
export function recordBytes(): number {
  return (usedSegments - pooledSegments) * SEGMENT_BYTES;
}

/** How many segments there are; a record's is `segmentOf`. */
export const SEGMENT_COUNT = SEGMENTS;

export function segmentOf(position: number): number {
  return position >>> SEGMENT_SHIFT;
}

/** Whether a segment would be free if the records in it were elsewhere. */
export function canBeEmptied(segment: number): boolean {
  return segment !== current && at(span, segment) === 0;
}

function at(array: Int32Array, index: number): number {
  const value = array[index];
  return value === undefined ? 0 : value;
}

/** `count` neighbouring segments for one large record: rare, so a scan is fine. */
function takeRun(count: number): number {
  let run = 0;
  for (let segment = FIRST_SEGMENT; segment < SEGMENTS; segment++) {
    run = taken[segment] === 1 ? 0 : run + 1;
    if (run < count) continue;
    untouched = Math.max(untouched, segment + 1);
    return claimRun(segment - count + 1, count);
  }
  throw new MemoryExhausted();
}

function claimRun(first: number, count: number): number {
  let kept = 0;
  for (let i = 0; i < freeCount; i++) {
    const segment = at(free, i);
    if (segment < first || segment >= first + count) free[kept++] = segment;
  }
  freeCount = kept;
  taken.fill(1, first, first + count);
  usedSegments += count;
  return first;
}

// Records: bump allocation in the current segment, which a live count of its own keeps from being freed.

let current = 0;
let bump = 0;
let bumpEnd = 0;

/**
 * Room for a record of `bytes`, 4-byte aligned.
 * @throws MemoryExhausted
 */
export function allocate(bytes: number): number {
  const size = (bytes + 3) & ~3;
  if (bump + size <= bumpEnd) {
    const position = bump;
    bump += size;
    live[current] = at(live, current) + 1;
    return position;
  }
  return allocateElsewhere(size);
}

function allocateElsewhere(size: number): number {
  if (size > SEGMENT_BYTES) {
    const count = Math.ceil(size / SEGMENT_BYTES);
    const first = takeRun(count);
    live[first] = 1;
    span[first] = count;
    return first * SEGMENT_BYTES;
  }
  const segment = takeSegment();
  const left = current;
  current = segment;
  bump = segment * SEGMENT_BYTES;
  bumpEnd = bump + SEGMENT_BYTES;
  if (left !== 0 && at(live, left) === 0) freeSegment(left);
  live[segment] = 1;
  const position = bump;
  bump += size;
  return position;
}

/** Gives a record's room back. */
export function release(position: number): void {
  const segment = position >>> SEGMENT_SHIFT;
  const left = at(live, segment) - 1;
  live[segment] = left;
  if (left !== 0) return;
  if (segment === current) {
    // Nothing else is alive here: start over, on bytes that the cache still holds.
    bump = segment * SEGMENT_BYTES;
    return;
  }
  releaseSegment(segment);
}

function releaseSegment(segment: number): void {
  const count = at(span, segment);
  if (count === 0) {
    freeSegment(segment);
    return;
  }
  span[segment] = 0;
  for (let i = 0; i < count; i++) freeSegment(segment + i);
}

// Pages and slabs: fixed sizes, last freed first reused, linked through their first four bytes.

let freePage = 0;
let pagesInUse = 0;
let freeSlab = 0;

/** A page of PAGE_BYTES, aligned to its size. Its contents are whatever was there. */
export function takePage(): number {
  if (freePage === 0) freePage = carve(PAGE_BYTES);
  const page = freePage;
  pagesInUse += 1;
  freePage = dv.getInt32(page, true);
  return page;
}

export function returnPage(page: number): void {
  pagesInUse -= 1;
  dv.setInt32(page, freePage, true);
  freePage = page;
}

/** How many slabs are in use. */
export let slabsInUse = 0;

/** A slab of SLAB_BYTES for output. */
export function takeSlab(): number {
  if (freeSlab === 0) freeSlab = carve(SLAB_BYTES);
  const slab = freeSlab;
  slabsInUse += 1;
  freeSlab = dv.getInt32(slab, true);
  return slab;
}

export function returnSlab(slab: number): void {
  slabsInUse -= 1;
  dv.setInt32(slab, freeSlab, true);
  freeSlab = slab;
}

function carve(size: number): number {
  const start = takeSegment() * SEGMENT_BYTES;
  pooledSegments += 1;
  const end = start + SEGMENT_BYTES;
  for (let piece = start; piece < end; piece += size) {
    dv.setInt32(piece, piece + size < end ? piece + size : 0, true);
  }
  return start;
}

// Up to here the loop is quicker than the call.
const SHORT_COPY = 6;

/** Copies within the memory; the ranges may overlap when `to` lies before `from`. */
export function copy(to: number, from: number, length: number): void {
  if (length > SHORT_COPY) {
    u8.copyWithin(to, from, from + length);
    return;
  }
  for (let i = 0; i < length; i++) u8[to + i] = dv.getUint8(from + i);
}
