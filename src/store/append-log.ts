/**
 * The durable order of things on this node. A port: the memory log forgets with the process, other
 * logs keep records on disk or on a majority of machines. Records are facts, never decisions.
 */
export interface AppendLog {
  /** The position of the last record that was appended; 0 before the first. */
  readonly appended: Position;
  /** Every record up to this position is as safe as this log makes it. */
  readonly durable: Position;
  /** More has been appended than can be written in good time: publishers shall wait. */
  readonly isCongested: boolean;
  /** There is no space to write to: nothing becomes durable until there is. */
  readonly isFull: boolean;
  /** Why nothing becomes durable any more; undefined while all is well. Final. */
  readonly failure: Error | undefined;
  /** What the disk was given and has given back; absent where there is none. */
  readonly traffic?: DiskTraffic;
  /** The way of one queue's messages of one priority; the same for the same numbers. */
  lane(queue: number, priority: number): Lane;
  /**
   * Appends one record: a message now waits at `places`, which the log does not keep.
   * @param at where its bytes lie in the message memory, `length` of them
   * @param bodySize bytes of its body, for those who count them
   * @param flags one octet that the log does not look into
   */
  appendMessage(
    at: number,
    length: number,
    bodySize: number,
    flags: number,
    places: PlaceList,
  ): Position;
  /** Appends one record: the message has left its queue for good. One never logged is ignored. */
  appendSettled(lane: Lane, seq: number): Position;
  /** The same of every message from `from` up to, not including, `to`. */
  appendSettledRange(lane: Lane, from: number, to: number): Position;
  /** Appends one record: a delivered message has come back for the `returns`-th time. */
  appendReturned(lane: Lane, seq: number, returns: number): Position;
  /** Every message of the lane before `seq` has been handed out: after a restart they are redelivered. */
  noteDelivered(lane: Lane, seq: number): void;
  /** Appends one record: the queue is gone, and all of its messages with it. */
  appendQueueDropped(queue: number): Position;
  /** Appends one record that the log does not look into. */
  appendFact(fact: Fact): Position;
  /** Calls `run` once, as soon as `durable` has reached `position`; at once if it has. */
  whenDurable(position: Position, run: () => void): void;
  /** Calls `run` once, as soon as the log is not congested; at once if it is not. */
  whenRelieved(run: () => void): void;
  /** Calls `run` once, if and when the log has failed. */
  whenFailed(run: (error: Error) => void): void;
  /**
   * Reads stored messages of a lane that nothing has settled, in the order of their numbers, from
   * `from` up to at most `to`, until about `bytes` have been read or all are.
   * @param done gets the number to go on with, `to` at the end; later, never within this call
   */
  read(lane: Lane, from: number, to: number, bytes: number, visit: Visit, done: Done): void;
  /** The same at once, however long the disk takes. @returns the number to go on with */
  readNow(lane: Lane, from: number, to: number, bytes: number, visit: Visit): number;
  /** Resolves when everything appended is durable and nothing is held open. */
  close(): Promise<void>;
}

/** Messages, since it was opened. */
export interface DiskTraffic {
  written: number;
  read: number;
}

/** Positions grow with each record. */
export type Position = number;

/** Messages of a lane are numbered as they come; a log may keep some of them and not others. */
export interface Lane {
  readonly queue: number;
  readonly priority: number;
  /** Every logged message before this number can be read back; those behind it cannot yet. */
  readonly storedTo: number;
}

/** A definition or a change of one; the log keeps it as it is. */
export interface Fact {
  /** One octet. */
  readonly kind: number;
  readonly payload: Uint8Array;
}

/**
 * Sees a message that was read back. Its bytes lie in `bytes` from `at` on until this call returns.
 * @param expiresAt milliseconds of the wall clock; Infinity if never
 * @param returns how often it came back; at least 1 if it may have been delivered before a restart
 */
export type Visit = (
  seq: number,
  flags: number,
  expiresAt: number,
  returns: number,
  bytes: Uint8Array,
  at: number,
  length: number,
) => void;

/** @param error why the disk could not be read; `next` is then where it stopped */
export type Done = (next: number, error: Error | undefined) => void;

/** Which places of which lanes a message takes: filled anew for each message, never copied. */
export class PlaceList {
  size = 0;
  readonly lanes: Lane[] = [];
  /** The message's number in each lane: one that no other message of the lane has. */
  readonly seqs: number[] = [];
  /** Milliseconds of the wall clock at which it expires there; Infinity if never. */
  readonly expiries: number[] = [];

  clear(): void {
    this.size = 0;
  }

  add(lane: Lane, seq: number, expiresAt: number): void {
    this.lanes[this.size] = lane;
    this.seqs[this.size] = seq;
    this.expiries[this.size] = expiresAt;
    this.size += 1;
  }
}
