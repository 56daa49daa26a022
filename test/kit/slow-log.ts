import type {
  AppendLog,
  Done,
  Fact,
  Lane,
  PlaceList,
  Position,
  Visit,
} from '../../src/store/append-log.ts';

interface Wait {
  readonly position: Position;
  readonly run: () => void;
}

/** A log that keeps the facts it is given, and makes things durable when it is told to. */
export class SlowLog implements AppendLog {
  readonly isCongested = false;
  readonly isFull = false;
  appended: Position = 0;
  durable: Position = 0;
  failure: Error | undefined = undefined;
  readonly facts: Fact[] = [];
  /** Numbers of queues that are gone. */
  readonly dropped: number[] = [];
  #waits: Wait[] = [];
  #mourners: ((error: Error) => void)[] = [];
  readonly #isEager: boolean;

  /** @param isEager everything is durable at once */
  constructor({ isEager = false } = {}) {
    this.#isEager = isEager;
  }

  /** How many wait for something to become durable. */
  get waiting(): number {
    return this.#waits.length;
  }

  append(): Position {
    this.appended += 1;
    if (this.#isEager) this.durable = this.appended;
    return this.appended;
  }

  /** All up to `position` is durable. */
  sync(position = this.appended): void {
    this.durable = position;
    const due = this.#waits.filter((each) => each.position <= position);
    this.#waits = this.#waits.filter((each) => each.position > position);
    for (const { run } of due) run();
  }

  fail(error: Error): void {
    this.failure = error;
    for (const run of this.#mourners) run(error);
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
    return this.append();
  }

  appendSettled(_lane: Lane, _seq: number): Position {
    return this.append();
  }

  appendSettledRange(_lane: Lane, _from: number, _to: number): Position {
    return this.append();
  }

  appendReturned(_lane: Lane, _seq: number, _returns: number): Position {
    return this.append();
  }

  noteDelivered(_lane: Lane, _seq: number): void {}

  appendQueueDropped(queue: number): Position {
    this.dropped.push(queue);
    return this.append();
  }

  appendFact(fact: Fact): Position {
    this.facts.push(fact);
    return this.append();
  }

  whenDurable(position: Position, run: () => void): void {
    if (position <= this.durable) run();
    else this.#waits.push({ position, run });
  }

  whenRelieved(run: () => void): void {
    run();
  }

  whenFailed(run: (error: Error) => void): void {
    this.#mourners.push(run);
  }

  read(_lane: Lane, _from: number, to: number, _bytes: number, _visit: Visit, done: Done): void {
    setImmediate(() => done(to, undefined));
  }

  readNow(_lane: Lane, _from: number, to: number, _bytes: number, _visit: Visit): number {
    return to;
  }

  async close(): Promise<void> {}
}
