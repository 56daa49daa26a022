import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Disk } from '../store/disk.ts';
import type { AlarmSet } from './alarm-set.ts';
import { amount } from './amount.ts';

// As RabbitMQ: room is looked at twice before a fast writer could have used it up.
const FAST_BYTES_PER_MS = 250_000;
const SOONEST_MS = 100;
const LATEST_MS = 10_000;

/** Raised while less room is free on the disk than the limit asks for. */
export class DiskAlarm {
  readonly #disk: Pick<Disk, 'space'>;
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #alarms: AlarmSet;
  #timer: Timer | undefined = undefined;
  #closed = false;
  // The disk did not say how much room it has when it was last asked.
  #blind = false;

  /** @param limit bytes */
  constructor(
    disk: Pick<Disk, 'space'>,
    limit: number,
    clock: Clock,
    logger: Logger,
    alarms: AlarmSet,
  ) {
    this.#disk = disk;
    this.#limit = limit;
    this.#clock = clock;
    this.#logger = logger;
    this.#alarms = alarms;
  }

  /** Looks now, and again and again from now on. */
  async check(): Promise<void> {
    const free = await this.#ask();
    if (this.#closed) return;
    if (free !== undefined) this.#judge(free);
    this.#timer = this.#clock.after(this.#interval(free), () => void this.check());
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #ask(): Promise<number | undefined> {
    try {
      const { free } = await this.#disk.space();
      this.#blind = false;
      return free;
    } catch (err) {
      if (!this.#blind && !this.#closed) this.#logger.warn({ err }, 'Free disk space is unknown');
      this.#blind = true;
      return undefined;
    }
  }

  #judge(free: number): void {
    const fields = { free: amount(free), limit: amount(this.#limit) };
    const raised = this.#alarms.has('disk');
    if (free < this.#limit) {
      if (!raised) this.#logger.warn(fields, 'Disk alarm: publishers are blocked');
      this.#alarms.raise('disk', `${fields.free} free, ${fields.limit} wanted`);
    } else if (raised) {
      this.#logger.info(fields, 'Disk alarm: cleared');
      this.#alarms.clear('disk');
    }
  }

  #interval(free: number | undefined): number {
    if (free === undefined) return LATEST_MS;
    const ideal = (2 * (free - this.#limit)) / FAST_BYTES_PER_MS;
    return Math.trunc(Math.max(SOONEST_MS, Math.min(LATEST_MS, ideal)));
  }
}
