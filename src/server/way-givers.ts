import { type Clock, RealClock, type Timer } from '../kit/clock.ts';

/** A socket that waits to be read again. */
export interface WayGiver {
  readAgain(): void;
}

/** So many reads of others are waited for … */
const READS = 3;
/** … but no longer than this. Sockets live in real time, whatever the broker's clock says. */
const PATIENCE_MS = 1;

interface Waiting {
  readonly giver: WayGiver;
  readonly until: number;
}

/**
 * Sockets that let others be read first: publishers whose consumers are behind. Without them a busy
 * publisher would be read again and again while acknowledgements wait.
 */
export class WayGivers {
  readonly #clock: Clock = new RealClock();
  #reads = 0;
  #waiting: Waiting[] = [];
  #timer: Timer | undefined = undefined;

  /** Some socket has been read. */
  noteRead(): void {
    this.#reads += 1;
    if (this.#waiting.length > 0) this.#release(this.#reads);
  }

  add(giver: WayGiver): void {
    this.#waiting.push({ giver, until: this.#reads + READS });
    this.#timer ??= this.#clock.after(PATIENCE_MS, () => {
      this.#timer = undefined;
      this.#release(Number.POSITIVE_INFINITY);
    });
  }

  #release(reads: number): void {
    const due = this.#waiting.filter(({ until }) => until <= reads);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ until }) => until > reads);
    if (this.#waiting.length === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
    for (const { giver } of due) giver.readAgain();
  }
}
