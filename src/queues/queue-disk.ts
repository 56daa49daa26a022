import type { Clock } from '../kit/clock.ts';
import type { AppendLog } from '../store/append-log.ts';
import type { Overflow } from '../store/overflow.ts';
import type { RecoveredLane } from '../store/recovered.ts';
import type { Level, WaitingVisitor } from './level.ts';
import { Loader } from './loader.ts';
import { pageOut } from './page-out.ts';
import type { QueueLog } from './queue-log.ts';
import type { Ready } from './ready.ts';
import type { Room } from './room.ts';

/** Where a queue's messages go to disk and come back from there. */
export interface DiskHost<Q> {
  readonly clock: Clock;
  readonly log: AppendLog;
  /** Where messages go for which there is no memory and that the log does not keep, if anywhere. */
  readonly overflow: Overflow | undefined;
  readonly room: Room;
  /**
   * A message comes back for the `returns`-th time: the record to put back in its stead, with its
   * reference. Queues that count deliveries in a header rewrite it here.
   */
  countReturn(queue: Q, record: number, returns: number): number;
  /** Messages could not be read back; it will be tried again. */
  readFailed(queue: Q, error: Error): void;
}

/** The queue, as far as this part of it has to know. */
interface Whole {
  readonly number: number;
  readonly unackedMemoryBytes: number;
  dispatch(): void;
}

/** What of a queue lies on disk. Most queues have nothing there, and then this does nothing. */
export class QueueDisk<Q extends Whole> {
  readonly #queue: Q;
  readonly #ready: Ready;
  readonly #host: DiskHost<Q>;
  // Only of a queue that has had messages on disk.
  #loader: Loader | undefined = undefined;

  constructor(queue: Q, ready: Ready, host: DiskHost<Q>) {
    this.#queue = queue;
    this.#ready = ready;
    this.#host = host;
  }

  /** Lets go of messages in memory; see `Queue.pageOut`. @throws the disk's errors */
  pageOut(log: QueueLog | undefined, keepBytes: number, mostBytes: number): number {
    this.#use();
    return pageOut(this.#ready, this.#host.overflow, log, keepBytes, mostBytes);
  }

  /** The messages of one priority that a log has found. @returns whether some of them may expire */
  recover({ priority, next, count, bytes, expires }: RecoveredLane): boolean {
    const level = this.#ready.recover(priority, next, count, bytes);
    if (count === 0) return false;
    const loader = this.#use();
    if (expires) loader.fetch(level);
    return expires;
  }

  /** Reads the next messages of a level; the queue dispatches when they are here. */
  fetch(level: Level): void {
    this.#loader?.fetch(level);
  }

  /** The same, at once. @returns whether the next message is here */
  fetchNow(level: Level): boolean {
    return this.#loader?.fetchNow(level) === true;
  }

  /** Drops what of a level lies on disk. */
  forget(level: Level): void {
    this.#loader?.forget(level);
  }

  /** @throws the disk's errors */
  visit(level: Level, visit: WaitingVisitor): void {
    this.#loader?.visit(level, visit);
  }

  stop(): void {
    this.#loader?.stop();
  }

  #use(): Loader {
    if (this.#loader !== undefined) return this.#loader;
    const queue = this.#queue;
    const host = this.#host;
    const { clock, log, overflow, room } = host;
    const loader = new Loader(this.#ready, {
      clock,
      log,
      overflow,
      room,
      lane: (priority) => log.lane(queue.number, priority),
      unackedBytes: () => queue.unackedMemoryBytes,
      countReturn: (record, returns) => host.countReturn(queue, record, returns),
      loaded: () => queue.dispatch(),
      failed: (error) => host.readFailed(queue, error),
    });
    this.#loader = loader;
    this.#ready.source = loader;
    return loader;
  }
}
