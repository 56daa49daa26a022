// HOT: the order of messages that have not been delivered yet.
import { dv, PAGE_BYTES, returnPage, takePage } from '../kit/memory.ts';

const LINK_OFFSET = PAGE_BYTES - 4;
const IN_PAGE = PAGE_BYTES - 1;

/**
 * First in, first out, of record positions: four bytes each, in pages of 255 linked by their last
 * word. An empty ring holds no page.
 */
export class ReadyRing {
  size = 0;
  /** Sequence number of the first entry; the others follow without a gap. */
  firstSeq = 0;
  #head = 0;
  #tail = 0;

  /** Appends and returns the entry's sequence number. */
  push(record: number): number {
    if (this.#tail === 0) {
      this.#head = takePage();
      this.#tail = this.#head;
    } else if ((this.#tail & IN_PAGE) === LINK_OFFSET) {
      const page = takePage();
      dv.setInt32(this.#tail, page, true);
      this.#tail = page;
    }
    dv.setInt32(this.#tail, record, true);
    this.#tail += 4;
    const seq = this.firstSeq + this.size;
    this.size += 1;
    return seq;
  }

  /** The first record; 0 when there is none. */
  peek(): number {
    return this.size === 0 ? 0 : dv.getInt32(this.#normalHead(), true);
  }

  /** Takes the first record; its sequence number was `firstSeq`. Only while `size` > 0. */
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
    }
    return record;
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

  /** Visits every record with its sequence number; what the visitor returns is kept in its stead. */
  visit(visit: (record: number, seq: number) => number): void {
    let entry = this.size === 0 ? 0 : this.#normalHead();
    for (let i = 0; i < this.size; i++) {
      if ((entry & IN_PAGE) === LINK_OFFSET) entry = dv.getInt32(entry, true);
      const record = dv.getInt32(entry, true);
      const now = visit(record, this.firstSeq + i);
      if (now !== record) dv.setInt32(entry, now, true);
      entry += 4;
    }
  }
}
