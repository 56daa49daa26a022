// HOT: the log of a broker that keeps what it has confirmed.
import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type {
  AppendLog,
  DiskTraffic,
  Done,
  Fact,
  Lane,
  PlaceList,
  Position,
  Visit,
} from './append-log.ts';
import type { Disk } from './disk.ts';
import { DurableWaits } from './durable-waits.ts';
import type { Lanes } from './lanes.ts';
import { Maintenance } from './maintenance.ts';
import { readLane, readLaneNow } from './section-reader.ts';
import type { Garbage, Segment } from './segment.ts';
import { Space } from './space.ts';
import { StoredLane } from './stored-lane.ts';
import { Wal, type WalHost } from './wal.ts';
import type { WalFile } from './wal-file.ts';
import { WalSupply } from './wal-supply.ts';

// More than this on its way to the disk, and publishers wait.
const PENDING_BYTES_MAX = 16 * 1024 * 1024;
// So many files that should have been retired, and publishers wait.
const OVERDUE_MAX = 4;

export interface LogSettings {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of a file of the write-ahead log, and about of a section of a segment file. */
  readonly walBytes: number;
  readonly sectionBytes: number;
}

/** What a log goes on from. */
export interface LogState {
  readonly salt: number;
  readonly lanes: Lanes;
  readonly segments: readonly Segment[];
  readonly nextSegment: number;
  readonly facts: readonly Fact[];
  /** What nobody wants any more of the segments. */
  readonly garbage: Garbage;
  /** Number of the first new WAL file. */
  readonly nextFile: number;
}

/**
 * A write-ahead log on disk, shared by all queues, and segment files for what still waits when the
 * log moves on. `openSegmentLog` opens one.
 */
export class SegmentLog implements AppendLog, WalHost {
  readonly traffic: DiskTraffic = { written: 0, read: 0 };
  #appended: Position = 0;
  // Everything up to here is on its way.
  #sealed: Position = 0;
  #durable: Position = 0;
  #failure: Error | undefined = undefined;
  #facts: () => readonly Fact[];
  readonly #space: Space;
  #isClosed = false;
  readonly #lanes: Lanes;
  readonly #supply: WalSupply;
  readonly #wal: Wal;
  readonly #maintenance: Maintenance;
  readonly #waits = new DurableWaits();
  #relief: (() => void)[] = [];
  #mourners: ((error: Error) => void)[] = [];
  #closing: Promise<void> | undefined = undefined;

  constructor({ disk, clock, logger, walBytes, sectionBytes }: LogSettings, state: LogState) {
    const { salt, lanes } = state;
    this.#lanes = lanes;
    this.#facts = () => state.facts;
    const changed = (): void => this.#spaceChanged();
    this.#space = new Space({ disk, clock, logger, reserveBytes: walBytes, changed });
    this.#supply = new WalSupply(state.nextFile, { disk, space: this.#space, salt, walBytes });
    const wal = { clock, supply: this.#supply, space: this.#space, salt, walBytes };
    this.#wal = new Wal(this, wal);
    this.#maintenance = new Maintenance({
      disk,
      clock,
      logger,
      lanes,
      supply: this.#supply,
      salt,
      walBytes,
      sectionBytes,
      facts: () => this.#facts(),
      currentFile: () => this.#wal.fileNumber ?? this.#supply.nextNumber,
      durable: () => this.#allDurable(),
      relieved: () => this.#relieve(),
      garbage: state.garbage,
      space: this.#space,
    });
    this.#maintenance.nextSegment = state.nextSegment;
    for (const segment of state.segments) this.#maintenance.segments.add(segment);
  }

  /**
   * Stores what was found in WAL files, and opens a new one.
   * @param unused paths of WAL files that nobody needs
   * @throws the disk's errors
   */
  async start(files: readonly WalFile[], unused: readonly string[]): Promise<void> {
    for (const path of unused) await this.#supply.reuse(path);
    await this.#maintenance.finish(() => files, false);
    await this.#wal.open();
    void this.#space.restore();
    this.#maintenance.look();
  }

  get appended(): Position {
    return this.#appended;
  }

  get durable(): Position {
    return this.#durable;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get isFull(): boolean {
    return this.#space.isFull;
  }

  get isCongested(): boolean {
    if (this.#failure !== undefined) return false;
    return (
      this.isFull ||
      this.#wal.pendingBytes > PENDING_BYTES_MAX ||
      this.#maintenance.overdue > OVERDUE_MAX
    );
  }

  /** Who knows all definitions at any time, for snapshots. */
  describeBy(facts: () => readonly Fact[]): void {
    this.#facts = facts;
  }

  lane(queue: number, priority: number): Lane {
    return this.#lanes.get(queue, priority);
  }

  appendMessage(
    at: number,
    length: number,
    bodySize: number,
    flags: number,
    places: PlaceList,
  ): Position {
    this.#wal.filling.message(at, length, bodySize, flags, places);
    this.traffic.written += 1;
    for (let i = 0; i < places.size; i++) {
      const lane = places.lanes[i];
      if (lane instanceof StoredLane) lane.settled.add(places.seqs[i] ?? 0);
    }
    return this.#added();
  }

  appendSettled(lane: Lane, seq: number): Position {
    if (!(lane instanceof StoredLane) || !lane.settle(seq)) return this.#appended;
    this.#wal.filling.settled(lane, seq, seq + 1);
    return this.#noted();
  }

  appendSettledRange(lane: Lane, from: number, to: number): Position {
    if (!(lane instanceof StoredLane) || !lane.settled.hasLive(from, to)) return this.#appended;
    const end = Math.min(to, lane.settled.next);
    lane.settleRange(from, end);
    this.#wal.filling.settled(lane, from, end);
    return this.#noted();
  }

  appendReturned(lane: Lane, seq: number, returns: number): Position {
    if (!(lane instanceof StoredLane) || !lane.settled.isLive(seq)) return this.#appended;
    lane.returns.set(seq, returns);
    this.#wal.filling.returned(lane, seq, returns);
    return this.#noted();
  }

  noteDelivered(lane: Lane, seq: number): void {
    if (!(lane instanceof StoredLane) || seq <= lane.deliveredTo) return;
    lane.deliveredTo = seq;
    this.#wal.filling.delivered(lane);
    this.#wal.scheduleLater();
  }

  appendQueueDropped(queue: number): Position {
    this.#lanes.drop(queue);
    this.#wal.filling.dropped(queue);
    return this.#added();
  }

  appendFact({ kind, payload }: Fact): Position {
    this.#wal.filling.fact(kind, payload);
    return this.#added();
  }

  whenDurable(position: Position, run: () => void): void {
    if (position <= this.#durable) {
      run();
      return;
    }
    this.#waits.add(position, run);
    if (position > this.#sealed) this.#wal.schedule();
  }

  whenRelieved(run: () => void): void {
    if (this.isCongested) this.#relief.push(run);
    else run();
  }

  whenFailed(run: (error: Error) => void): void {
    if (this.#failure === undefined) this.#mourners.push(run);
    else run(this.#failure);
  }

  read(lane: Lane, from: number, to: number, bytes: number, visit: Visit, done: Done): void {
    if (!(lane instanceof StoredLane)) throw new TypeError('a lane of another log');
    void readLane(lane, from, to, bytes, this.#counting(visit), done);
  }

  readNow(lane: Lane, from: number, to: number, bytes: number, visit: Visit): number {
    if (!(lane instanceof StoredLane)) throw new TypeError('a lane of another log');
    return readLaneNow(lane, from, to, bytes, this.#counting(visit));
  }

  #counting(visit: Visit): Visit {
    return (seq, flags, expiresAt, returns, bytes, at, length) => {
      this.traffic.read += 1;
      visit(seq, flags, expiresAt, returns, bytes, at, length);
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Called by the write-ahead log. */
  batchSealed(position: Position): void {
    this.#sealed = position;
    this.#waits.sealed(position);
  }

  /** Called by the write-ahead log. */
  batchDurable(position: Position): void {
    if (position > this.#durable) {
      this.#durable = position;
      this.#waits.reached(position);
    }
    this.#relieve();
    this.#maintenance.look();
  }

  /** Called by the write-ahead log. */
  fileSealed(file: WalFile): void {
    this.#maintenance.add(file);
  }

  /** Called by the write-ahead log. */
  writeFailed(error: Error): void {
    if (this.#isClosed) return;
    this.#failure = error;
    const mourners = this.#mourners;
    this.#mourners = [];
    for (const run of mourners) run(error);
    this.#relieve();
  }

  #added(): Position {
    this.#appended += 1;
    this.#wal.filling.last = this.#appended;
    this.#wal.schedule();
    return this.#appended;
  }

  // What becomes of a message may be lost again with the power: it is then handed out once more.
  #noted(): Position {
    this.#appended += 1;
    this.#wal.filling.last = this.#appended;
    this.#wal.scheduleLater();
    return this.#appended;
  }

  #relieve(): void {
    if (this.#relief.length === 0 || this.isCongested) return;
    const relief = this.#relief;
    this.#relief = [];
    for (const run of relief) run();
  }

  // At the end nobody can wait for space: what is not written is lost, and whoever closes is told.
  #spaceChanged(): void {
    if (this.isFull && this.#closing !== undefined) void this.#space.close();
    this.#relieve();
  }

  #allDurable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.whenDurable(this.#appended, resolve);
      this.whenFailed(reject);
    });
  }

  async #close(): Promise<void> {
    try {
      if (this.isFull) await this.#space.close();
      await this.#allDurable();
      await this.#wal.idle();
      await this.#supply.close();
      await this.#maintenance.finish(() => this.#wal.detach(), true);
    } finally {
      this.#isClosed = true;
      await this.#space.close();
      await this.#supply.close();
      await this.#maintenance.close();
    }
  }
}
