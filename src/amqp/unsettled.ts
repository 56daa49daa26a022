// HOT: what a channel has delivered and nobody has settled yet.
import { dv, PAGE_BYTES, returnPage, takePage } from '../kit/memory.ts';

const ENTRY_BYTES = 32;
const ENTRIES = PAGE_BYTES / ENTRY_BYTES;
const PAGE_SHIFT = 5;
const IN_PAGE = ENTRIES - 1;
// So many pages that are gone are forgotten together.
const FORGET_PAGES = 64;

/**
 * Deliveries by delivery tag. Tags count from 1 without a gap, so an entry's page and place follow
 * from its tag; a settled one leaves a gap (record 0). A page is given back when all its entries are
 * settled, wherever it is: one delivery that nobody settles keeps one page.
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
  // Pages from there on, 0 for one that is gone, and how many of each one's entries are unsettled.
  #pages: number[] = [];
  #live: number[] = [];
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
    const last = this.#live.length - 1;
    this.#live[last] = this.#liveIn(last) + 1;
    return tag;
  }

  /** The entry of an unsettled tag; 0 when there is none. */
  find(tag: number): number {
    if (tag < this.#oldest || tag >= this.nextTag) return 0;
    const entry = this.#entry(tag);
    return entry === 0 || dv.getInt32(entry, true) <= 0 ? 0 : entry;
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

  /** The tag behind this one, or behind all that is settled there as a page. */
  next(tag: number): number {
    let next = tag + 1;
    while (next < this.nextTag && this.#entry(next) === 0) next = this.#pageEnd(next);
    return next;
  }

  /** Forgets an entry that `find` gave. */
  remove(tag: number, entry: number): void {
    dv.setInt32(entry, 0, true);
    this.size -= 1;
    const index = this.#firstPage + ((tag - this.#base) >>> PAGE_SHIFT);
    const live = this.#liveIn(index) - 1;
    this.#live[index] = live;
    // The last page goes on being filled.
    if (live === 0 && index < this.#pages.length - 1) this.#freePage(index);
    if (tag === this.#oldest) this.#advance();
  }

  /** Visits the record of every entry; what the visitor returns is kept in its stead. */
  visit(visit: (record: number) => number): void {
    for (let tag = this.#oldest; tag < this.nextTag; tag = this.next(tag)) {
      const entry = this.#entry(tag);
      const word = entry === 0 ? 0 : dv.getInt32(entry, true);
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
      // The page in use stays, so that one delivery at a time does not take and return pages.
      if (this.nextTag - this.#base < ENTRIES) this.#oldest = this.nextTag;
      else this.clear();
      return;
    }
    let tag = this.next(this.#oldest);
    while (tag < this.nextTag && dv.getInt32(this.#entry(tag), true) === 0) tag = this.next(tag);
    this.#oldest = tag;
    while (tag - this.#base >= ENTRIES) this.#forgetFirstPage();
  }

  // The first tag of the page behind this tag's.
  #pageEnd(tag: number): number {
    return tag + ENTRIES - ((tag - this.#base) & IN_PAGE);
  }

  // Where a tag's entry is; 0 when its page is gone.
  #entry(tag: number): number {
    const offset = tag - this.#base;
    const page = this.#pages[this.#firstPage + (offset >>> PAGE_SHIFT)] ?? 0;
    return page === 0 ? 0 : page + (offset & IN_PAGE) * ENTRY_BYTES;
  }

  #slot(): number {
    const offset = this.nextTag - this.#base;
    const index = this.#firstPage + (offset >>> PAGE_SHIFT);
    if (index === this.#pages.length) this.#addPage();
    this.nextTag += 1;
    return (this.#pages[index] ?? 0) + (offset & IN_PAGE) * ENTRY_BYTES;
  }

  #addPage(): void {
    const page = takePage();
    const last = this.#pages.length - 1;
    // What was full of deliveries settled since, or of such as need no settling, is not needed.
    if (last >= this.#firstPage && this.#liveIn(last) === 0) this.#freePage(last);
    this.#pages.push(page);
    this.#live.push(0);
  }

  #liveIn(index: number): number {
    return this.#live[index] ?? 0;
  }

  #freePage(index: number): void {
    const page = this.#pages[index] ?? 0;
    if (page !== 0) returnPage(page);
    this.#pages[index] = 0;
  }

  #forgetFirstPage(): void {
    this.#freePage(this.#firstPage);
    this.#firstPage += 1;
    this.#base += ENTRIES;
    if (this.#firstPage < FORGET_PAGES || this.#firstPage * 2 < this.#pages.length) return;
    this.#pages = this.#pages.slice(this.#firstPage);
    this.#live = this.#live.slice(this.#firstPage);
    this.#firstPage = 0;
  }

  #freePages(): void {
    for (let i = this.#firstPage; i < this.#pages.length; i++) this.#freePage(i);
    this.#pages.length = 0;
    this.#live.length = 0;
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
