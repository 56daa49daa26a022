/** Which published messages a broker has not confirmed yet, by delivery tag, and when each was written. */
import type { Histogram } from '../kit/statistics.ts';

const SETTLED = -1;

export class ConfirmWindow {
  readonly #limit: number;
  readonly #mask: number;
  readonly #sent: Float64Array;
  #released = 0;
  /** Every tag up to this one is settled. */
  #low = 0;
  #outstanding = 0;

  constructor(limit: number) {
    this.#limit = limit;
    // Four windows of room: singles confirmed out of order keep the low mark back.
    this.#mask = 2 ** Math.ceil(Math.log2(Math.max(64, 4 * limit))) - 1;
    this.#sent = new Float64Array(this.#mask + 1).fill(SETTLED);
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  /** Messages that may be published now. */
  get room(): number {
    const slots = this.#mask + 1 - (this.#released - this.#low);
    return Math.min(this.#limit - this.#outstanding, slots);
  }

  /** A message is about to be published. */
  release(sentUs: number): void {
    this.#released++;
    this.#sent[this.#released & this.#mask] = sentUs;
    this.#outstanding++;
  }

  /** The broker settled a tag, or all up to it; how many messages that settled. Tag 0 stands for all. */
  settle(tag: number, multiple: boolean, nowUs: number, into: Histogram | undefined): number {
    if (tag > this.#released) throw new Error(`the broker confirmed ${tag} of ${this.#released}`);
    const last = multiple && tag === 0 ? this.#released : tag;
    let settled = 0;
    for (let t = multiple ? this.#low + 1 : last; t <= last; t++) {
      const sent = this.#sent[t & this.#mask] ?? SETTLED;
      if (t <= this.#low || sent === SETTLED) continue;
      into?.add(nowUs - sent);
      this.#sent[t & this.#mask] = SETTLED;
      settled++;
    }
    while (this.#low < this.#released && this.#sent[(this.#low + 1) & this.#mask] === SETTLED) {
      this.#low++;
    }
    this.#outstanding -= settled;
    return settled;
  }
}
