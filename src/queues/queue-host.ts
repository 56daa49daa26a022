import type { Clock } from '../kit/clock.ts';
import type { AppendLog } from '../store/append-log.ts';
import type { DeadLetterReason } from './dead-letter.ts';
import type { Queue } from './queue.ts';

/** What a queue needs of whoever keeps it. */
export interface QueueHost {
  readonly clock: Clock;
  readonly log: AppendLog;
  /**
   * A message leaves the queue for this reason. It is copied if it is wanted: the record and its
   * reference stay with the queue.
   * @param returns how often it was delivered and came back
   */
  deadLetter(queue: Queue, record: number, reason: DeadLetterReason, returns: number): void;
  /**
   * A message comes back for the `returns`-th time: the record to put back in its stead, with its
   * reference. Queues that count deliveries in a header rewrite it here.
   */
  countReturn(queue: Queue, record: number, returns: number): number;
  /** An auto-delete queue has lost its last consumer. */
  unused(queue: Queue): void;
  /** Nobody has used the queue for its `x-expires`. */
  expired(queue: Queue): void;
}
