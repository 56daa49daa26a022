import type { Clock, Timer } from '../kit/clock.ts';

/** Wakes a queue when the message that would leave next expires. */
export class ExpiryWatch {
  readonly #clock: Clock;
  readonly #wake: () => void;
  #timer: Timer | undefined = undefined;
  #due = Infinity;

  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Something expires at `due` (Infinity: nothing does); a later moment than the known one can wait. */
  expect(due: number): void {
    if (due >= this.#due) return;
    this.stop();
    this.#due = due;
    this.#timer = this.#clock.after(due - this.#clock.now(), () => {
      this.stop();
      this.#wake();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#due = Infinity;
  }
}
