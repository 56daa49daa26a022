import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { busyBytes } from '../kit/memory.ts';

/** Whom an alarm concerns. */
interface Blockable {
  block(reason: string): void;
  unblock(): void;
}

interface Parties {
  readonly connections: Iterable<Blockable>;
}

const MIB = 1024 * 1024;
const CHECK_MS = 1000;
// An alarm ends a little below where it began, lest it flutter.
const RELIEF = 0.95;

/**
 * The memory alarm: above the high watermark, connections that publish are blocked until enough has
 * been consumed. Consumers go on.
 */
export class Alarms {
  readonly #highWatermark: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #parties: Parties;
  #raised = false;
  #timer: Timer | undefined = undefined;

  constructor(highWatermark: number, clock: Clock, logger: Logger, parties: Parties) {
    this.#highWatermark = highWatermark;
    this.#clock = clock;
    this.#logger = logger;
    this.#parties = parties;
  }

  /** Why publishers have to wait; undefined while they need not. */
  get reason(): string | undefined {
    return this.#raised ? 'low on memory' : undefined;
  }

  /** Raises the alarm if memory is short now, or clears it; called after each read. */
  check(): void {
    if (this.#raised) this.#clear();
    else if (busyBytes() > this.#highWatermark) this.#raise();
  }

  close(): void {
    this.#timer?.cancel();
  }

  #raise(): void {
    this.#raised = true;
    const fields = {
      usedMib: Math.round(busyBytes() / MIB),
      highWatermarkMib: Math.round(this.#highWatermark / MIB),
    };
    this.#logger.warn(fields, 'Memory alarm: publishers are blocked');
    for (const connection of this.#parties.connections) connection.block('low on memory');
    this.#watch();
  }

  #clear(): void {
    if (busyBytes() > this.#highWatermark * RELIEF) return;
    this.#raised = false;
    this.#timer?.cancel();
    this.#logger.info({ usedMib: Math.round(busyBytes() / MIB) }, 'Memory alarm: cleared');
    for (const connection of this.#parties.connections) connection.unblock();
  }

  // Memory may be given back without a read, by messages that expire.
  #watch(): void {
    this.#timer = this.#clock.after(CHECK_MS, () => {
      this.#clear();
      if (this.#raised) this.#watch();
    });
  }
}
