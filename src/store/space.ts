import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Disk } from './disk.ts';
import { fillWithZeros } from './zeros.ts';

const RETRY_MS = 1000;
const MIB = 1024 * 1024;
const RESERVE = 'wal/reserve';

export interface SpaceOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes that are kept for when there are no others. */
  readonly reserveBytes: number;
  /** Somebody has found no space, or everybody has found some again. */
  readonly changed: () => void;
}

/**
 * What is done when the disk is full: it is said, and tried again. A file of zeros is kept that can
 * be given up then, so that there is space for what makes space: acknowledgements and a snapshot.
 */
export class Space {
  readonly #options: SpaceOptions;
  // Who wants to write and cannot.
  readonly #lacking = new Set<object>();
  readonly #pauses = new Set<{ readonly timer: Timer; readonly end: () => void }>();
  #reserve: Promise<void> | undefined = undefined;
  #closed = false;

  constructor(options: SpaceOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#lacking.size > 0;
  }

  /** Lays the reserve down, if it is not there and there is space. */
  async restore(): Promise<void> {
    if (this.#reserve !== undefined || this.isFull || this.#closed) return;
    this.#reserve = this.#write();
    await this.#reserve;
  }

  /** Does what needs space, again and again until there is some. @throws its other errors */
  async until(attempt: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await attempt();
        this.found(attempt);
        return;
      } catch (error) {
        if (!isFull(error) || this.#closed) throw error;
        await this.lacks(attempt);
        await this.#later();
      }
    }
  }

  /** Somebody has found no space. */
  async lacks(who: object): Promise<void> {
    const { disk, logger, reserveBytes, changed } = this.#options;
    const isNews = this.#lacking.size === 0;
    this.#lacking.add(who);
    if (!isNews) return;
    logger.error(
      { neededMib: Math.ceil(reserveBytes / MIB) },
      'The disk is full: publishers wait until there is space',
    );
    changed();
    await this.#reserve;
    this.#reserve = undefined;
    await disk.remove(RESERVE);
  }

  /** They need no space any more. */
  found(who: object): void {
    if (!this.#lacking.delete(who) || this.isFull) return;
    this.#options.logger.info({}, 'There is space on the disk again');
    this.#options.changed();
  }

  /** Nobody waits any longer: what cannot be done fails. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer, end } of this.#pauses) {
      timer.cancel();
      end();
    }
    await this.#reserve;
  }

  async #write(): Promise<void> {
    const { disk, reserveBytes } = this.#options;
    try {
      const file = await disk.open(RESERVE, 'write');
      try {
        if ((await file.size()) < reserveBytes) await fillWithZeros(file, reserveBytes);
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
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
