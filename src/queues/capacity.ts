// HOT: how busy a queue's consumers are, for whoever looks at it.

// Milliseconds over which the share of time is told.
const WINDOW_MS = 5000;

/**
 * In which share of the time a queue's consumers could take messages. Moments are clock milliseconds,
 * as coarse as whoever tells them.
 */
export class Capacity {
  // While messages wait and no consumer can take one: since when. Infinity otherwise.
  #blockedAt = Infinity;
  // Of the window that runs, and the share that the one before it came to.
  #windowAt: number;
  #blockedMs = 0;
  #share = 1;

  constructor(now: number) {
    this.#windowAt = now;
  }

  /** Messages wait, and no consumer can take one. */
  blocked(now: number): void {
    if (this.#blockedAt === Infinity) this.#blockedAt = now;
  }

  /** A consumer may be able to take messages again, or none has to. */
  freed(now: number): void {
    if (this.#blockedAt === Infinity) return;
    this.#turn(now);
    this.#blockedMs += now - Math.max(this.#blockedAt, this.#windowAt);
    this.#blockedAt = Infinity;
  }

  /** The share of the last seconds in which messages did not have to wait for consumers, 0 to 1. */
  share(now: number): number {
    this.#turn(now);
    return this.#share;
  }

  // Ends the window when its time is up.
  #turn(now: number): void {
    const length = now - this.#windowAt;
    if (length < WINDOW_MS) return;
    const open = this.#blockedAt !== Infinity;
    const blockedMs =
      this.#blockedMs + (open ? now - Math.max(this.#blockedAt, this.#windowAt) : 0);
    this.#share = Math.max(0, 1 - blockedMs / length);
    this.#windowAt = now;
    this.#blockedMs = 0;
  }
}
