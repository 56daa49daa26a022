// HOT: what the log is told of the messages of one queue.
import { bodySize, contentAt, flagsOf, isPersistent, keptLength } from '../model/record.ts';
import type { AppendLog, Lane, PlaceList, Position } from '../store/append-log.ts';
import { priorityOf } from './message-limits.ts';

/** Tells the log of a message that now waits at these places. @returns where its record ends */
export function logMessage(log: AppendLog, record: number, places: PlaceList): Position {
  const at = contentAt(record);
  return log.appendMessage(at, keptLength(record), bodySize(record), flagsOf(record), places);
}

/** The log, for one durable queue: it keeps the persistent ones among its messages. */
export class QueueLog {
  readonly #log: AppendLog;
  readonly #queue: number;
  readonly #maxPriority: number;
  // By priority.
  readonly #lanes: Lane[] = [];

  constructor(log: AppendLog, queue: number, maxPriority: number) {
    this.#log = log;
    this.#queue = queue;
    this.#maxPriority = maxPriority;
  }

  lane(priority: number): Lane {
    let lane = this.#lanes[priority];
    if (lane === undefined) {
      lane = this.#log.lane(this.#queue, priority);
      this.#lanes[priority] = lane;
    }
    return lane;
  }

  /** A message is with a consumer that has not settled it yet. */
  delivered(record: number, seq: number): void {
    if (isPersistent(record)) this.#log.noteDelivered(this.#laneOf(record), seq + 1);
  }

  /** A message has come back for the `returns`-th time. */
  returned(record: number, seq: number, returns: number): void {
    if (isPersistent(record)) this.#log.appendReturned(this.#laneOf(record), seq, returns);
  }

  /** A message has left for good. */
  settled(record: number, seq: number): void {
    if (isPersistent(record)) this.#log.appendSettled(this.#laneOf(record), seq);
  }

  /** All messages from `from` up to, not including, `to` have left for good. */
  settledRange(priority: number, from: number, to: number): void {
    this.#log.appendSettledRange(this.lane(priority), from, to);
  }

  /** The queue is gone. */
  dropped(): void {
    this.#log.appendQueueDropped(this.#queue);
  }

  #laneOf(record: number): Lane {
    return this.lane(this.#maxPriority === 0 ? 0 : priorityOf(record, this.#maxPriority));
  }
}
