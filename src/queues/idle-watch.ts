import type { Clock, Timer } from '../kit/clock.ts';

/** Tells when nobody has used a queue for its `x-expires`: no consumer, no declare, no basic.get. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #isInUse: () => boolean;
  readonly #idle: () => void;
  #timer: Timer | undefined = undefined;
  #usedAt = 0;

  /**
   * @param isInUse whether somebody uses the queue all the time: it has consumers
   * @param idle called once
   */
  constructor(clock: Clock, limitMs: number, isInUse: () => boolean, idle: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#isInUse = isInUse;
    this.#idle = idle;
    this.touch();
    this.#wait(limitMs);
  }

  /** The queue is used now. */
  touch(): void {
    this.#usedAt = this.#clock.now();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #wait(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => {
      if (this.#isInUse()) this.touch();
      const left = this.#usedAt + this.#limitMs - this.#clock.now();
      if (left <= 0) this.#idle();
      else this.#wait(left);
    });
  }
}
