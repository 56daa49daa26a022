// HOT: messages that come back from disk.
import type { Clock, Timer } from '../kit/clock.ts';
import { asError } from '../kit/errors.ts';
import { MemoryExhausted } from '../kit/memory.ts';
import { addReference, bodySize, dropReference, restoreRecord } from '../model/record.ts';
import type { AppendLog, Lane, Visit } from '../store/append-log.ts';
import type { Overflow } from '../store/overflow.ts';
import { type Backlog, Reading } from './backlog.ts';
import type { Level, WaitingVisitor } from './level.ts';
import type { Ready, Source } from './ready.ts';
import type { Room } from './room.ts';
import type { Run } from './run.ts';

/** What moving messages between memory and disk needs of their queue. */
export interface Shelf {
  readonly clock: Clock;
  readonly log: AppendLog;
  readonly overflow: Overflow | undefined;
  readonly room: Room;
  lane(priority: number): Lane;
  /** Bytes of what is out with the queue's consumers. */
  unackedBytes(): number;
  /** The record of a message that has come back before; see `QueueHost`. */
  countReturn(record: number, returns: number): number;
  /** Messages have come into memory: somebody may wait for them. */
  loaded(): void;
  failed(error: Error): void;
}

const KIB = 1024;
const CHUNK_BYTES = 256 * KIB;
const CHUNK_BYTES_MAX = 1024 * KIB;
// So much the consumers of a queue may have, however short memory is.
const SHARE_BYTES = 4 * 1024 * KIB;
const RETRY_MS = 1000;

/** Reads a queue's messages back from disk, ahead of those who take them. */
export class Loader implements Source {
  readonly #ready: Ready;
  readonly #shelf: Shelf;
  #retry: Timer | undefined = undefined;
  #waits = false;
  #stopped = false;

  constructor(ready: Ready, shelf: Shelf) {
    this.#ready = ready;
    this.#shelf = shelf;
  }

  fetch(level: Level): void {
    const { backlog } = level;
    const run = backlog?.runs[0];
    if (backlog === undefined || run === undefined || backlog.reading !== undefined) return;
    if (level.present > backlog.lowMark) return;
    backlog.stalled = this.#retry !== undefined || this.#mustWait(level);
    if (backlog.stalled) return;
    const reading = new Reading();
    backlog.reading = reading;
    const visit = this.#visitor(level, backlog, run, reading);
    const done = (next: number, error: Error | undefined): void => {
      if (backlog.reading === reading) this.#done(level, backlog, run, next, error);
    };
    const { log, overflow } = this.#shelf;
    const { from, to, extent } = run;
    if (extent !== undefined) {
      overflow?.read(extent, visit, (error) => done(error === undefined ? to : from, error));
    } else {
      const bytes = this.#nextChunk(backlog);
      log.read(this.#shelf.lane(level.priority), from, to, bytes, visit, done);
    }
  }

  /** Brings the first messages of a level into memory at once. @returns whether they are there */
  fetchNow(level: Level): boolean {
    while (level.present === 0) {
      const { backlog } = level;
      const run = backlog?.runs[0];
      if (backlog === undefined || run === undefined || this.#retry !== undefined) return false;
      const reading = new Reading();
      backlog.reading = reading;
      try {
        const { isFull } = this.#shelf.room;
        if (isFull && this.#shelf.unackedBytes() > 0) throw new MemoryExhausted();
        const visit = this.#visitor(level, backlog, run, reading);
        const bytes = isFull ? 1 : CHUNK_BYTES;
        const next = this.#readNow(level.priority, run, run.from, bytes, visit);
        this.#advance(level, backlog, run, next);
        if (reading.exhausted) throw new MemoryExhausted();
      } catch (error) {
        this.#fail(backlog, error);
      }
      backlog.reading = undefined;
      backlog.lowMark = level.present >>> 1;
      level.join();
    }
    return true;
  }

  /**
   * Visits what lies on disk, in the order in which it leaves; a visitor that returns 0 ends that.
   * @throws the disk's errors
   */
  visit(level: Level, visit: WaitingVisitor): void {
    let ended = false;
    for (const run of level.backlog?.runs ?? []) {
      const seen: Visit = (seq, flags, expiresAt, returns, bytes, at, length) => {
        if (ended || seq < run.from) return;
        const record = this.#restore(flags, returns, bytes, at, length);
        ended = visit(record, seq, this.#onClock(run, expiresAt), returns) === 0;
        dropReference(record);
      };
      for (let next = run.from; next < run.to && !ended; ) {
        next = this.#readNow(level.priority, run, next, CHUNK_BYTES_MAX, seen);
      }
    }
  }

  /** Gives up what lies on disk. */
  forget(level: Level): void {
    const { backlog } = level;
    if (backlog === undefined) return;
    backlog.reading = undefined;
    while (backlog.runs.length > 0) {
      const [run] = backlog.runs;
      if (run !== undefined) this.#finish(backlog, run);
    }
  }

  /** Nothing is wanted any more. */
  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
  }

  #visitor(level: Level, backlog: Backlog, run: Run, reading: Reading): Visit {
    return (seq, flags, expiresAt, returns, bytes, at, length) => {
      if (backlog.reading !== reading || reading.exhausted) return;
      if (backlog.runs[0] !== run || seq < run.from) return;
      try {
        const record = this.#restore(flags, returns, bytes, at, length);
        this.#place(level, record, seq, this.#onClock(run, expiresAt), returns);
        this.#take(backlog, run, 1, bodySize(record));
      } catch (error) {
        if (!(error instanceof MemoryExhausted)) throw error;
        // What has been read stays; the others are read again when there is room.
        reading.exhausted = true;
        return;
      }
      run.from = seq + 1;
      if (run.count === 0) this.#finish(backlog, run);
    };
  }

  #place(level: Level, record: number, seq: number, expiresAt: number, returns: number): void {
    try {
      if (returns > 0) level.putBack(record, seq, expiresAt, returns);
      else level.head.pushAt(seq, record, expiresAt);
    } catch (error) {
      dropReference(record);
      throw error;
    }
  }

  #restore(flags: number, returns: number, bytes: Uint8Array, at: number, length: number): number {
    const record = restoreRecord(bytes, at, length, flags);
    addReference(record);
    return returns > 0 ? this.#shelf.countReturn(record, returns) : record;
  }

  #readNow(priority: number, run: Run, from: number, bytes: number, visit: Visit): number {
    const { log, overflow } = this.#shelf;
    if (run.extent === undefined) {
      return log.readNow(this.#shelf.lane(priority), from, run.to, bytes, visit);
    }
    overflow?.readNow(run.extent, visit);
    return run.to;
  }

  // The log knows the time of the wall, the overflow that of the clock.
  #onClock({ extent }: Run, expiresAt: number): number {
    if (extent !== undefined || expiresAt === Infinity) return expiresAt;
    const { clock } = this.#shelf;
    return expiresAt - clock.wall() + clock.now();
  }

  #done(level: Level, backlog: Backlog, run: Run, next: number, error: Error | undefined): void {
    const exhausted = backlog.reading?.exhausted ? new MemoryExhausted() : undefined;
    this.#advance(level, backlog, run, next);
    backlog.reading = undefined;
    backlog.lowMark = level.present >>> 1;
    const failure = error ?? exhausted;
    if (failure !== undefined) this.#fail(backlog, failure);
    this.#shelf.loaded();
    if (level.present === 0 && !backlog.stalled) this.fetch(level);
  }

  #advance(level: Level, backlog: Backlog, run: Run, next: number): void {
    if (backlog.runs[0] === run && !backlog.reading?.exhausted) {
      run.from = Math.max(run.from, next);
      if (run.from >= run.to) this.#miss(backlog, run);
    }
    level.join();
  }

  // All has been read, and not all was there: somebody has to be told, and the counts corrected.
  #miss(backlog: Backlog, run: Run): void {
    const { count, bytes } = run;
    this.#take(backlog, run, count, bytes);
    this.#ready.size -= count;
    this.#ready.bytes -= bytes;
    this.#finish(backlog, run);
    this.#shelf.failed(new Error(`${count} messages are not where they were written`));
  }

  #take(backlog: Backlog, run: Run, count: number, bytes: number): void {
    run.count -= count;
    run.bytes -= bytes;
    backlog.size -= count;
    this.#ready.onDisk -= count;
    this.#ready.bytesOnDisk -= bytes;
  }

  #finish(backlog: Backlog, run: Run): void {
    this.#take(backlog, run, run.count, run.bytes);
    backlog.runs.shift();
    if (run.extent !== undefined) this.#shelf.overflow?.free(run.extent);
  }

  #nextChunk(backlog: Backlog): number {
    const { room } = this.#shelf;
    const grown = Math.min(2 * backlog.chunkBytes, CHUNK_BYTES_MAX);
    backlog.chunkBytes = room.isShort ? CHUNK_BYTES : Math.max(grown, CHUNK_BYTES);
    return room.isFull ? 1 : backlog.chunkBytes;
  }

  // However short memory is, a queue whose consumers have nothing gets something to go on with.
  #mustWait(level: Level): boolean {
    const { room } = this.#shelf;
    if (!room.isFull && !room.isShort) return false;
    const most = room.isFull ? 0 : SHARE_BYTES;
    if (level.present === 0 && this.#shelf.unackedBytes() <= most) return false;
    this.#wait();
    return true;
  }

  #wait(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#shelf.room.whenRoom(() => {
      this.#waits = false;
      this.#resume();
    });
  }

  #fail(backlog: Backlog, error: unknown): void {
    backlog.stalled = true;
    this.#retry ??= this.#shelf.clock.after(RETRY_MS, () => {
      this.#retry = undefined;
      this.#resume();
    });
    this.#shelf.failed(asError(error));
  }

  #resume(): void {
    if (this.#stopped) return;
    for (const level of this.#ready.levels) if (level.backlog?.stalled) this.fetch(level);
  }
}
