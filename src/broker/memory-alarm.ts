import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { busyBytes, CAPACITY_BYTES, touchedBytes } from '../kit/memory.ts';
import type { AlarmSet } from './alarm-set.ts';

/** The memory of the process, as the operating system counts it. */
export interface ProcessMemory {
  /** Bytes. */
  resident(): number;
  /** Gives back what nothing refers to any more. */
  collectGarbage(): void;
}

const MIB = 1024 * 1024;
const CHECK_MS = 100;
/** Who takes most is looked for with every so many of these checks. */
const CHECKS_PER_LOOK = 10;
// An alarm ends a little below where it began, lest it flutter.
const RELIEF = 0.95;
// So much of the message memory is left for output and indexes when messages have filled the rest.
const MESSAGES_SHARE = 0.8;
/** Garbage is collected at the alarm, but no more often than this: everything waits for it. */
const GARBAGE_MS = 10_000;

/**
 * Raised while more memory is in use than the high watermark allows. In use is what messages take,
 * and, where the process is counted, all that it takes besides: message memory that was used once
 * and is free now is not, though the operating system never gets it back.
 */
export class MemoryAlarm {
  #highWatermark: number;
  readonly #largestUser: (overhead: number) => string;
  #clock: Clock;
  readonly #logger: Logger;
  readonly #alarms: AlarmSet;
  // Of the message memory: more raises the alarm, no more than the other clears it.
  #most = 0;
  #relieved = 0;
  #overhead = 0;
  #raised = false;
  #process: ProcessMemory | undefined = undefined;
  #collectedAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined = undefined;
  #sampling: Timer | undefined = undefined;

  /**
   * @param highWatermark bytes
   * @param largestUser says who takes most; gets what the process takes besides messages
   */
  constructor(
    highWatermark: number,
    largestUser: (overhead: number) => string,
    clock: Clock,
    logger: Logger,
    alarms: AlarmSet,
  ) {
    this.#highWatermark = highWatermark;
    this.#largestUser = largestUser;
    this.#clock = clock;
    this.#logger = logger;
    this.#alarms = alarms;
    this.#setLimits();
  }

  /** Bytes. */
  get highWatermark(): number {
    return this.#highWatermark;
  }

  /** Raises or clears the alarm at once where the new mark asks for it. @param bytes from now on */
  setHighWatermark(bytes: number): void {
    this.#highWatermark = bytes;
    this.#setLimits();
    this.check();
  }

  /** From now on everything that the process takes counts. */
  countProcess(memory: ProcessMemory, intervalMs: number, clock: Clock): void {
    this.#process = memory;
    this.#clock = clock;
    const sample = (): void => {
      this.#sample();
      this.check();
      this.#sampling = clock.after(intervalMs, sample);
    };
    this.#sampling?.cancel();
    sample();
  }

  /** Called after each read. */
  check(): void {
    if (this.#raised) this.#clear();
    else if (busyBytes() > this.#most) this.#raise();
  }

  close(): void {
    this.#timer?.cancel();
    this.#sampling?.cancel();
  }

  #setLimits(): void {
    const room = CAPACITY_BYTES * MESSAGES_SHARE;
    this.#most = Math.min(this.#highWatermark - this.#overhead, room);
    this.#relieved = Math.min(this.#highWatermark * RELIEF - this.#overhead, room * RELIEF);
  }

  #sample(): void {
    if (this.#process === undefined) return;
    this.#overhead = Math.max(0, this.#process.resident() - touchedBytes());
    this.#setLimits();
  }

  #raise(): void {
    if (this.#collectGarbage() && busyBytes() <= this.#most) return;
    this.#raised = true;
    const largest = this.#largestUser(this.#overhead);
    this.#logger.warn({ ...this.#fields(), largest }, 'Memory alarm: publishers are blocked');
    this.#alarms.raise('memory', largest);
    this.#watch();
  }

  #clear(): void {
    if (busyBytes() > this.#relieved) return;
    this.#raised = false;
    this.#timer?.cancel();
    this.#logger.info(this.#fields(), 'Memory alarm: cleared');
    this.#alarms.clear('memory');
  }

  // Memory may be given back without a read: messages expire, or go to disk.
  #watch(checks = 1): void {
    this.#timer = this.#clock.after(CHECK_MS, () => {
      if (!this.#collectGarbage()) this.#sample();
      this.#clear();
      if (!this.#raised) return;
      if (checks % CHECKS_PER_LOOK === 0) {
        this.#alarms.raise('memory', this.#largestUser(this.#overhead));
      }
      this.#watch(checks + 1);
    });
  }

  // While publishers wait, little is allocated, and so garbage would be left where it is.
  #collectGarbage(): boolean {
    const now = this.#clock.now();
    if (this.#process === undefined || now - this.#collectedAt < GARBAGE_MS) return false;
    this.#collectedAt = now;
    this.#process.collectGarbage();
    this.#sample();
    return true;
  }

  #fields(): object {
    return {
      usedMib: Math.round((busyBytes() + this.#overhead) / MIB),
      highWatermarkMib: Math.round(this.#highWatermark / MIB),
    };
  }
}
