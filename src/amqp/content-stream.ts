import { frameBody, frameEnd, frameHeaderBytes, frameOverheadBytes } from '../codec/spec.ts';
import { copy, dv } from '../kit/memory.ts';
import { addReference, bodyAt, bodySize, dropReference } from '../model/record.ts';

/**
 * The body frames of a record, written as there is room for them, so that a reader who is slow, or
 * does not read at all, costs a reference and not a copy of a large message.
 */
export class ContentStream {
  readonly #record: number;
  readonly #channel: number;
  // Payload of a frame at most.
  readonly #most: number;
  #from: number;
  // Bytes of the body, and of the frame at work, that are still to be written.
  #left: number;
  #frameLeft = 0;
  #endIsDue = false;

  constructor(record: number, channel: number, frameMax: number) {
    addReference(record);
    this.#record = record;
    this.#channel = channel;
    this.#most = frameMax - frameOverheadBytes;
    this.#from = bodyAt(record);
    this.#left = bodySize(record);
  }

  get isDone(): boolean {
    return this.#left === 0 && !this.#endIsDue;
  }

  /** Writes as much as there is room for. @returns where it ends */
  fill(start: number, end: number): number {
    let to = start;
    while (!this.isDone) {
      if (this.#endIsDue) {
        if (to === end) return to;
        dv.setUint8(to, frameEnd);
        to += 1;
        this.#endIsDue = false;
      } else if (this.#frameLeft === 0) {
        if (to + frameHeaderBytes > end) return to;
        to = this.#beginFrame(to);
      } else {
        const piece = Math.min(this.#frameLeft, end - to);
        if (piece === 0) return to;
        copy(to, this.#from, piece);
        to += piece;
        this.#from += piece;
        this.#left -= piece;
        this.#frameLeft -= piece;
        this.#endIsDue = this.#frameLeft === 0;
      }
    }
    return to;
  }

  /** Lets go of the record. */
  release(): void {
    dropReference(this.#record);
  }

  #beginFrame(to: number): number {
    this.#frameLeft = Math.min(this.#most, this.#left);
    dv.setUint8(to, frameBody);
    dv.setUint16(to + 1, this.#channel);
    dv.setUint32(to + 3, this.#frameLeft);
    return to + frameHeaderBytes;
  }
}
