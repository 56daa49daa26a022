// HOT: the order of messages that have not been delivered yet.
import { dv, PAGE_BYTES, returnPage, takePage } from '../kit/memory.ts';
import { dropReference, isPersistent } from '../model/record.ts';
import { ExpiryRing } from './expiry-ring.ts';

const LINK_OFFSET = PAGE_BYTES - 4;
const IN_PAGE = PAGE_BYTES - 1;
const GAP_MAX = 0x7fff_ffff;

/**
 * First in, first out, of record positions: four bytes each, in pages of 255 linked by their last
 * word. An empty ring holds no page. Where sequence numbers are missing, a negative word tells how
 * many; the first entry is always a record.
 */
export class ReadyRing {
  /** How many records there are. */
  size = 0;
  /** Sequence number of the first record; of the next one that comes while there is none. */
  firstSeq = 0;
  /** When those of the records that expire do so. */
  expiries: ExpiryRing | undefined = undefined;
  #head = 0;
  #tail = 0;
  // Sequence numbers between the first record and the last that no record has.
  #missing = 0;

  /** The sequence number that the next record gets. */
  get nextSeq(): number {
    return this.firstSeq + this.size + this.#missing;
  }

  /** Appends and returns the entry's sequence number. */
  push(record: number): number {
    this.#append(record);
    const seq = this.firstSeq + this.size + this.#missing;
    this.size += 1;
    return seq;
  }

  /**
   * Appends a record under a number that is not below `nextSeq`.
   * @throws MemoryExhausted before anything has changed
   */
  pushAt(seq: number, record: number, expiresAt: number): void {
    checkPages();
    if (this.size === 0) this.firstSeq = seq;
    for (let gap = seq - this.nextSeq; gap > 0; gap = seq - this.nextSeq) {
      const missing = Math.min(gap, GAP_MAX);
      this.#append(-missing);
      this.#missing += missing;
    }
    this.push(record);
    if (expiresAt !== Infinity) this.expire(seq, expiresAt);
  }

  /** The last record, which has this number, expires. */
  expire(seq: number, expiresAt: number): void {
    this.expiries ??= new ExpiryRing();
    this.expiries.push(seq, expiresAt);
  }

  /** When the first record expires; Infinity if never, or if there is none. */
  firstExpiry(): number {
    if (this.expiries === undefined || this.size === 0) return Infinity;
    return this.expiries.expiryOf(this.firstSeq);
  }

  /** The first record; 0 when there is none. */
  peek(): number {
    return this.size === 0 ? 0 : dv.getInt32(this.#normalHead(), true);
  }

  /**
   * Takes the first record; its sequence number was `firstSeq`, and its expiry is left for
   * `expiries` to forget. Only while `size` > 0.
   */
  shift(): number {
    const head = this.#normalHead();
    const record = dv.getInt32(head, true);
    this.#head = head + 4;
    this.firstSeq += 1;
    this.size -= 1;
    if (this.size === 0) {
      returnPage(head & ~IN_PAGE);
      this.#head = 0;
      this.#tail = 0;
    } else if (this.#missing !== 0) this.#skipGap();
    return record;
  }

  /**
   * Hands the first record with its expiry over to the end of another ring. Only while `size` > 0.
   * @throws MemoryExhausted
   */
  moveFirstTo(other: ReadyRing): void {
    other.pushAt(this.firstSeq, this.peek(), this.firstExpiry());
    this.expiries?.take(this.firstSeq);
    this.shift();
  }

  /** Drops all records. @returns whether any of them is persistent */
  empty(): boolean {
    let persistent = false;
    while (this.size > 0) {
      const record = this.shift();
      persistent ||= isPersistent(record);
      dropReference(record);
    }
    this.expiries?.clear();
    return persistent;
  }

  /**
   * Visits the records in order with their sequence numbers. What the visitor returns is kept in the
   * record's stead; 0 ends the visit.
   */
  visit(visit: (record: number, seq: number) => number): void {
    let entry = this.size === 0 ? 0 : this.#normalHead();
    let seq = this.firstSeq;
    for (let left = this.size; left > 0; entry += 4) {
      if ((entry & IN_PAGE) === LINK_OFFSET) entry = dv.getInt32(entry, true);
      const word = dv.getInt32(entry, true);
      if (word < 0) {
        seq -= word;
        continue;
      }
      const now = visit(word, seq);
      if (now === 0) return;
      if (now !== word) dv.setInt32(entry, now, true);
      seq += 1;
      left -= 1;
    }
  }

  #append(word: number): void {
    if (this.#tail === 0) {
      this.#head = takePage();
      this.#tail = this.#head;
    } else if ((this.#tail & IN_PAGE) === LINK_OFFSET) {
      const page = takePage();
      dv.setInt32(this.#tail, page, true);
      this.#tail = page;
    }
    dv.setInt32(this.#tail, word, true);
    this.#tail += 4;
  }

  #skipGap(): void {
    for (let word = this.peek(); word < 0; word = this.peek()) {
      this.#head += 4;
      this.firstSeq -= word;
      this.#missing += word;
    }
  }

  // A head that has reached its page's link moves on to the next page.
  #normalHead(): number {
    const head = this.#head;
    if ((head & IN_PAGE) !== LINK_OFFSET) return head;
    const next = dv.getInt32(head, true);
    returnPage(head & ~IN_PAGE);
    this.#head = next;
    return next;
  }
}

// The record takes a page at most, and so does its expiry.
function checkPages(): void {
  const page = takePage();
  try {
    returnPage(takePage());
  } finally {
    returnPage(page);
  }
}
