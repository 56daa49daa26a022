// HOT: when waiting messages expire.
import { dv, PAGE_BYTES, returnPage, takePage } from '../kit/memory.ts';

const ENTRY_BYTES = 16;
const LINK_OFFSET = PAGE_BYTES - ENTRY_BYTES;
const IN_PAGE = PAGE_BYTES - 1;

/**
 * First in, first out, of (sequence number, expiry) for those entries of a ready ring that expire:
 * two doubles each, in linked pages. A queue without TTLs has none of it.
 */
export class ExpiryRing {
  #size = 0;
  #head = 0;
  #tail = 0;

  push(seq: number, expiresAt: number): void {
    if (this.#tail === 0) {
      this.#head = takePage();
      this.#tail = this.#head;
    } else if ((this.#tail & IN_PAGE) === LINK_OFFSET) {
      const page = takePage();
      dv.setInt32(this.#tail, page, true);
      this.#tail = page;
    }
    dv.setFloat64(this.#tail, seq, true);
    dv.setFloat64(this.#tail + 8, expiresAt, true);
    this.#tail += ENTRY_BYTES;
    this.#size += 1;
  }

  /** When the ring entry `seq`, the first of its ring, expires; Infinity if never. */
  expiryOf(seq: number): number {
    if (this.#size === 0) return Number.POSITIVE_INFINITY;
    const head = this.#normalHead();
    return dv.getFloat64(head, true) === seq ? dv.getFloat64(head + 8, true) : Infinity;
  }

  /** The same, and forgets it. */
  take(seq: number): number {
    const expiresAt = this.expiryOf(seq);
    if (expiresAt === Infinity) return expiresAt;
    const head = this.#head;
    this.#head = head + ENTRY_BYTES;
    this.#size -= 1;
    if (this.#size === 0) this.clear();
    return expiresAt;
  }

  /** Visits the entries in order until the visitor returns false. */
  visit(visit: (seq: number, expiresAt: number) => boolean): void {
    let entry = this.#size === 0 ? 0 : this.#normalHead();
    for (let i = 0; i < this.#size; i++) {
      if ((entry & IN_PAGE) === LINK_OFFSET) entry = dv.getInt32(entry, true);
      if (!visit(dv.getFloat64(entry, true), dv.getFloat64(entry + 8, true))) return;
      entry += ENTRY_BYTES;
    }
  }

  clear(): void {
    let page = this.#head & ~IN_PAGE;
    const last = (this.#tail === 0 ? 0 : this.#tail - 1) & ~IN_PAGE;
    while (page !== 0) {
      const next = page === last ? 0 : dv.getInt32(page + LINK_OFFSET, true);
      returnPage(page);
      page = next;
    }
    this.#size = 0;
    this.#head = 0;
    this.#tail = 0;
  }

  #normalHead(): number {
    const head = this.#head;
    if ((head & IN_PAGE) !== LINK_OFFSET) return head;
    const next = dv.getInt32(head, true);
    returnPage(head & ~IN_PAGE);
    this.#head = next;
    return next;
  }
}
