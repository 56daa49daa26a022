import type { AppendLog, FactKind, PlaceList, Position } from './append-log.ts';

/**
 * The log of a broker that keeps nothing beyond its process: a record is as durable as it will ever
 * be once it is appended, and nothing has to be kept for a replay.
 */
export class MemoryLog implements AppendLog {
  #appended: Position = 0;

  get appended(): Position {
    return this.#appended;
  }

  get durable(): Position {
    return this.#appended;
  }

  appendMessage(_at: number, _length: number, _places: PlaceList): Position {
    this.#appended += 1;
    return this.#appended;
  }

  appendSettled(_queue: number, _place: number): Position {
    this.#appended += 1;
    return this.#appended;
  }

  appendFact(_kind: FactKind, _payload: Uint8Array): Position {
    this.#appended += 1;
    return this.#appended;
  }

  whenDurable(_position: Position, run: () => void): void {
    run();
  }

  async close(): Promise<void> {}
}
