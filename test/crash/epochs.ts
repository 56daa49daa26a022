import type { Ending, Line } from './rules.ts';

/** Where connections are closed one after the other, what one held may go to the next, so often. */
const BOUNCES = 6;

/** What had happened when a message was sent. */
export interface Moment {
  readonly restarts: number;
  readonly kills: number;
  /** How often a message could have come back unseen. */
  readonly returns: number;
}

/** The times between one end of the broker, or of the connections to it, and the next. */
export class Epochs {
  readonly #endings: Ending[] = [];
  readonly #endsMs: number[] = [];
  // By epoch: everything that was seen before `sureTo` is durable.
  readonly #seen: Line[] = [{ sureTo: 0 }];
  #closing = false;
  #restarts = 0;
  #kills = 0;
  #returns = 0;

  /** Counts from 0. */
  get current(): number {
    return this.#endings.length;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get kills(): number {
    return this.#kills;
  }

  get returns(): number {
    return this.#returns;
  }

  /** What the broker has been seen to do in this epoch, as if it were said on a channel. */
  get seen(): Line {
    return this.#seen[this.current]!;
  }

  /** Channels may be closed from now on, one after the other. */
  get isClosing(): boolean {
    return this.#closing;
  }

  close(): void {
    this.#closing = true;
    this.#returns += BOUNCES;
  }

  end(how: Ending, nowMs: number): void {
    this.#endsMs.push(nowMs);
    this.#closing = false;
    this.#endings.push(how);
    this.#seen.push({ sureTo: 0 });
    if (how !== 'cut') this.#restarts += 1;
    if (how === 'kill') this.#kills += 1;
    this.#returns += 1;
  }

  /** When an epoch ended; 0 while it has not. */
  endMs(epoch: number): number {
    return this.#endsMs[epoch] ?? 0;
  }

  now(): Moment {
    return { restarts: this.#restarts, kills: this.#kills, returns: this.#returns };
  }

  /** All that was seen before this tick is durable. */
  sure(tick: number): void {
    this.seen.sureTo = Math.max(this.seen.sureTo, tick);
  }

  /** Whether the broker must know of what was seen at this tick of an epoch. */
  isSure(tick: number, epoch: number): boolean {
    return this.#endings[epoch] !== 'kill' || (this.#seen[epoch]?.sureTo ?? 0) > tick;
  }

  /** Whether the channels of an epoch still hold what they were given. */
  isOpen(epoch: number): boolean {
    return epoch === this.current && !this.#closing;
  }
}
