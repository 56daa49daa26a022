import type { Clock, Timer } from '../kit/clock.ts';

/** What a heartbeat needs to know and do. */
export interface Pulse {
  /** Grows with everything that was received. */
  readonly reads: number;
  /** Grows with everything that was sent. */
  readonly writes: number;
  /** Nothing is read at present, so silence means nothing. */
  readonly isPaused: boolean;
  sendHeartbeat(): void;
  /** Nothing has come for two intervals. */
  peerIsDead(): void;
}

// Two and a half intervals: as patient as RabbitMQ with clients that are a little late.
const SILENT_LOOKS_MAX = 5;

/**
 * Heartbeats of one connection (0-9-1 §4.2.7): looks twice an interval; sends when nothing else was
 * sent since the last look, and gives the peer up after two missed intervals and a little more.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #pulse: Pulse;
  readonly #everyMs: number;
  #timer: Timer;
  #reads: number;
  #writes: number;
  #silentLooks = 0;

  constructor(clock: Clock, pulse: Pulse, intervalSeconds: number) {
    this.#clock = clock;
    this.#pulse = pulse;
    this.#everyMs = intervalSeconds * 500;
    this.#reads = pulse.reads;
    this.#writes = pulse.writes;
    this.#timer = clock.after(this.#everyMs, this.#look);
  }

  stop(): void {
    this.#timer.cancel();
  }

  readonly #look = (): void => {
    const { reads, writes, isPaused } = this.#pulse;
    this.#silentLooks = reads === this.#reads && !isPaused ? this.#silentLooks + 1 : 0;
    this.#reads = reads;
    if (this.#silentLooks >= SILENT_LOOKS_MAX) {
      this.#pulse.peerIsDead();
      return;
    }
    // A heartbeat of ours is no reason to leave out the next one.
    if (writes === this.#writes) this.#pulse.sendHeartbeat();
    this.#writes = this.#pulse.writes;
    this.#timer = this.#clock.after(this.#everyMs, this.#look);
  };
}
