// HOT: the messages of one priority of a queue.
import { Backlog } from './backlog.ts';
import { ReadyRing } from './ready-ring.ts';
import { ReturnedHeap } from './returned-heap.ts';

export type WaitingVisitor = (
  record: number,
  seq: number,
  expiresAt: number,
  returns: number,
) => number;

/**
 * In the order in which they leave: those that came back, the head, the backlog on disk, the tail.
 * Without a backlog, head and tail are one ring.
 */
export class Level {
  readonly priority: number;
  readonly #inTurn: boolean;
  head = new ReadyRing();
  tail = this.head;
  returned: ReturnedHeap | undefined = undefined;
  backlog: Backlog | undefined = undefined;

  /** @param inTurn whether messages that come back leave in the order in which they did */
  constructor(priority: number, inTurn: boolean) {
    this.priority = priority;
    this.#inTurn = inTurn;
  }

  get size(): number {
    const { backlog } = this;
    return backlog === undefined ? this.present : this.present + backlog.size + this.tail.size;
  }

  /** How many can leave at once, without anything being read. */
  get present(): number {
    return this.head.size + (this.returned === undefined ? 0 : this.returned.size);
  }

  /** The first number that waits and has not come back; the next one that comes, if none does. */
  get firstSeq(): number {
    if (this.head.size > 0) return this.head.firstSeq;
    return this.backlog?.runs[0]?.from ?? this.tail.firstSeq;
  }

  /** The lowest number that waits. */
  get lowestSeq(): number {
    const { returned } = this;
    if (returned === undefined || returned.size === 0) return this.firstSeq;
    return Math.min(returned.lowestSeq, this.firstSeq);
  }

  /** The record that leaves first; 0 when there is none in memory in front. */
  get first(): number {
    const { returned } = this;
    if (returned !== undefined && returned.size > 0) return returned.firstRecord;
    return this.head.peek();
  }

  push(record: number, expiresAt: number): number {
    const seq = this.tail.push(record);
    if (expiresAt !== Infinity) this.tail.expire(seq, expiresAt);
    return seq;
  }

  putBack(record: number, seq: number, expiresAt: number, returns: number): void {
    this.returned ??= new ReturnedHeap(this.#inTurn);
    this.returned.add(seq, record, expiresAt, returns);
  }

  /** When the first one expires; Infinity if never, if there is none, or if it is not in memory. */
  firstExpiry(): number {
    const returned = this.returned;
    if (returned !== undefined && returned.size > 0) return returned.firstExpiry;
    return this.head.firstExpiry();
  }

  /** Gives the level a backlog: from now on what comes goes behind it. */
  part(): Backlog {
    this.head = new ReadyRing();
    this.backlog = new Backlog();
    return this.backlog;
  }

  /** When nothing is left before the tail, the tail is the head. */
  join(): void {
    if (this.backlog === undefined || this.backlog.size > 0 || this.head.size > 0) return;
    this.backlog = undefined;
    this.head = this.tail;
  }

  /** Visits what is in memory before the backlog. */
  visitFront(visit: WaitingVisitor): void {
    this.returned?.visit(visit);
    visitRing(this.head, visit);
  }

  /** Visits what is in memory behind the backlog. */
  visitTail(visit: WaitingVisitor): void {
    if (this.tail !== this.head) visitRing(this.tail, visit);
  }
}

function visitRing(ring: ReadyRing, visit: WaitingVisitor): void {
  const expiries = new Map<number, number>();
  ring.expiries?.visit((seq, expiresAt) => {
    expiries.set(seq, expiresAt);
    return true;
  });
  ring.visit((record, seq) => visit(record, seq, expiries.get(seq) ?? Infinity, 0));
}
