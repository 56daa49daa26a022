import type { Clock, Timer } from '../kit/clock.ts';
import { codeOf } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import type { Disk } from './disk.ts';
import { fillGently } from './zeros.ts';

const RETRY_MS = 1000;
const MIB = 1024 * 1024;
const RESERVE = 'wal/reserve';

export interface SpaceOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes that are kept for when there are no others. */
  readonly reserveBytes: number;
  /** The disk is full, or not any longer. */
  readonly changed: () => void;
}

/**
 * What is done when the disk is full: it is said, and tried again. A file of zeros is kept that is
 * given up then, so that there is space for what makes space: acknowledgements and a snapshot. The
 * disk counts as full until that file is there again.
 */
export class Space {
  readonly #options: SpaceOptions;
  #isFull = false;
  #reserve: Promise<void> | undefined = undefined;
  #timer: Timer | undefined = undefined;
  // Who waits for a moment before trying again.
  readonly #pauses = new Set<{ readonly timer: Timer; readonly end: () => void }>();
  #closed = false;

  constructor(options: SpaceOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Lays the reserve down, if it is not there and there is space. */
  async restore(): Promise<void> {
    if (this.#reserve !== undefined || this.#closed) return;
    this.#reserve = this.#lay();
    await this.#reserve;
  }

  /** Does what needs space, again and again until there is some. @throws its other errors */
  async until(attempt: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (!isFull(error) || this.#closed) throw error;
        const hadReserve = !this.#isFull;
        await this.lacks();
        if (!hadReserve) await this.#later();
      }
    }
  }

  /** Somebody has found no space. */
  async lacks(): Promise<void> {
    if (this.#isFull || this.#closed) return;
    const { disk, logger, reserveBytes, changed } = this.#options;
    this.#isFull = true;
    logger.error(
      { neededMib: Math.ceil(reserveBytes / MIB) },
      'The disk is full: publishers wait until there is space',
    );
    changed();
    this.#watch();
    await this.#reserve;
    this.#reserve = undefined;
    await disk.remove(RESERVE);
  }

  /** Nobody waits any longer: what cannot be done fails. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    for (const { timer, end } of this.#pauses) {
      timer.cancel();
      end();
    }
    await this.#reserve;
  }

  #watch(): void {
    this.#timer = this.#options.clock.after(RETRY_MS, () => {
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    await this.restore();
    if (this.#closed) return;
    if (this.#reserve === undefined) {
      this.#watch();
      return;
    }
    this.#isFull = false;
    this.#options.logger.info({}, 'There is space on the disk again');
    this.#options.changed();
  }

  async #lay(): Promise<void> {
    const { disk, reserveBytes } = this.#options;
    try {
      const { free } = await disk.space();
      const file = free < 2 * reserveBytes ? undefined : await disk.open(RESERVE, 'write');
      if (file === undefined) {
        this.#reserve = undefined;
        return;
      }
      try {
        if ((await file.size()) < reserveBytes) await fillGently(file, reserveBytes);
      } finally {
        await file.close();
      }
    } catch {
      // It is laid down another time.
      this.#reserve = undefined;
      await disk.remove(RESERVE).catch(() => {});
    }
  }

  #later(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#pauses.delete(pause);
        resolve();
      };
      const pause = { timer: this.#options.clock.after(RETRY_MS, end), end };
      this.#pauses.add(pause);
    });
  }
}

/** Whether an error of the disk says that there is no space. */
export function isFull(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}
