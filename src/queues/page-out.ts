import {
  bodySize,
  contentAt,
  dropReference,
  flagsOf,
  isPersistent,
  keptLength,
} from '../model/record.ts';
import type { Lane } from '../store/append-log.ts';
import type { Extent, Overflow } from '../store/overflow.ts';
import type { Level } from './level.ts';
import type { QueueLog } from './queue-log.ts';
import type { Ready } from './ready.ts';
import { ReadyRing } from './ready-ring.ts';
import { appendRun, prependRun, Run } from './run.ts';

/** Where the messages of a level can go. */
interface Destination {
  readonly overflow: Overflow | undefined;
  /** Where the log keeps the persistent ones of a durable queue. */
  readonly lane: Lane | undefined;
}

const CHUNK_MESSAGES = 1024;
const CHUNK_BYTES = 256 * 1024;
// About what a record takes beside what has to be kept of it.
const RECORD_BYTES = 8;

/** Messages at the front of a ring that go to one place. */
class Chunk {
  count = 0;
  /** Sum of the bodies. */
  bytes = 0;
  /** Memory that they take. */
  memory = 0;
  from = 0;
  to = 0;
  persistent = 0;
  stored = 0;

  /** @param whole as much as goes to one place, and not just a piece of it */
  constructor(ring: ReadyRing, skip: number, { lane }: Destination, whole = false) {
    const storedTo = lane === undefined ? 0 : lane.storedTo;
    let skipped = 0;
    ring.visit((record, seq) => {
      if (skipped++ < skip) return record;
      const persistent = lane !== undefined && isPersistent(record);
      const stored = persistent && seq < storedTo;
      // What costs nothing goes by itself.
      const mixes = persistent && !stored && this.stored === this.count;
      if (this.count > 0 && (mixes || (!whole && this.#isFull(record)))) return 0;
      if (this.count === 0) this.from = seq;
      this.to = seq + 1;
      this.count += 1;
      this.bytes += bodySize(record);
      this.memory += memoryOf(record);
      if (persistent) this.persistent += 1;
      if (stored) this.stored += 1;
      return record;
    });
  }

  /** Where it goes: it is in the log already, or is not stored there yet, or has to be written. */
  get place(): 'log' | 'log later' | 'overflow' {
    if (this.stored === this.count) return 'log';
    return this.persistent === this.count ? 'log later' : 'overflow';
  }

  #isFull(record: number): boolean {
    return this.count === CHUNK_MESSAGES || this.memory + memoryOf(record) > CHUNK_BYTES;
  }
}

/**
 * Lets go of what a queue has in memory behind its first `keepBytes`, as far as it lies on disk or
 * can be written there. The first message of each priority stays.
 * @param log of a durable queue
 * @param mostBytes when so much has been let go of, the rest may wait
 * @returns bytes of the records
 * @throws the disk's errors
 */
export function pageOut(
  ready: Ready,
  overflow: Overflow | undefined,
  log: QueueLog | undefined,
  keepBytes: number,
  mostBytes: number,
): number {
  let released = 0;
  // What leaves last goes first.
  for (const level of ready.levels) {
    if (released >= mostBytes) break;
    const to = { overflow, lane: log?.lane(level.priority) };
    const keep = level === ready.highest ? keepBytes : 0;
    if (level.size > 0) released += pageOutLevel(ready, level, to, keep, mostBytes - released);
  }
  return released;
}

function pageOutLevel(
  ready: Ready,
  level: Level,
  to: Destination,
  keepBytes: number,
  mostBytes: number,
): number {
  const { backlog } = level;
  if (backlog !== undefined) {
    const unloaded = backlog.reading === undefined ? unload(ready, level, to, keepBytes) : 0;
    return unloaded + pageTail(ready, level, to, mostBytes);
  }
  const { tail } = level;
  const kept = countOf(tail, keepBytes);
  if (kept === tail.size) return 0;
  if (!canGo(new Chunk(tail, kept, to), tail, to)) return 0;
  level.part().lowMark = kept >>> 1;
  for (let i = 0; i < kept; i++) tail.moveFirstTo(level.head);
  return pageTail(ready, level, to, mostBytes);
}

// Chunk by chunk from the front of the tail, which is what follows the backlog.
function pageTail(ready: Ready, level: Level, to: Destination, mostBytes: number): number {
  const { tail, backlog } = level;
  if (backlog === undefined) return 0;
  let released = 0;
  while (tail.size > 0 && released < mostBytes) {
    const chunk = new Chunk(tail, 0, to);
    const run = canGo(chunk, tail, to) ? write(tail, chunk, to) : undefined;
    if (run === undefined) break;
    appendRun(backlog.runs, run);
    released += letGo(ready, level, tail, chunk);
  }
  return released;
}

// What was read from the log, and is not wanted after all, is there still.
function unload(ready: Ready, level: Level, to: Destination, keepBytes: number): number {
  const { head, backlog } = level;
  const kept = countOf(head, keepBytes);
  if (backlog === undefined || kept === head.size) return 0;
  const chunk = new Chunk(head, kept, to, true);
  if (chunk.place !== 'log' || kept + chunk.count < head.size) return 0;
  level.head = new ReadyRing();
  for (let i = 0; i < kept; i++) head.moveFirstTo(level.head);
  backlog.lowMark = kept >>> 1;
  prependRun(backlog.runs, runOf(chunk, undefined));
  return letGo(ready, level, head, chunk);
}

// How many messages take up so many bytes; one at least, if there is one.
function countOf(ring: ReadyRing, bytes: number): number {
  let count = 0;
  let memory = 0;
  ring.visit((record) => {
    if (count > 0 && memory >= bytes) return 0;
    count += 1;
    memory += memoryOf(record);
    return record;
  });
  return count;
}

// What the log will have stored soon is not worth writing, unless it keeps much that will never be.
function canGo({ place }: Chunk, ring: ReadyRing, { overflow }: Destination): boolean {
  if (place === 'log') return true;
  if (overflow === undefined) return false;
  return place === 'overflow' || isMostlyTransient(ring);
}

function isMostlyTransient(ring: ReadyRing): boolean {
  let persistent = 0;
  let transient = 0;
  ring.visit((record) => {
    if (isPersistent(record)) persistent += memoryOf(record);
    else transient += memoryOf(record);
    return record;
  });
  return transient > persistent;
}

function write(ring: ReadyRing, chunk: Chunk, { overflow }: Destination): Run | undefined {
  if (chunk.place === 'log') return runOf(chunk, undefined);
  if (overflow === undefined) return undefined;
  const expiries = new Map<number, number>();
  ring.expiries?.visit((seq, expiresAt) => {
    if (seq < chunk.to) expiries.set(seq, expiresAt);
    return seq < chunk.to;
  });
  ring.visit((record, seq) => {
    if (seq >= chunk.to) return 0;
    const expiresAt = expiries.get(seq) ?? Infinity;
    overflow.add(seq, flagsOf(record), expiresAt, contentAt(record), keptLength(record));
    return record;
  });
  const extent = overflow.write();
  return extent === undefined ? undefined : runOf(chunk, extent);
}

function runOf({ from, to, count, bytes, persistent }: Chunk, extent: Extent | undefined): Run {
  return new Run(from, to, count, bytes, persistent > 0, extent);
}

function letGo(ready: Ready, level: Level, ring: ReadyRing, chunk: Chunk): number {
  const { count, bytes, memory } = chunk;
  for (let i = 0; i < count; i++) {
    ring.expiries?.take(ring.firstSeq);
    dropReference(ring.shift());
  }
  if (level.backlog !== undefined) level.backlog.size += count;
  ready.onDisk += count;
  ready.bytesOnDisk += bytes;
  return memory;
}

function memoryOf(record: number): number {
  return keptLength(record) + RECORD_BYTES;
}
