// HOT: which messages of a lane are gone.

import { assert } from '../kit/assert.ts';

const CHUNK = 4096;
const WORDS = CHUNK / 32;
const ALL = -1;
const SPARES_MAX = 64;

/** 4096 numbers of which some are gone. */
interface Chunk {
  /** A set bit is a number that is gone. Bits below the floor mean nothing. */
  readonly bits: Int32Array;
  /** How many are set. */
  gone: number;
}

const spares: Chunk[] = [];

/**
 * Which numbers of a lane are gone for good or were never logged. Costs an increment while they go
 * in order, a bit each while they do not, and next to nothing for long stretches of either kind.
 */
export class SettledSet {
  // The floor is live, or else nothing is.
  #floor: number;
  #next: number;
  #live = 0;
  // Chunks in which some are gone, some not. Of one that is neither here nor in #full all are live.
  readonly #chunks = new Map<number, Chunk>();
  // Chunks of which all are gone: pairs of indexes [from, to), ascending, apart from each other.
  readonly #full: number[] = [];
  // What #chunks holds at the index that was asked for last.
  #lastIndex = -1;
  #last: Chunk | undefined;

  constructor(floor = 0) {
    this.#floor = floor;
    this.#next = floor;
  }

  /** @param gone pairs [from, to) between the two, ascending, as `goneRanges` gives them */
  static restore(floor: number, next: number, gone: readonly number[]): SettledSet {
    const set = new SettledSet(floor);
    set.#next = next;
    set.#live = next - floor;
    for (let i = 0; i + 1 < gone.length; i += 2) set.settleRange(gone[i] ?? 0, gone[i + 1] ?? 0);
    return set;
  }

  /** Everything below is gone. */
  get floor(): number {
    return this.#floor;
  }

  /** This and all that follow have not been seen yet. */
  get next(): number {
    return this.#next;
  }

  /** How many are live. */
  get live(): number {
    return this.#live;
  }

  /** Makes a number live; those that it leaps over are gone. @returns false if it was live already */
  add(seq: number): boolean {
    if (seq < this.#next) return this.#reopen(seq);
    if (seq > this.#next) this.skipTo(seq);
    this.#next = seq + 1;
    this.#live += 1;
    return true;
  }

  /** All that have not been seen yet and lie before `next` are gone. */
  skipTo(next: number): void {
    if (next <= this.#next) return;
    if (this.#live === 0) this.#floor = next;
    else this.#mark(this.#next, next);
    this.#next = next;
  }

  /** A number is gone. @returns false if it was already, or has not been seen yet */
  settle(seq: number): boolean {
    if (seq < this.#floor || seq >= this.#next) return false;
    if (seq === this.#floor) {
      this.#floor = seq + 1;
      this.#live -= 1;
      if (this.#chunks.size !== 0 || this.#full.length !== 0) this.#advance(seq);
      return true;
    }
    const index = Math.floor(seq / CHUNK);
    let chunk = this.#chunkAt(index);
    if (chunk === undefined) {
      if (this.#isFull(index)) return false;
      chunk = this.#open(index);
    }
    const at = seq - index * CHUNK;
    const word = at >>> 5;
    const bit = 1 << (at & 31);
    const bits = chunk.bits[word] ?? 0;
    if ((bits & bit) !== 0) return false;
    chunk.bits[word] = bits | bit;
    chunk.gone += 1;
    this.#live -= 1;
    if (chunk.gone === CHUNK) this.#fill(index, index + 1);
    return true;
  }

  /** All of [from, to) are gone. @returns how many were not before */
  settleRange(from: number, to: number): number {
    const end = Math.min(to, this.#next);
    const start = Math.max(from, this.#floor);
    if (start >= end) return 0;
    const count = this.liveIn(start, end);
    if (count === 0) return 0;
    this.#live -= count;
    if (start === this.#floor) {
      this.#floor = end;
      this.#advance(start);
    } else {
      this.#mark(start, end);
    }
    return count;
  }

  isLive(seq: number): boolean {
    if (seq < this.#floor || seq >= this.#next) return false;
    const index = Math.floor(seq / CHUNK);
    const chunk = this.#chunkAt(index);
    if (chunk === undefined) return !this.#isFull(index);
    return !isSet(chunk, seq - index * CHUNK);
  }

  /** How many of [from, to) are live. */
  liveIn(from: number, to: number): number {
    const start = Math.max(from, this.#floor);
    const end = Math.min(to, this.#next);
    if (start >= end) return 0;
    if (start === this.#floor && end === this.#next) return this.#live;
    return end - start - this.#goneIn(start, end);
  }

  /** Some of [from, to) are live. */
  hasLive(from: number, to: number): boolean {
    const end = Math.min(to, this.#next);
    if (end <= this.#floor || from >= end) return false;
    return from <= this.#floor || this.#seek(from, end, false) < end;
  }

  /** The pairs [from, to) of what is gone of [max(from, floor), upTo), ascending. */
  goneRanges(from: number, upTo: number): number[] {
    const end = Math.min(upTo, this.#next);
    const ranges: number[] = [];
    let at = this.#seek(Math.max(from, this.#floor), end, true);
    while (at < end) {
      const live = this.#seek(at, end, false);
      ranges.push(at, live);
      at = this.#seek(live, end, true);
    }
    return ranges;
  }

  // Numbers come back when a log is replayed over what was known of its end.
  #reopen(seq: number): boolean {
    if (this.isLive(seq)) return false;
    const floor = this.#floor;
    if (seq < floor) {
      this.#floor = seq;
      this.#clear(seq);
      if (seq + 1 < floor) this.#mark(seq + 1, floor);
    } else {
      this.#clear(seq);
    }
    this.#live += 1;
    return true;
  }

  #clear(seq: number): void {
    const index = Math.floor(seq / CHUNK);
    let chunk = this.#chunkAt(index);
    if (chunk === undefined && this.#isFull(index)) {
      this.#unfill(index);
      chunk = this.#open(index);
      chunk.bits.fill(ALL);
      chunk.gone = CHUNK;
    }
    if (chunk === undefined) return;
    const at = seq - index * CHUNK;
    if (!isSet(chunk, at)) return;
    const word = at >>> 5;
    chunk.bits[word] = (chunk.bits[word] ?? 0) & ~(1 << (at & 31));
    chunk.gone -= 1;
    if (chunk.gone === 0) this.#drop(index);
  }

  // Every one of [from, to) is gone; nothing else changes.
  #mark(from: number, to: number): void {
    const first = Math.ceil(from / CHUNK);
    const last = Math.floor(to / CHUNK);
    if (first > last) {
      this.#markWithin(last, from, to);
      return;
    }
    if (from < first * CHUNK) this.#markWithin(first - 1, from, first * CHUNK);
    if (first < last) this.#fill(first, last);
    if (last * CHUNK < to) this.#markWithin(last, last * CHUNK, to);
  }

  #markWithin(index: number, from: number, to: number): void {
    let chunk = this.#chunkAt(index);
    if (chunk === undefined) {
      if (this.#isFull(index)) return;
      chunk = this.#open(index);
    }
    const end = to - index * CHUNK;
    for (let at = from - index * CHUNK; at < end; ) {
      const word = at >>> 5;
      const mask = maskOf(at, end);
      const bits = chunk.bits[word] ?? 0;
      chunk.gone += bitCount(mask & ~bits);
      chunk.bits[word] = bits | mask;
      at = (word + 1) << 5;
    }
    if (chunk.gone === CHUNK) this.#fill(index, index + 1);
  }

  #goneIn(from: number, to: number): number {
    const first = Math.floor(from / CHUNK);
    const last = Math.floor((to - 1) / CHUNK);
    if (first === last) return this.#goneWithin(first, from, to);
    let count = this.#goneWithin(first, from, (first + 1) * CHUNK);
    count += this.#goneWithin(last, last * CHUNK, to);
    if (last - first <= this.#chunks.size) {
      for (let index = first + 1; index < last; index++) count += this.#chunkAt(index)?.gone ?? 0;
    } else {
      for (const [index, chunk] of this.#chunks) {
        if (index > first && index < last) count += chunk.gone;
      }
    }
    for (let i = this.#rangeAfter(first); i < this.#full.length; i += 2) {
      const start = this.#fullAt(i);
      if (start >= last) break;
      count +=
        CHUNK * Math.max(0, Math.min(this.#fullAt(i + 1), last) - Math.max(start, first + 1));
    }
    return count;
  }

  #goneWithin(index: number, from: number, to: number): number {
    const chunk = this.#chunkAt(index);
    if (chunk === undefined) return this.#isFull(index) ? to - from : 0;
    const end = to - index * CHUNK;
    let count = 0;
    for (let at = from - index * CHUNK; at < end; at = ((at >>> 5) + 1) << 5) {
      count += bitCount((chunk.bits[at >>> 5] ?? 0) & maskOf(at, end));
    }
    return count;
  }

  // The floor has moved on from `from`; it goes on to the next number that is live, and what lies
  // behind it is given back.
  #advance(from: number): void {
    const floor = this.#seek(this.#floor, this.#next, false);
    this.#floor = floor;
    if (floor === this.#next) {
      for (const chunk of this.#chunks.values()) giveBack(chunk);
      this.#chunks.clear();
      this.#full.length = 0;
      this.#forgetLast();
      return;
    }
    const first = Math.floor(from / CHUNK);
    const index = Math.floor(floor / CHUNK);
    if (first === index) return;
    if (index - first <= this.#chunks.size) {
      for (let below = first; below < index; below++) this.#drop(below);
    } else {
      for (const below of this.#chunks.keys()) if (below < index) this.#drop(below);
    }
    let ranges = 0;
    while (ranges < this.#full.length && this.#fullAt(ranges + 1) <= index) ranges += 2;
    if (ranges > 0) this.#full.splice(0, ranges);
  }

  // The first of [from, to) that is gone, or that is not; `to` if none is.
  #seek(from: number, to: number, gone: boolean): number {
    let at = from;
    while (at < to) {
      const index = Math.floor(at / CHUNK);
      const chunk = this.#chunkAt(index);
      if (chunk !== undefined) {
        const found = seekWithin(chunk, at - index * CHUNK, gone);
        if (found < CHUNK) return Math.min(index * CHUNK + found, to);
        at = (index + 1) * CHUNK;
        continue;
      }
      const range = this.#rangeAfter(index);
      const isFull = range < this.#full.length && this.#fullAt(range) <= index;
      if (isFull === gone) return at;
      at = (isFull ? this.#fullAt(range + 1) : index + 1) * CHUNK;
    }
    return to;
  }

  #chunkAt(index: number): Chunk | undefined {
    if (index !== this.#lastIndex) {
      this.#last = this.#chunks.get(index);
      this.#lastIndex = index;
    }
    return this.#last;
  }

  #open(index: number): Chunk {
    const chunk = spares.pop() ?? { bits: new Int32Array(WORDS), gone: 0 };
    this.#chunks.set(index, chunk);
    this.#forgetLast();
    return chunk;
  }

  #drop(index: number): void {
    const chunk = this.#chunks.get(index);
    if (chunk === undefined) return;
    this.#chunks.delete(index);
    this.#forgetLast();
    giveBack(chunk);
  }

  #forgetLast(): void {
    this.#lastIndex = -1;
    this.#last = undefined;
  }

  // The place in #full of the first range that ends behind `index`.
  #rangeAfter(index: number): number {
    let low = 0;
    let high = this.#full.length >>> 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#fullAt(middle * 2 + 1) <= index) low = middle + 1;
      else high = middle;
    }
    return low * 2;
  }

  #isFull(index: number): boolean {
    if (this.#full.length === 0) return false;
    const range = this.#rangeAfter(index);
    return range < this.#full.length && this.#fullAt(range) <= index;
  }

  #fullAt(i: number): number {
    const index = this.#full[i];
    assert(index !== undefined, 'a range lies inside of the list');
    return index;
  }

  // All of the chunks [from, to) are gone: the ranges that they overlap or touch become one.
  #fill(from: number, to: number): void {
    if (to - from <= this.#chunks.size) {
      for (let index = from; index < to; index++) this.#drop(index);
    } else {
      for (const index of this.#chunks.keys()) if (index >= from && index < to) this.#drop(index);
    }
    const first = this.#rangeAfter(from - 1);
    let behind = first;
    while (behind < this.#full.length && this.#fullAt(behind) <= to) behind += 2;
    if (behind === first) {
      this.#full.splice(first, 0, from, to);
      return;
    }
    const start = Math.min(from, this.#fullAt(first));
    const end = Math.max(to, this.#fullAt(behind - 1));
    this.#full.splice(first, behind - first, start, end);
  }

  #unfill(index: number): void {
    const range = this.#rangeAfter(index);
    const start = this.#fullAt(range);
    const end = this.#fullAt(range + 1);
    this.#full.splice(range, 2);
    if (index + 1 < end) this.#full.splice(range, 0, index + 1, end);
    if (start < index) this.#full.splice(range, 0, start, index);
  }
}

function giveBack(chunk: Chunk): void {
  if (spares.length >= SPARES_MAX) return;
  chunk.bits.fill(0);
  chunk.gone = 0;
  spares.push(chunk);
}

function isSet(chunk: Chunk, at: number): boolean {
  return ((chunk.bits[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0;
}

// The bits of the word of `at` that stand for [at, end).
function maskOf(at: number, end: number): number {
  const above = ALL << (at & 31);
  const rest = end - (at & ~31);
  return rest >= 32 ? above : above & ~(ALL << rest);
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

// The first bit from `from` on that is set, or that is not; CHUNK if none is.
function seekWithin(chunk: Chunk, from: number, set: boolean): number {
  for (let at = from; at < CHUNK; at = ((at >>> 5) + 1) << 5) {
    const bits = chunk.bits[at >>> 5] ?? 0;
    const wanted = (set ? bits : ~bits) & (ALL << (at & 31));
    if (wanted !== 0) return (at & ~31) + 31 - Math.clz32(wanted & -wanted);
  }
  return CHUNK;
}
