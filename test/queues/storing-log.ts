// A log in memory that keeps what it is given and gives it back as a log on disk would.
import { u8 } from '../../src/kit/memory.ts';
import type { Done, Lane, PlaceList, Position, Visit } from '../../src/store/append-log.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import type { RecoveredLane } from '../../src/store/recovered.ts';

interface Kept {
  readonly bytes: Uint8Array;
  readonly bodySize: number;
  readonly flags: number;
  readonly expiresAt: number;
}

class KeptLane implements Lane {
  readonly queue: number;
  readonly priority: number;
  storedTo = 0;
  /** Before this number all had been handed out when the log was last opened. */
  recoveredTo = 0;
  deliveredTo = 0;
  next = 0;
  readonly live = new Map<number, Kept>();
  readonly returns = new Map<number, number>();

  constructor(queue: number, priority: number) {
    this.queue = queue;
    this.priority = priority;
  }

  returnsOf(seq: number): number {
    return this.returns.get(seq) ?? (seq < this.recoveredTo ? 1 : 0);
  }
}

export class StoringLog extends MemoryLog {
  /** Places that have been left for good, as `sequence number * 256 + priority`. */
  readonly settled: number[] = [];
  /** How many ranges have been settled. */
  ranges = 0;
  readonly dropped: number[] = [];
  readonly returned: { seq: number; returns: number }[] = [];
  readonly lanes: KeptLane[] = [];
  /** Everything appended counts as stored at once. */
  storesAtOnce = false;
  /** Readings wait until `flush`; otherwise they are done in the next turn of the event loop. */
  held = false;
  /** No reading gives more than about so many bytes. */
  mostBytes = Infinity;
  /** What reading fails with. */
  broken: Error | undefined = undefined;
  /** How many readings are under way. */
  reading = 0;
  #waiting: (() => void)[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  /** How many messages are kept in all. */
  get live(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.live.size, 0);
  }

  /** Numbers of what is kept of a lane. */
  liveIn(priority = 0): number[] {
    return [...this.lane(1, priority).live.keys()];
  }

  /** All that has been appended can be read back. */
  store(): void {
    for (const lane of this.lanes) lane.storedTo = lane.next;
  }

  /** As after a restart: all is stored, and what has been handed out comes back as such. */
  restart(): RecoveredLane[] {
    this.store();
    return this.lanes.map((lane) => {
      lane.recoveredTo = lane.deliveredTo;
      const { queue, priority, next } = lane;
      const kept = [...lane.live.values()];
      const bytes = kept.reduce((sum, { bodySize }) => sum + bodySize, 0);
      const expires = kept.some(({ expiresAt }) => expiresAt < Infinity);
      return { queue, priority, next, count: kept.length, bytes, expires };
    });
  }

  flush(): void {
    for (const read of this.#waiting.splice(0)) read();
  }

  override lane(queue: number, priority: number): KeptLane {
    const found = this.lanes.find((lane) => lane.queue === queue && lane.priority === priority);
    if (found !== undefined) return found;
    const lane = new KeptLane(queue, priority);
    this.lanes.push(lane);
    return lane;
  }

  override appendMessage(
    at: number,
    length: number,
    bodySize: number,
    flags: number,
    places: PlaceList,
  ): Position {
    for (let i = 0; i < places.size; i++) {
      const { queue, priority } = places.lanes[i] ?? this.lane(1, 0);
      const lane = this.lane(queue, priority);
      const seq = places.seqs[i] ?? 0;
      if (seq < lane.next) throw new Error(`${seq} comes after ${lane.next - 1}`);
      const expiresAt = places.expiries[i] ?? Infinity;
      lane.live.set(seq, { bytes: u8.slice(at, at + length), bodySize, flags, expiresAt });
      lane.next = seq + 1;
      if (this.storesAtOnce) lane.storedTo = lane.next;
    }
    return super.appendMessage(at, length, bodySize, flags, places);
  }

  override appendSettled({ queue, priority }: Lane, seq: number): Position {
    this.#settle(this.lane(queue, priority), seq);
    return super.appendSettled({ queue, priority, storedTo: 0 }, seq);
  }

  override appendSettledRange({ queue, priority }: Lane, from: number, to: number): Position {
    this.ranges += 1;
    const lane = this.lane(queue, priority);
    for (const seq of [...lane.live.keys()]) if (seq >= from && seq < to) this.#settle(lane, seq);
    return super.appendSettledRange(lane, from, to);
  }

  override appendReturned({ queue, priority }: Lane, seq: number, returns: number): Position {
    this.returned.push({ seq, returns });
    this.lane(queue, priority).returns.set(seq, returns);
    return super.appendReturned({ queue, priority, storedTo: 0 }, seq, returns);
  }

  override noteDelivered({ queue, priority }: Lane, seq: number): void {
    const lane = this.lane(queue, priority);
    lane.deliveredTo = Math.max(lane.deliveredTo, seq);
  }

  override appendQueueDropped(queue: number): Position {
    this.dropped.push(queue);
    for (const lane of this.lanes) if (lane.queue === queue) lane.live.clear();
    return super.appendQueueDropped(queue);
  }

  override read(
    { queue, priority }: Lane,
    from: number,
    to: number,
    bytes: number,
    visit: Visit,
    done: Done,
  ): void {
    this.reading += 1;
    const run = (): void => {
      this.reading -= 1;
      const read = this.#read(this.lane(queue, priority), from, to, bytes, visit);
      done(read.next, read.error);
    };
    if (this.held) this.#waiting.push(run);
    else setImmediate(run);
  }

  override readNow(
    { queue, priority }: Lane,
    from: number,
    to: number,
    bytes: number,
    visit: Visit,
  ): number {
    const { next, error } = this.#read(this.lane(queue, priority), from, to, bytes, visit);
    if (error !== undefined) throw error;
    return next;
  }

  // Every message lies behind a few bytes of another.
  #read(lane: KeptLane, from: number, to: number, wanted: number, visit: Visit) {
    if (to > lane.storedTo) throw new Error(`${to} is not stored yet`);
    if (this.broken !== undefined) return { next: from, error: this.broken };
    let bytes = 0;
    for (const [seq, kept] of lane.live) {
      if (seq < from || seq >= to) continue;
      if (bytes >= Math.min(wanted, this.mostBytes)) return { next: seq, error: undefined };
      const { length } = kept.bytes;
      const all = new Uint8Array(length + 3);
      all.set(kept.bytes, 3);
      visit(seq, kept.flags, kept.expiresAt, lane.returnsOf(seq), all, 3, length);
      bytes += length;
    }
    return { next: to, error: undefined };
  }

  #settle(lane: KeptLane, seq: number): void {
    this.settled.push(seq * 256 + lane.priority);
    lane.live.delete(seq);
    lane.returns.delete(seq);
  }
}
