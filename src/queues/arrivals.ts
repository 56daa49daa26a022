// HOT: since when messages have been waiting, about.

/** Seconds from one mark to the next, while there are few. */
const MARK_SECONDS = 1;
const MARKS_MAX = 64;

/**
 * Remembers at some moments which number came then, instead of the moment of each message: the more
 * time there is between the first message and the last, the fewer marks a minute. Moments are clock
 * seconds.
 */
export class Arrivals {
  /** Before this moment nothing has to be noted. */
  nextAt = 0;
  // Numbers that came, rising, and when.
  #seqs: number[] = [];
  #moments: number[] = [];
  #everySeconds = MARK_SECONDS;

  /** The message with this number has come; `firstSeq` is the first that still waits. */
  note(seq: number, now: number, firstSeq: number): void {
    this.#forgetBefore(firstSeq);
    if (this.#seqs.length >= MARKS_MAX) this.#thin();
    this.#seqs.push(seq);
    this.#moments.push(now);
    this.nextAt = now + this.#everySeconds;
  }

  /**
   * When the message with this number came, or a little earlier; undefined when that is not known:
   * it was there before this process was.
   */
  momentOf(seq: number): number | undefined {
    return this.#moments[this.#markOf(seq)];
  }

  // The last mark that is not behind the number; -1 when all are.
  #markOf(seq: number): number {
    return this.#seqs.findLastIndex((noted) => noted <= seq);
  }

  #forgetBefore(firstSeq: number): void {
    const gone = this.#markOf(firstSeq);
    if (gone <= 0) return;
    this.#seqs.splice(0, gone);
    this.#moments.splice(0, gone);
    if (this.#seqs.length === 1) this.#everySeconds = MARK_SECONDS;
  }

  #thin(): void {
    this.#seqs = this.#seqs.filter((_, i) => i % 2 === 0);
    this.#moments = this.#moments.filter((_, i) => i % 2 === 0);
    this.#everySeconds *= 2;
  }
}
