import { afterReads, type Clock, type Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { CAPACITY_BYTES, recordBytes, usedBytes } from '../kit/memory.ts';
import type { Queue } from '../queues/queue.ts';
import type { Room } from '../queues/room.ts';

/** Who holds messages that can go to disk. */
interface Holders {
  readonly vhosts: ReadonlyMap<string, { readonly queues: ReadonlyMap<string, Queue> }>;
}

const KIB = 1024;
/** Bytes of waiting messages in memory, if nothing else is asked for. */
export const DEFAULT_BUDGET_BYTES = 128 * KIB * KIB;
// Paging out begins above the budget and ends below this much of it.
const ENOUGH = 0.75;
// It looks again when the memory has grown by so much of the budget since it last looked.
const STEP = 1 / 16;
// It also looks again after a while, for what could not be paged out because the log had yet to store
// it may be stored by then.
const LOOK_MS = 500;
const FAILED_MS = 10_000;
// Above this much of the budget, what was paged out waits before it comes back.
const SHORT = 2;
// So much of all memory messages may fill at most.
const FULL = 0.9;
// What a queue keeps in memory for its consumers: less, when there are many queues.
const WINDOW_BYTES = 256 * KIB;
const WINDOW_BYTES_MIN = 4 * KIB;
const WINDOWS = 0.25;
// What is done at a time, lest clients wait.
const TURN_BYTES = 8 * KIB * KIB;
const TURN_QUEUES = 200;
const PIECE_BYTES = 256 * KIB;
const ROOM_MS = 25;

/**
 * Keeps the memory of messages within a budget: queues that hold most of it page out, and those that
 * read back wait while there is too little.
 */
export class Pager implements Room {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #holders: Holders;
  readonly #compactor: { compactIfSparse(): void };
  readonly #budget: number;
  #threshold: number;
  #paging = false;
  // The queues that are still to page out, the last one next.
  #queues: Queue[] = [];
  #released = 0;
  #failed = false;
  #closed = false;
  readonly #waiting: (() => void)[] = [];
  #timer: Timer | undefined = undefined;
  #again: Timer | undefined = undefined;

  /**
   * @param compactor gives memory back that what has been paged out leaves between what stays
   * @param budget bytes; Infinity when there is nowhere to page out to
   */
  constructor(
    clock: Clock,
    logger: Logger,
    holders: Holders,
    compactor: { compactIfSparse(): void },
    budget: number,
  ) {
    this.#clock = clock;
    this.#logger = logger;
    this.#holders = holders;
    this.#compactor = compactor;
    this.#budget = budget;
    this.#threshold = budget;
  }

  get isShort(): boolean {
    return recordBytes() > this.#budget * SHORT;
  }

  get isFull(): boolean {
    return usedBytes() > CAPACITY_BYTES * FULL;
  }

  whenRoom(run: () => void): void {
    this.#waiting.push(run);
    // Memory may be given back without a read, and whoever waits may get along with less by now.
    this.#timer ??= this.#clock.after(ROOM_MS, () => {
      this.#timer = undefined;
      this.#admit();
    });
  }

  /** Called after each read: looks at the memory when it has grown enough since last time. */
  check(): void {
    if (this.#waiting.length > 0 && !this.isShort) this.#admit();
    const used = recordBytes();
    // What has been given back may grow again before it is looked at.
    const next = Math.max(this.#budget, used + this.#budget * STEP);
    if (next < this.#threshold) this.#threshold = next;
    if (used > this.#threshold) this.#begin();
  }

  close(): void {
    this.#timer?.cancel();
    this.#again?.cancel();
    this.#closed = true;
    this.#queues = [];
    this.#waiting.length = 0;
  }

  #begin(): void {
    if (this.#paging) return;
    this.#paging = true;
    this.#again?.cancel();
    this.#queues = this.#largest();
    this.#released = 0;
    this.#failed = false;
    afterReads(() => this.#turn());
  }

  #turn(): void {
    const window = this.#window();
    try {
      let left = TURN_BYTES;
      for (let tries = TURN_QUEUES; tries > 0 && left > 0; tries--) {
        const queue = this.#queues.at(-1);
        const tooMuch = this.#tooMuch;
        if (queue === undefined || tooMuch <= 0) break;
        const wanted = Math.min(left, Math.max(tooMuch, PIECE_BYTES));
        const released = queue.pageOut(window, wanted);
        this.#released += released;
        if (released < wanted) this.#queues.pop();
        left -= released;
      }
    } catch (error) {
      this.#logger.error({ error: String(error) }, 'Cannot page out messages: they stay in memory');
      this.#failed = true;
      this.#queues = [];
    }
    if (this.#queues.length > 0 && this.#tooMuch > 0) {
      afterReads(() => this.#turn());
    } else this.#finish();
  }

  #finish(): void {
    this.#paging = false;
    this.#queues = [];
    if (this.#tooMuch > 0 && this.#released > 0) this.#compactor.compactIfSparse();
    const used = recordBytes();
    this.#threshold = Math.max(this.#budget, used + this.#budget * STEP);
    if (used > this.#budget && !this.#closed) {
      this.#again = this.#clock.after(this.#failed ? FAILED_MS : LOOK_MS, () => this.#begin());
    }
    const mib = (bytes: number): number => Math.round(bytes / KIB / KIB);
    const fields = { releasedMib: mib(this.#released), usedMib: mib(used) };
    this.#logger.debug(fields, 'Paged out messages');
  }

  // Bytes that are still to go.
  get #tooMuch(): number {
    return recordBytes() - this.#budget * ENOUGH;
  }

  /** Those with the most in memory last. */
  #largest(): Queue[] {
    const window = this.#window();
    const queues: Queue[] = [];
    for (const vhost of this.#holders.vhosts.values()) {
      for (const queue of vhost.queues.values()) {
        if (queue.memoryBytes > window) queues.push(queue);
      }
    }
    return queues.sort((one, other) => one.memoryBytes - other.memoryBytes);
  }

  #window(): number {
    let queues = 0;
    for (const vhost of this.#holders.vhosts.values()) queues += vhost.queues.size;
    const share = (this.#budget * WINDOWS) / Math.max(1, queues);
    return Math.min(WINDOW_BYTES, Math.max(WINDOW_BYTES_MIN, share));
  }

  #admit(): void {
    for (const run of this.#waiting.splice(0)) run();
  }
}
