/** Which published messages a broker has not confirmed yet, by delivery tag, and when each was due. */
import type { Histogram } from '../kit/statistics.ts';

const SETTLED = -1;

export class ConfirmWindow {
  readonly #limit: number;
  readonly #mask: number;
  readonly #due: Float64Array;
  #released = 0;
  /** Every tag up to this one is settled. */
  #low = 0;
  #outstanding = 0;

  constructor(limit: number) {
    this.#limit = limit;
    // Four windows of room: singles confirmed out of order keep the low mark back.
    this.#mask = 2 ** Math.ceil(Math.log2(Math.max(64, 4 * limit))) - 1;
    this.#due = new Float64Array(this.#mask + 1).fill(SETTLED);
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
  release(dueUs: number): void {
    this.#released++;
    this.#due[this.#released & this.#mask] = dueUs;
    this.#outstanding++;
  }

  /** The broker settled a tag, or all up to it; how many messages that settled. Tag 0 stands for all. */
  settle(tag: number, multiple: boolean, nowUs: number, into: Histogram | undefined): number {
    if (tag > this.#released) throw new Error(`the broker confirmed ${tag} of ${this.#released}`);
    const last = multiple && tag === 0 ? this.#released : tag;
    let settled = 0;
    for (let t = multiple ? this.#low + 1 : last; t <= last; t++) {
      const due = this.#due[t & this.#mask] ?? SETTLED;
      if (t <= this.#low || due === SETTLED) continue;
      into?.add(nowUs - due);
      this.#due[t & this.#mask] = SETTLED;
      settled++;
    }
    while (this.#low < this.#released && this.#due[(this.#low + 1) & this.#mask] === SETTLED) {
      this.#low++;
    }
    this.#outstanding -= settled;
    return settled;
  }
}
