// HOT: the deliverable messages of a queue, in the order in which they leave.
import { bodySize } from '../model/record.ts';
import { ExpiryRing } from './expiry-ring.ts';
import { ReadyRing } from './ready-ring.ts';
import { ReturnedHeap } from './returned-heap.ts';

export type WaitingVisitor = (
  record: number,
  seq: number,
  expiresAt: number,
  returns: number,
) => number;

/** The messages of one priority: those that came back first, then those never delivered. */
class Level {
  readonly ring = new ReadyRing();
  returned: ReturnedHeap | undefined = undefined;
  expiries: ExpiryRing | undefined = undefined;

  get size(): number {
    return this.ring.size + (this.returned === undefined ? 0 : this.returned.size);
  }

  push(record: number, expiresAt: number): number {
    const seq = this.ring.push(record);
    if (expiresAt !== Infinity) {
      this.expiries ??= new ExpiryRing();
      this.expiries.push(seq, expiresAt);
    }
    return seq;
  }

  firstExpiry(): number {
    const returned = this.returned;
    if (returned !== undefined && returned.size > 0) return returned.firstExpiry;
    if (this.ring.size === 0) return Infinity;
    return this.expiries === undefined ? Infinity : this.expiries.expiryOf(this.ring.firstSeq);
  }

  visit(visit: WaitingVisitor): void {
    this.returned?.visit(visit);
    const expiries = new Map<number, number>();
    this.expiries?.visit((seq, expiresAt) => {
      expiries.set(seq, expiresAt);
    });
    this.ring.visit((record, seq) => visit(record, seq, expiries.get(seq) ?? Infinity, 0));
  }
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
  readonly #levels: Level[];
  readonly #base: Level;
  // No level above this one holds a message.
  #top = 0;

  constructor(maxPriority: number) {
    this.#base = new Level();
    this.#levels = [this.#base];
    for (let priority = 1; priority <= maxPriority; priority++) this.#levels.push(new Level());
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
    return this.#level(priority).ring.firstSeq++;
  }

  /** Whether a message that was pushed has not been taken since. */
  isWaiting(seq: number, priority: number): boolean {
    return (this.#levels[priority] ?? this.#base).ring.firstSeq <= seq;
  }

  /** Puts a message back at its old place. */
  putBack(record: number, priority: number, seq: number, expiresAt: number, returns: number): void {
    const level = this.#level(priority);
    level.returned ??= new ReturnedHeap();
    level.returned.add(seq, record, expiresAt, returns);
    this.size += 1;
    this.bytes += bodySize(record);
  }

  /** When the message that leaves next expires; Infinity if never, or if there is none. */
  firstExpiry(): number {
    return this.#highest().firstExpiry();
  }

  /** The earliest expiry among the first messages of all levels. */
  nextExpiry(): number {
    let earliest = Infinity;
    for (const level of this.#levels) earliest = Math.min(earliest, level.firstExpiry());
    return earliest;
  }

  /** Takes the next message; only while `size` > 0. */
  shift(): number {
    return this.#take(this.#highest());
  }

  /** Takes a message that stands first in its level and has expired by `now`; 0 when there is none. */
  shiftExpired(now: number): number {
    for (const level of this.#levels) {
      if (level.size > 0 && level.firstExpiry() <= now) return this.#take(level);
    }
    return 0;
  }

  visit(visit: WaitingVisitor): void {
    for (let i = this.#levels.length - 1; i >= 0; i--) this.#levels[i]?.visit(visit);
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
      const seq = level.ring.firstSeq;
      record = level.ring.shift();
      this.takenSeq = seq;
      this.takenExpiry = level.expiries === undefined ? Infinity : level.expiries.take(seq);
      this.takenReturns = 0;
    }
    this.size -= 1;
    this.bytes -= bodySize(record);
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
