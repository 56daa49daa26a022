// HOT: what a channel has delivered and nobody has settled yet.
import { dv, PAGE_BYTES, returnPage, takePage } from '../kit/memory.ts';

const ENTRY_BYTES = 32;
const ENTRIES = PAGE_BYTES / ENTRY_BYTES;

/**
 * Deliveries by delivery tag. Tags count from 1 without a gap, so an entry's page and place follow
 * from its tag; a settled one leaves a gap (record 0) until all before it are settled too.
 *
 *     0 record · 4 source · 8 returns · 12 seconds since start · 16 seq (f64) · 24 expires at (f64)
 */
export class Unsettled {
  /** How many are unsettled. */
  size = 0;
  /** The tag that the next delivery gets. */
  nextTag = 1;
  #oldest = 1;
  // Tag of the first entry of the first page.
  #base = 1;
  #pages: number[] = [];
  #firstPage = 0;

  /** The oldest tag that may be unsettled. */
  get oldest(): number {
    return this.#oldest;
  }

  /** A delivery that needs no settling: it only uses up its tag. */
  skip(): number {
    const tag = this.nextTag;
    if (this.size === 0) {
      this.#freePages();
      this.nextTag = tag + 1;
      this.#oldest = tag + 1;
      this.#base = tag + 1;
      return tag;
    }
    dv.setInt32(this.#slot(), 0, true);
    return tag;
  }

  /** @returns the delivery's tag */
  add(
    record: number,
    source: number,
    returns: number,
    seconds: number,
    seq: number,
    expiresAt: number,
  ): number {
    const tag = this.nextTag;
    const entry = this.#slot();
    dv.setInt32(entry, record, true);
    dv.setInt32(entry + 4, source, true);
    dv.setInt32(entry + 8, returns, true);
    dv.setInt32(entry + 12, seconds, true);
    dv.setFloat64(entry + 16, seq, true);
    dv.setFloat64(entry + 24, expiresAt, true);
    this.size += 1;
    return tag;
  }

  /** The entry of an unsettled tag; 0 when there is none. */
  find(tag: number): number {
    if (tag < this.#oldest || tag >= this.nextTag) return 0;
    const entry = this.#entry(tag);
    return dv.getInt32(entry, true) <= 0 ? 0 : entry;
  }

  /** A transaction has the entry: `find` does not give it until `show`. */
  hide(tag: number): void {
    const entry = this.#entry(tag);
    dv.setInt32(entry, -Math.abs(dv.getInt32(entry, true)), true);
  }

  show(tag: number): void {
    const entry = this.#entry(tag);
    dv.setInt32(entry, Math.abs(dv.getInt32(entry, true)), true);
  }

  /** Forgets an entry that `find` gave. */
  remove(tag: number, entry: number): void {
    dv.setInt32(entry, 0, true);
    this.size -= 1;
    if (tag === this.#oldest) this.#advance();
  }

  /** Visits the record of every entry; what the visitor returns is kept in its stead. */
  visit(visit: (record: number) => number): void {
    for (let tag = this.#oldest; tag < this.nextTag; tag++) {
      const entry = this.#entry(tag);
      const word = dv.getInt32(entry, true);
      if (word === 0) continue;
      const now = visit(Math.abs(word));
      dv.setInt32(entry, word < 0 ? -now : now, true);
    }
  }

  /** Forgets all. */
  clear(): void {
    this.size = 0;
    this.#freePages();
    this.#oldest = this.nextTag;
    this.#base = this.nextTag;
  }

  #advance(): void {
    if (this.size === 0) {
      // Keep the page in use, so that a single delivery at a time does not take and return pages.
      const entryOffset = this.nextTag - this.#base;
      if (entryOffset < ENTRIES) {
        this.#oldest = this.nextTag;
        return;
      }
      this.clear();
      return;
    }
    let tag = this.#oldest + 1;
    while (tag < this.nextTag && dv.getInt32(this.#entry(tag), true) === 0) tag += 1;
    this.#oldest = tag;
    while (tag - this.#base >= ENTRIES) this.#freeFirstPage();
  }

  #entry(tag: number): number {
    const offset = tag - this.#base;
    return this.#page(offset >>> 5) + (offset & (ENTRIES - 1)) * ENTRY_BYTES;
  }

  #slot(): number {
    const offset = this.nextTag - this.#base;
    const index = this.#firstPage + (offset >>> 5);
    if (index === this.#pages.length) this.#pages.push(takePage());
    this.nextTag += 1;
    return this.#page(offset >>> 5) + (offset & (ENTRIES - 1)) * ENTRY_BYTES;
  }

  #page(index: number): number {
    return this.#pages[this.#firstPage + index] ?? 0;
  }

  #freeFirstPage(): void {
    returnPage(this.#page(0));
    this.#firstPage += 1;
    this.#base += ENTRIES;
    if (this.#firstPage < 64 || this.#firstPage * 2 < this.#pages.length) return;
    this.#pages = this.#pages.slice(this.#firstPage);
    this.#firstPage = 0;
  }

  #freePages(): void {
    for (let i = this.#firstPage; i < this.#pages.length; i++) returnPage(this.#pages[i] ?? 0);
    this.#pages.length = 0;
    this.#firstPage = 0;
  }
}

export function recordOf(entry: number): number {
  return dv.getInt32(entry, true);
}

/** Number of the source on the channel: which queue, which consumer. */
export function sourceOf(entry: number): number {
  return dv.getInt32(entry + 4, true);
}

export function returnsOf(entry: number): number {
  return dv.getInt32(entry + 8, true);
}

/** When it was delivered, in seconds of the clock. */
export function deliveredAtOf(entry: number): number {
  return dv.getInt32(entry + 12, true);
}

export function seqOf(entry: number): number {
  return dv.getFloat64(entry + 16, true);
}

export function expiresAtOf(entry: number): number {
  return dv.getFloat64(entry + 24, true);
}
