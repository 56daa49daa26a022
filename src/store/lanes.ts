import { StoredLane } from './stored-lane.ts';

/** All lanes of a log. */
export class Lanes {
  readonly #byQueue = new Map<number, StoredLane[]>();

  find(queue: number, priority: number): StoredLane | undefined {
    return this.#byQueue.get(queue)?.find((lane) => lane.priority === priority);
  }

  /** The lane, new if it has not been asked for yet. */
  get(queue: number, priority: number): StoredLane {
    const found = this.find(queue, priority);
    if (found !== undefined) return found;
    const lane = new StoredLane(queue, priority);
    const lanes = this.#byQueue.get(queue);
    if (lanes === undefined) this.#byQueue.set(queue, [lane]);
    else lanes.push(lane);
    return lane;
  }

  /** A queue is gone, with all that waited in it. */
  drop(queue: number): void {
    for (const lane of this.#byQueue.get(queue) ?? []) lane.drop();
    this.#byQueue.delete(queue);
  }

  *[Symbol.iterator](): Iterator<StoredLane> {
    for (const lanes of this.#byQueue.values()) yield* lanes;
  }
}
