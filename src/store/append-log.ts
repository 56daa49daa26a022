/**
 * The durable order of things on this node. A port: the memory log forgets with the process, other
 * logs keep records on disk or on a majority of machines. Records are facts, never decisions.
 */
export interface AppendLog {
  /** The position of the last record that was appended; 0 before the first. */
  readonly appended: Position;
  /** Every record up to this position is as safe as this log makes it. */
  readonly durable: Position;
  /**
   * Appends one record: the message whose delivery bytes lie at `at` in the message memory now waits
   * at `places`, which the log does not keep.
   */
  appendMessage(at: number, length: number, places: PlaceList): Position;
  /** Appends one record: the message at this place has left its queue for good. */
  appendSettled(queue: number, place: number): Position;
  /** Appends one record that the log does not look into. */
  appendFact(kind: FactKind, payload: Uint8Array): Position;
  /** Calls `run` once, as soon as `durable` has reached `position`; at once if it has. */
  whenDurable(position: Position, run: () => void): void;
  /** Resolves when everything appended is durable and nothing is held open. */
  close(): Promise<void>;
}

/** Positions grow with each record. */
export type Position = number;

export type FactKind =
  | 'queue-declared'
  | 'queue-deleted'
  | 'queue-purged'
  | 'exchange-declared'
  | 'exchange-deleted'
  | 'bound'
  | 'unbound';

/** Which places of which queues a message takes: filled anew for each message, never copied. */
export class PlaceList {
  size = 0;
  /** Numbers of queues on this node. */
  readonly queues: number[] = [];
  /** The message's place in each: a number that no other message of the queue has. */
  readonly places: number[] = [];

  clear(): void {
    this.size = 0;
  }

  add(queue: number, place: number): void {
    this.queues[this.size] = queue;
    this.places[this.size] = place;
    this.size += 1;
  }
}
