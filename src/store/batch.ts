// HOT: records on their way to the write-ahead log.
import {
  copy,
  dv,
  MemoryExhausted,
  returnSlab,
  SLAB_BYTES,
  takePage,
  takeSlab,
  u8,
  view,
} from '../kit/memory.ts';
import type { PlaceList, Position } from './append-log.ts';
import { checksum, checksumOf } from './checksum.ts';
import { StoredLane } from './stored-lane.ts';
import { BATCH_HEADER_BYTES, BATCH_MAGIC, BATCH_SALT_AT, BLOCK_BYTES } from './structures.ts';
import {
  DELIVERED,
  DELIVERED_BYTES,
  DROPPED,
  DROPPED_BYTES,
  FACT,
  FACT_BYTES,
  MESSAGE,
  MESSAGE_BYTES,
  PLACE_BYTES,
  RETURNED,
  RETURNED_BYTES,
  SETTLED,
  SETTLED_BYTES,
} from './wal-format.ts';

/** Where a batch goes. */
export interface BatchPlace {
  readonly salt: number;
  readonly fileNumber: number;
  readonly batchNumber: number;
}

// Where a record's fixed part is put together when it would not fit into the rest of a slab.
const scratch = takePage();

let epochs = 0;

function nextEpoch(): number {
  epochs += 1;
  return epochs;
}

/** Records that become durable together. They lie in slabs of the message memory. */
export class Batch {
  /** Lanes that messages were added to. */
  readonly touched: StoredLane[] = [];
  /** Position of the last record. */
  last: Position = 0;
  readonly #delivered: StoredLane[] = [];
  readonly #slabs: number[] = [];
  // The slab that is being filled is `#slabs[#filling]`; those behind it are taken and empty.
  #filling = 0;
  #at = 0;
  #end = 0;
  #size = 0;
  // Lanes note by it what they have in this batch.
  #epoch = nextEpoch();

  /** Bytes so far, header included; 0 while nothing has been added. */
  get size(): number {
    return this.#size;
  }

  /** Whether there is nothing to write. */
  get isEmpty(): boolean {
    return this.#size === 0 && this.#delivered.length === 0;
  }

  /** Bytes in the file: whole blocks. */
  get fileBytes(): number {
    return Math.ceil(this.#size / BLOCK_BYTES) * BLOCK_BYTES;
  }

  /** @throws MemoryExhausted; nothing has been added then */
  message(at: number, length: number, bodySize: number, flags: number, places: PlaceList): void {
    const count = places.size;
    this.#reserve(MESSAGE_BYTES + count * PLACE_BYTES + length);
    const head = this.#begin(MESSAGE_BYTES);
    dv.setUint8(head, MESSAGE);
    dv.setUint8(head + 1, flags);
    dv.setUint16(head + 2, 0, true);
    dv.setUint32(head + 4, count, true);
    dv.setUint32(head + 8, length, true);
    dv.setUint32(head + 12, bodySize, true);
    this.#commit(head, MESSAGE_BYTES);
    for (let i = 0; i < count; i++) this.#place(places, i, bodySize);
    this.#append(at, length);
  }

  /** @throws MemoryExhausted; nothing has been added then */
  settled(lane: StoredLane, from: number, to: number): void {
    if (lane.openIn === this.#epoch && lane.openTo === from) {
      lane.openTo = to;
      dv.setFloat64(lane.openAt, to, true);
      return;
    }
    this.#reserve(SETTLED_BYTES);
    const head = this.#begin(SETTLED_BYTES);
    dv.setUint8(head, SETTLED);
    dv.setUint8(head + 1, lane.priority);
    dv.setUint16(head + 2, 0, true);
    dv.setUint32(head + 4, lane.queue, true);
    dv.setFloat64(head + 8, from, true);
    dv.setFloat64(head + 16, to, true);
    this.#commit(head, SETTLED_BYTES);
    if (head === scratch) return;
    lane.openIn = this.#epoch;
    lane.openAt = head + 16;
    lane.openTo = to;
  }

  /** @throws MemoryExhausted; nothing has been added then */
  returned(lane: StoredLane, seq: number, returns: number): void {
    this.#reserve(RETURNED_BYTES);
    const head = this.#begin(RETURNED_BYTES);
    dv.setUint8(head, RETURNED);
    dv.setUint8(head + 1, lane.priority);
    dv.setUint16(head + 2, 0, true);
    dv.setUint32(head + 4, lane.queue, true);
    dv.setFloat64(head + 8, seq, true);
    dv.setUint32(head + 16, returns, true);
    this.#commit(head, RETURNED_BYTES);
  }

  /** @throws MemoryExhausted; nothing has been added then */
  dropped(queue: number): void {
    this.#reserve(DROPPED_BYTES);
    const head = this.#begin(DROPPED_BYTES);
    dv.setUint32(head, DROPPED, true);
    dv.setUint32(head + 4, queue, true);
    this.#commit(head, DROPPED_BYTES);
  }

  /** @throws MemoryExhausted; nothing has been added then */
  fact(kind: number, payload: Uint8Array): void {
    this.#reserve(FACT_BYTES + payload.length);
    const head = this.#begin(FACT_BYTES);
    dv.setUint8(head, FACT);
    dv.setUint8(head + 1, kind);
    dv.setUint16(head + 2, 0, true);
    dv.setUint32(head + 4, payload.length, true);
    this.#commit(head, FACT_BYTES);
    this.#appendForeign(payload);
  }

  /** The lane's mark of what has been handed out goes into the batch as it is when it is sealed. */
  delivered(lane: StoredLane): void {
    if (lane.deliveredIn === this.#epoch) return;
    lane.deliveredIn = this.#epoch;
    this.#delivered.push(lane);
  }

  /** Nothing is added any more. @returns the bytes to be written, in pieces */
  seal(place: BatchPlace): readonly Uint8Array[] {
    const first = this.#slabs[0] ?? 0;
    dv.setUint32(first, BATCH_MAGIC, true);
    dv.setUint32(first + 4, this.#size - BATCH_HEADER_BYTES, true);
    dv.setUint32(first + 12, place.salt, true);
    dv.setFloat64(first + 16, place.fileNumber, true);
    dv.setFloat64(first + 24, place.batchNumber, true);
    dv.setFloat64(first + 32, 0, true);
    const pieces: Uint8Array[] = [];
    for (let i = 0; i <= this.#filling; i++) {
      const slab = this.#slabs[i] ?? 0;
      pieces.push(view(slab, i < this.#filling ? slab + SLAB_BYTES : this.#at));
    }
    const [head, ...rest] = pieces;
    if (head === undefined) return pieces;
    const sum = checksumOf(rest, checksum(head.subarray(BATCH_SALT_AT)));
    dv.setUint32(first + 8, sum, true);
    return this.#padded(pieces);
  }

  /** What was noted beside the records is written as records: last before `seal`. */
  finish(): void {
    try {
      for (let i = 0; i < this.#delivered.length; i++) {
        const lane = this.#delivered[i];
        if (lane !== undefined && !lane.dropped) this.#deliveredTo(lane);
      }
    } catch (error) {
      // Without memory for them some redeliveries after a restart will not be told as such.
      if (!(error instanceof MemoryExhausted)) throw error;
    }
  }

  /** Makes it as good as new. */
  clear(): void {
    for (const slab of this.#slabs) returnSlab(slab);
    this.#slabs.length = 0;
    this.touched.length = 0;
    this.#delivered.length = 0;
    this.#filling = 0;
    this.#at = 0;
    this.#end = 0;
    this.#size = 0;
    this.last = 0;
    this.#epoch = nextEpoch();
  }

  #deliveredTo(lane: StoredLane): void {
    this.#reserve(DELIVERED_BYTES);
    const head = this.#begin(DELIVERED_BYTES);
    dv.setUint8(head, DELIVERED);
    dv.setUint8(head + 1, lane.priority);
    dv.setUint16(head + 2, 0, true);
    dv.setUint32(head + 4, lane.queue, true);
    dv.setFloat64(head + 8, lane.deliveredTo, true);
    this.#commit(head, DELIVERED_BYTES);
  }

  #place(places: PlaceList, i: number, bodySize: number): void {
    const lane = places.lanes[i];
    const seq = places.seqs[i] ?? 0;
    const expiresAt = places.expiries[i] ?? Infinity;
    const head = this.#begin(PLACE_BYTES);
    dv.setUint32(head, lane === undefined ? 0 : lane.queue, true);
    dv.setUint32(head + 4, lane === undefined ? 0 : lane.priority, true);
    dv.setFloat64(head + 8, seq, true);
    dv.setFloat64(head + 16, expiresAt, true);
    this.#commit(head, PLACE_BYTES);
    if (lane instanceof StoredLane) this.#touch(lane, seq, bodySize, expiresAt);
  }

  #touch(lane: StoredLane, seq: number, bodySize: number, expiresAt: number): void {
    if (lane.touchedIn !== this.#epoch) {
      lane.touchedIn = this.#epoch;
      this.touched.push(lane);
      lane.partFirst = seq;
      lane.partLast = seq;
      lane.partCount = 0;
      lane.partBytes = 0;
      lane.partExpires = false;
      lane.partInOrder = true;
    }
    if (seq < lane.partLast) lane.partInOrder = false;
    lane.partLast = seq;
    lane.partCount += 1;
    lane.partBytes += bodySize;
    if (expiresAt !== Infinity) lane.partExpires = true;
  }

  // Takes all slabs that so many bytes need before the first of them is written.
  #reserve(bytes: number): void {
    if (this.#size === 0) {
      this.#slabs.push(takeSlab());
      this.#at = (this.#slabs[0] ?? 0) + BATCH_HEADER_BYTES;
      this.#end = (this.#slabs[0] ?? 0) + SLAB_BYTES;
      this.#size = BATCH_HEADER_BYTES;
    }
    const empty = this.#slabs.length - 1 - this.#filling;
    let room = this.#end - this.#at + empty * SLAB_BYTES;
    for (; room < bytes; room += SLAB_BYTES) this.#slabs.push(takeSlab());
  }

  // Where so many bytes can be written in one piece.
  #begin(bytes: number): number {
    return this.#at + bytes <= this.#end ? this.#at : scratch;
  }

  #commit(head: number, bytes: number): void {
    if (head === scratch) {
      this.#append(scratch, bytes);
      return;
    }
    this.#at += bytes;
    this.#size += bytes;
  }

  #append(from: number, length: number): void {
    let at = from;
    const end = from + length;
    while (at < end) {
      if (this.#at === this.#end) this.#nextSlab();
      const piece = Math.min(end - at, this.#end - this.#at);
      copy(this.#at, at, piece);
      this.#at += piece;
      at += piece;
    }
    this.#size += length;
  }

  #appendForeign(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#at === this.#end) this.#nextSlab();
      const piece = Math.min(bytes.length - at, this.#end - this.#at);
      u8.set(bytes.subarray(at, at + piece), this.#at);
      this.#at += piece;
      at += piece;
    }
    this.#size += bytes.length;
  }

  #nextSlab(): void {
    this.#filling += 1;
    this.#at = this.#slabs[this.#filling] ?? 0;
    this.#end = this.#at + SLAB_BYTES;
  }

  // Whole blocks are written: a part of one would have to be read first. Slabs are whole blocks too.
  #padded(pieces: Uint8Array[]): readonly Uint8Array[] {
    const slab = this.#slabs[this.#filling] ?? 0;
    const padding = this.fileBytes - this.#size;
    u8.fill(0, this.#at, this.#at + padding);
    pieces[pieces.length - 1] = view(slab, this.#at + padding);
    return pieces;
  }
}
