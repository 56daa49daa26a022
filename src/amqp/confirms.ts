// HOT: publisher confirms of a channel.
import { frameEnd, frameMethod } from '../codec/spec.ts';
import { dv } from '../kit/memory.ts';
import type { AppendLog, Position } from '../store/append-log.ts';
import type { Outbox } from './outbox.ts';

const ACK = (60 << 16) | 80;
const NACK = (60 << 16) | 120;
// RabbitMQ sets it, and says that publishers should not look at it.
const REQUEUE_BIT = 2;
const FRAME_BYTES = 21;
const PAYLOAD_BYTES = 13;
// The position of what a log that has failed was given.
const NEVER: Position = Infinity;
// So many places of what is confirmed are kept before they are given back.
const COMPACT_MIN = 1024;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * The ledger of a channel in confirm mode. Publishes count from 1; each is confirmed when the log
 * has made it durable, in the order of publishing, as few frames as that takes (`multiple`).
 */
export class Confirms {
  readonly #channel: number;
  readonly #outbox: Outbox;
  readonly #log: AppendLog;
  readonly #changed: () => void;
  #published = 0;
  // All up to here may be confirmed; all up to `#told` have been.
  #settled = 0;
  #told = 0;
  // Publishes that the log has still to make durable: their numbers and positions, oldest first.
  #pendingSeqs: number[] = [];
  #pendingPositions: Position[] = [];
  #firstPending = 0;
  // Publishes that were refused, and the numbers of those among them that lie behind `#told`.
  #refused = 0;
  #refusedAhead: number[] = [];
  #isWaiting = false;
  #closed = false;

  /** @param changed called when `flush` has something new to say */
  constructor(channel: number, outbox: Outbox, log: AppendLog, changed: () => void) {
    this.#channel = channel;
    this.#outbox = outbox;
    this.#log = log;
    this.#changed = changed;
  }

  /** Messages that were published so far. */
  get published(): number {
    return this.#published;
  }

  /** Those that their publisher was told of as confirmed. */
  get confirmed(): number {
    return this.#told - this.#refused + this.#refusedAhead.length;
  }

  /** Those that their publisher has been told nothing of. */
  get unconfirmed(): number {
    return this.#published - this.#told - this.#refusedAhead.length;
  }

  /** A message was taken; `position` is its record's in the log, 0 when it is not kept there. */
  accepted(position: Position): void {
    this.#published += 1;
    const safeAt = position === 0 || this.#log.failure === undefined ? position : NEVER;
    const pending = this.#pendingSeqs.length > this.#firstPending;
    if (!pending && safeAt <= this.#log.durable) {
      if (this.#settled === this.#told) this.#changed();
      this.#settled = this.#published;
      return;
    }
    this.#pendingSeqs.push(this.#published);
    this.#pendingPositions.push(safeAt);
    if (!this.#isWaiting) this.#wait(safeAt);
  }

  /** A queue refused the message (`reject-publish`). */
  refused(): void {
    this.#published += 1;
    this.#refused += 1;
    const pending = this.#pendingSeqs.length > this.#firstPending;
    if (pending) {
      this.#refusedAhead.push(this.#published);
      this.#write(NACK, this.#published, REQUEUE_BIT);
      return;
    }
    this.flush();
    this.#write(NACK, this.#published, REQUEUE_BIT);
    this.#settled = this.#published;
    this.#told = this.#published;
    if (this.#refusedAhead.length > 0) this.#passRefused();
  }

  /** Tells the publisher what has been confirmed since. */
  flush(): void {
    const count = this.#settled - this.#told;
    if (count === 0) return;
    this.#told = this.#settled;
    if (this.#refusedAhead.length > 0) this.#passRefused();
    this.#write(ACK, this.#settled, count > 1 ? 1 : 0);
  }

  close(): void {
    this.#closed = true;
  }

  #passRefused(): void {
    this.#refusedAhead = this.#refusedAhead.filter((seq) => seq > this.#told);
  }

  #wait(position: Position): void {
    if (position === NEVER) return;
    this.#isWaiting = true;
    this.#log.whenDurable(position, this.#advance);
  }

  // One call for each batch of the log, however many publishes it holds.
  readonly #advance = (): void => {
    this.#isWaiting = false;
    if (this.#closed) return;
    const { durable } = this.#log;
    const before = this.#settled;
    while (this.#firstPending < this.#pendingSeqs.length) {
      const position = this.#pendingPositions[this.#firstPending] ?? 0;
      if (position > durable) break;
      this.#settled = this.#pendingSeqs[this.#firstPending] ?? this.#settled;
      this.#firstPending += 1;
    }
    this.#compact();
    if (this.#settled !== before && before === this.#told) this.#changed();
    const next = this.#pendingPositions[this.#firstPending];
    if (next !== undefined) this.#wait(next);
  };

  #compact(): void {
    const done = this.#firstPending;
    const all = this.#pendingSeqs.length;
    if (done < all && (done < COMPACT_MIN || done < all / 2)) return;
    this.#pendingSeqs = this.#pendingSeqs.slice(done);
    this.#pendingPositions = this.#pendingPositions.slice(done);
    this.#firstPending = 0;
  }

  #write(method: number, deliveryTag: number, bits: number): void {
    const at = this.#outbox.room(FRAME_BYTES);
    dv.setUint8(at, frameMethod);
    dv.setUint16(at + 1, this.#channel);
    dv.setUint32(at + 3, PAYLOAD_BYTES);
    dv.setUint32(at + 7, method);
    dv.setUint32(at + 11, deliveryTag < TWO_TO_32 ? 0 : deliveryTag / TWO_TO_32);
    dv.setUint32(at + 15, deliveryTag >>> 0);
    dv.setUint8(at + 19, bits);
    dv.setUint8(at + 20, frameEnd);
    this.#outbox.wrote(at + FRAME_BYTES);
  }
}
