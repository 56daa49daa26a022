// HOT: how much a queue may hold.
import type { QueueArguments } from '../model/arguments.ts';
import { bodySize } from '../model/record.ts';

/** How many messages wait, and the sum of their bodies in bytes. */
interface Held {
  readonly size: number;
  readonly bytes: number;
}

/** A queue's `max-length` and `max-length-bytes`, and what happens beyond them. */
export class Bounds {
  maxLength = Infinity;
  maxBytes = Infinity;
  /** There are bounds. */
  areSet = false;
  /** What comes when the queue is full is refused; otherwise what is in front has to go. */
  refuse = false;
  /** What is refused is a dead letter. */
  deadLetterRefused = false;
  /** What comes back is handed out before it counts, and what is then too much goes from the front. */
  countsLate = false;

  constructor(settings: QueueArguments) {
    this.follow(settings);
  }

  /** Takes the bounds from settings that may have changed. */
  follow({ maxLength, maxLengthBytes, overflow, queueType }: QueueArguments): void {
    this.maxLength = maxLength ?? Infinity;
    this.maxBytes = maxLengthBytes ?? Infinity;
    this.areSet = maxLength !== undefined || maxLengthBytes !== undefined;
    this.refuse = this.areSet && overflow !== 'drop-head';
    this.countsLate = this.areSet && !this.refuse && queueType === 'quorum';
    this.deadLetterRefused = overflow === 'reject-publish-dlx';
  }

  exceededBy({ size, bytes }: Held): boolean {
    return size > this.maxLength || bytes > this.maxBytes;
  }

  /** Whether there would be too much if the message waited as well. */
  exceededWith({ size, bytes }: Held, record: number): boolean {
    return size >= this.maxLength || bytes + bodySize(record) > this.maxBytes;
  }
}
