import type { AppendLog, Done, Fact, Lane, PlaceList, Position, Visit } from './append-log.ts';

/**
 * The log of a broker that keeps nothing beyond its process: a record is as durable as it will ever
 * be once it is appended, and nothing has to be kept for a replay.
 */
export class MemoryLog implements AppendLog {
  readonly isCongested = false;
  readonly isFull = false;
  readonly failure = undefined;
  #appended: Position = 0;

  get appended(): Position {
    return this.#appended;
  }

  get durable(): Position {
    return this.#appended;
  }

  lane(queue: number, priority: number): Lane {
    return { queue, priority, storedTo: 0 };
  }

  appendMessage(
    _at: number,
    _length: number,
    _bodySize: number,
    _flags: number,
    _places: PlaceList,
  ): Position {
    return this.#append();
  }

  appendSettled(_lane: Lane, _seq: number): Position {
    return this.#append();
  }

  appendSettledRange(_lane: Lane, _from: number, _to: number): Position {
    return this.#append();
  }

  appendReturned(_lane: Lane, _seq: number, _returns: number): Position {
    return this.#append();
  }

  noteDelivered(_lane: Lane, _seq: number): void {}

  appendQueueDropped(_queue: number): Position {
    return this.#append();
  }

  appendFact(_fact: Fact): Position {
    return this.#append();
  }

  whenDurable(_position: Position, run: () => void): void {
    run();
  }

  whenRelieved(run: () => void): void {
    run();
  }

  whenFailed(_run: (error: Error) => void): void {}

  read(lane: Lane, from: number, to: number, bytes: number, visit: Visit, done: Done): void {
    done(this.readNow(lane, from, to, bytes, visit), undefined);
  }

  // Nothing is stored, so nobody has anything to ask for.
  readNow(_lane: Lane, _from: number, to: number, _bytes: number, _visit: Visit): number {
    return to;
  }

  async close(): Promise<void> {}

  #append(): Position {
    this.#appended += 1;
    return this.#appended;
  }
}
