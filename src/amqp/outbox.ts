// HOT: all that is written to one connection, in few and large writes.

import type { Writer } from '../codec/bytes.ts';
import { frameEnd, frameHeaderBytes, frameHeartbeat, frameMethod } from '../codec/spec.ts';
import {
  CAPACITY_BYTES,
  copy,
  dv,
  MemoryExhausted,
  returnSlab,
  SLAB_BYTES,
  slabsInUse,
  takeSlab,
  u8,
} from '../kit/memory.ts';
import type { Transport } from '../kit/transport.ts';
import { ContentStream } from './content-stream.ts';
import type { FlushList } from './flush-list.ts';

/** With so many slabs in flight nothing more is delivered to the connection. */
const CONGESTED_SLABS = 4;
/** With so many in flight nothing more is read from it either, so that its answers end. */
const CHOKED_SLABS = 16;
/** When all connections together use more than this, each may have little in flight. */
const BUDGET_SLABS = Math.floor(CAPACITY_BYTES / 8 / SLAB_BYTES);
const CONGESTED_SLABS_TIGHT = 1;
const CHOKED_SLABS_TIGHT = 2;

/** Room that is asked for at once is at most this; longer output goes piece by piece. */
export const ROOM_BYTES_MAX = SLAB_BYTES;

/** How much of a backlog is sent at once. */
const PUMP_SLABS = 16;

interface FilledSlab {
  readonly slab: number;
  readonly end: number;
}

/**
 * Collects output in a slab and sends it when the slab is full, or at the end of the event loop's
 * turn. While a write is in flight, further output waits in the next slab.
 */
export class Outbox {
  /** Too much is unsent to deliver more. */
  congested = false;
  /** Too much is unsent to read more. */
  choked = false;
  /** Grows with every write: whether anything was sent since it was last looked at. */
  writes = 0;
  sentBytes = 0;
  readonly #transport: Transport;
  readonly #flushes: FlushList;
  readonly #relieved: () => void;
  #slab = 0;
  #at = 0;
  #finishing = false;
  // All connections together had too much in flight when this one last sent.
  #tight = false;
  #closed = false;
  #listed = false;
  // Slabs in flight, oldest first.
  readonly #flying: number[] = [];
  // What waits for these: large contents, and whatever was written behind one.
  readonly #backlog: (ContentStream | FilledSlab)[] = [];

  /** @param relieved called when `congested` or `choked` ends */
  constructor(transport: Transport, flushes: FlushList, relieved: () => void) {
    this.#transport = transport;
    this.#flushes = flushes;
    this.#relieved = relieved;
  }

  /** Memory that output takes which has not gone yet; large contents have theirs elsewhere. */
  get unsentBytes(): number {
    const waiting = this.#backlog.filter((item) => !(item instanceof ContentStream)).length;
    return (this.#flying.length + waiting) * SLAB_BYTES;
  }

  /** Where `bytes` (at most ROOM_BYTES_MAX) may be written; `wrote` tells how far they came. */
  room(bytes: number): number {
    if (this.#slab === 0) this.#begin();
    else if (this.#at + bytes > this.#slab + SLAB_BYTES) {
      this.#send();
      if (this.#slab === 0) this.#begin();
    }
    return this.#at;
  }

  /** Bytes up to `end` have been written into the room. */
  wrote(end: number): void {
    this.#at = end;
  }

  /** Sends bytes of the message memory, however many. */
  append(from: number, length: number): void {
    let sent = 0;
    while (sent < length) {
      const to = this.room(1);
      const piece = Math.min(length - sent, this.#slab + SLAB_BYTES - to);
      copy(to, from + sent, piece);
      this.#at = to + piece;
      sent += piece;
    }
  }

  /** Sends the method that lies encoded in the writer. */
  method(channel: number, writer: Writer): void {
    this.#frame(frameMethod, channel, writer.view());
  }

  heartbeat(): void {
    this.#frame(frameHeartbeat, 0, nothing);
  }

  /** Sends bytes that are no frame: a protocol header. */
  raw(bytes: Uint8Array): void {
    const to = this.room(bytes.length);
    u8.set(bytes, to);
    this.#at = to + bytes.length;
  }

  /** A frame's first seven bytes. */
  frameHeader(type: number, channel: number, size: number): void {
    const to = this.room(frameHeaderBytes);
    dv.setUint8(to, type);
    dv.setUint16(to + 1, channel);
    dv.setUint32(to + 3, size);
    this.#at = to + frameHeaderBytes;
  }

  frameEnd(): void {
    const to = this.room(1);
    dv.setUint8(to, frameEnd);
    this.#at = to + 1;
  }

  /** Sends a large content, behind all that was written before it, as fast as it is read. */
  stream(content: ContentStream): void {
    if (this.#closed) {
      content.release();
      return;
    }
    if (this.#slab !== 0) this.#send();
    this.#backlog.push(content);
    this.#pump();
    // A reader that took it all at once is ready for more.
    if (this.#backlog.length === 0) return;
    this.#limit(this.#backlog.length);
    this.congested = true;
  }

  /** Sends what has been collected, unless a write is in flight: then it goes after that. */
  flush(): void {
    this.#listed = false;
    const waited = this.#backlog.length > 0;
    if (waited) this.#pump();
    if (this.#backlog.length > 0) return;
    this.#flushSlab();
    if (this.#finishing) this.#endIfSent();
    else if (waited) this.#ease();
  }

  #flushSlab(): void {
    if (this.#flying.length === 0 && this.#slab !== 0) this.#send();
    if (this.#slab !== 0 && this.#at === this.#slab) {
      returnSlab(this.#slab);
      this.#slab = 0;
    }
  }

  /** The oldest slab in flight is free again. */
  written(): void {
    const slab = this.#flying.shift();
    if (slab !== undefined) returnSlab(slab);
    if (this.#closed) return;
    if (this.#backlog.length > 0) this.#pump();
    if (this.#flying.length === 0 && this.#backlog.length === 0) this.#flushSlab();
    if (this.#finishing) this.#endIfSent();
    else this.#ease();
  }

  #ease(): void {
    if (this.#backlog.length > 0) return;
    const flying = this.#flying.length;
    // What began with few in flight, for want of memory, ends when there are none.
    const eased = this.congested && flying < CONGESTED_SLABS / 2 && (flying === 0 || !this.#tight);
    const unchoked = this.choked && flying < CHOKED_SLABS / 2 && (flying === 0 || !this.#tight);
    if (!eased && !unchoked) return;
    if (eased) this.congested = false;
    if (unchoked) this.choked = false;
    this.#relieved();
  }

  /** Sends what is left and ends the transport behind it; what is written later is dropped. */
  finish(): void {
    this.#finishing = true;
    this.flush();
  }

  /** The transport is gone: gives everything back. */
  abandon(): void {
    this.#closed = true;
    this.congested = true;
    if (this.#slab !== 0) returnSlab(this.#slab);
    this.#slab = 0;
    for (const slab of this.#flying) returnSlab(slab);
    this.#flying.length = 0;
    for (const item of this.#backlog) {
      if (item instanceof ContentStream) item.release();
      else returnSlab(item.slab);
    }
    this.#backlog.length = 0;
  }

  #endIfSent(): void {
    if (this.#flying.length > 0 || this.#backlog.length > 0) return;
    if (this.#slab !== 0 || this.#closed) return;
    this.#closed = true;
    this.congested = true;
    this.#transport.end();
  }

  #frame(type: number, channel: number, payload: Uint8Array): void {
    this.frameHeader(type, channel, payload.length);
    let sent = 0;
    while (sent < payload.length) {
      const to = this.room(1);
      const piece = Math.min(payload.length - sent, this.#slab + SLAB_BYTES - to);
      u8.set(
        sent === 0 && piece === payload.length ? payload : payload.subarray(sent, sent + piece),
        to,
      );
      this.#at = to + piece;
      sent += piece;
    }
    this.frameEnd();
  }

  #begin(): void {
    this.#slab = takeSlab();
    this.#at = this.#slab;
    this.#list();
  }

  #send(): void {
    const slab = this.#slab;
    if (this.#at === slab) return;
    if (this.#backlog.length > 0) {
      this.#backlog.push({ slab, end: this.#at });
      this.#slab = 0;
      this.#limit(this.#backlog.length);
      return;
    }
    this.writes += 1;
    this.sentBytes += this.#at - slab;
    if (this.#closed || this.#transport.write(slab, this.#at)) {
      this.#at = slab;
      return;
    }
    this.#flying.push(slab);
    this.#slab = 0;
    this.#limit(this.#flying.length);
  }

  #limit(unsent: number): void {
    const tight = slabsInUse > BUDGET_SLABS;
    this.#tight = tight;
    if (unsent >= (tight ? CONGESTED_SLABS_TIGHT : CONGESTED_SLABS)) this.congested = true;
    if (unsent >= (tight ? CHOKED_SLABS_TIGHT : CHOKED_SLABS)) this.choked = true;
  }

  // Sends from the backlog what may be in flight; a fast reader is given no more than a turn's worth.
  #pump(): void {
    const most = slabsInUse > BUDGET_SLABS ? CONGESTED_SLABS_TIGHT : CONGESTED_SLABS;
    for (let turns = PUMP_SLABS; turns > 0; turns--) {
      const item = this.#backlog[0];
      if (item === undefined || this.#flying.length >= most) return;
      if (item instanceof ContentStream) {
        if (!this.#fillFrom(item)) break;
        if (!item.isDone) continue;
        item.release();
      } else {
        this.#transmit(item.slab, item.end);
      }
      this.#backlog.shift();
    }
    // Goes on in the next turn, or when what is in flight has arrived.
    if (this.#flying.length === 0) this.#list();
  }

  // @returns false when there is no slab to be had: it has to wait until somebody gives one back
  #fillFrom(content: ContentStream): boolean {
    let slab: number;
    try {
      slab = takeSlab();
    } catch (error) {
      if (error instanceof MemoryExhausted) return false;
      throw error;
    }
    this.#transmit(slab, content.fill(slab, slab + SLAB_BYTES));
    return true;
  }

  #transmit(slab: number, end: number): void {
    this.writes += 1;
    this.sentBytes += end - slab;
    if (this.#closed || this.#transport.write(slab, end)) returnSlab(slab);
    else this.#flying.push(slab);
  }

  #list(): void {
    if (this.#listed) return;
    this.#listed = true;
    this.#flushes.add(this);
  }
}

const nothing = new Uint8Array(0);
