// HOT: the deliverable messages of a queue, in the order in which they leave.
import { bodySize } from '../model/record.ts';
import { Level, type WaitingVisitor } from './level.ts';
import { Run } from './run.ts';

/** What reads messages back from disk. */
export interface Source {
  /** Little of the level is left in memory: reads on, so that it is there in time. */
  fetch(level: Level): void;
}

/**
 * Greater priorities leave first, each a level of its own; a queue without priorities has one level.
 * `shift` leaves what belongs to the record in the `taken…` fields, so that nothing is allocated.
 */
export class Ready {
  size = 0;
  /** Sum of the bodies, in bytes. */
  bytes = 0;
  takenSeq = 0;
  takenExpiry = Infinity;
  takenReturns = 0;
  /** How many of them lie on disk, and the sum of their bodies. */
  onDisk = 0;
  bytesOnDisk = 0;
  /** There is one as soon as something lies on disk. */
  source: Source | undefined = undefined;
  readonly #levels: Level[];
  readonly #base: Level;
  // No level above this one holds a message.
  #top = 0;

  /** @param inTurn whether messages that come back leave in the order in which they did */
  constructor(maxPriority: number, inTurn = false) {
    this.#base = new Level(0, inTurn);
    this.#levels = [this.#base];
    for (let priority = 1; priority <= maxPriority; priority++) {
      this.#levels.push(new Level(priority, inTurn));
    }
  }

  /** By priority. */
  get levels(): readonly Level[] {
    return this.#levels;
  }

  /** Appends and returns the place that the message takes. */
  push(record: number, priority: number, expiresAt: number): number {
    const seq = this.#level(priority).push(record, expiresAt);
    this.size += 1;
    this.bytes += bodySize(record);
    return seq;
  }

  /** A message passes through without waiting: the place that it would have had. */
  passSeq(priority: number): number {
    return this.#level(priority).tail.firstSeq++;
  }

  /** Whether a message that was pushed has not been taken since. */
  isWaiting(seq: number, priority: number): boolean {
    return (this.#levels[priority] ?? this.#base).tail.firstSeq <= seq;
  }

  /** Whether there is a next message and it lies in memory. */
  get isHere(): boolean {
    return this.size > 0 && (this.onDisk === 0 || this.#highest().present > 0);
  }

  /** The level that the next message leaves. */
  get highest(): Level {
    return this.#highest();
  }

  /** Puts a message back: at its old place, or behind what came back before it. */
  putBack(record: number, priority: number, seq: number, expiresAt: number, returns: number): void {
    this.#level(priority).putBack(record, seq, expiresAt, returns);
    this.size += 1;
    this.bytes += bodySize(record);
  }

  /** A level has `count` messages on disk, and the next one that comes has the number `next`. */
  recover(priority: number, next: number, count: number, bytes: number): Level {
    const level = this.#level(priority);
    level.tail.firstSeq = next;
    if (count === 0) return level;
    const backlog = level.part();
    backlog.runs.push(new Run(0, next, count, bytes, true, undefined));
    backlog.size = count;
    this.size += count;
    this.onDisk += count;
    this.bytes += bytes;
    this.bytesOnDisk += bytes;
    return level;
  }

  /** When the message that leaves next expires; Infinity if never, or if it is not in memory. */
  firstExpiry(): number {
    return this.#highest().firstExpiry();
  }

  /** The earliest expiry among the first messages of all levels, as far as they are in memory. */
  nextExpiry(): number {
    let earliest = Infinity;
    for (const level of this.#levels) earliest = Math.min(earliest, level.firstExpiry());
    return earliest;
  }

  /** Takes the next message; only while it `isHere`. */
  shift(): number {
    return this.#take(this.#highest());
  }

  /** Takes a message that stands first in its level and has expired by `now`; 0 when there is none. */
  shiftExpired(now: number): number {
    for (const level of this.#levels) {
      if (level.present > 0 && level.firstExpiry() <= now) return this.#take(level);
    }
    return 0;
  }

  /** Visits what is in memory, in the order in which it leaves. */
  visit(visit: WaitingVisitor): void {
    for (let i = this.#levels.length - 1; i >= 0; i--) {
      this.#levels[i]?.visitFront(visit);
      this.#levels[i]?.visitTail(visit);
    }
  }

  #take(level: Level): number {
    const returned = level.returned;
    let record: number;
    if (returned !== undefined && returned.size > 0) {
      record = returned.firstRecord;
      this.takenSeq = returned.firstSeq;
      this.takenExpiry = returned.firstExpiry;
      this.takenReturns = returned.firstReturns;
      returned.removeFirst();
    } else {
      const ring = level.head;
      const seq = ring.firstSeq;
      record = ring.shift();
      this.takenSeq = seq;
      this.takenExpiry = ring.expiries === undefined ? Infinity : ring.expiries.take(seq);
      this.takenReturns = 0;
    }
    this.size -= 1;
    this.bytes -= bodySize(record);
    const backlog = level.backlog;
    if (backlog !== undefined && level.present <= backlog.lowMark) {
      level.join();
      this.source?.fetch(level);
    }
    return record;
  }

  #level(priority: number): Level {
    if (priority === 0) return this.#base;
    if (priority > this.#top) this.#top = priority;
    return this.#levels[priority] ?? this.#base;
  }

  #highest(): Level {
    while (this.#top > 0) {
      const level = this.#levels[this.#top];
      if (level !== undefined && level.size > 0) return level;
      this.#top -= 1;
    }
    return this.#base;
  }
}
