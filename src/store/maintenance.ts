import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Fact } from './append-log.ts';
import { capture, publish } from './checkpoint.ts';
import { garbageIn, replace, rewrite, sparseSegments } from './compaction.ts';
import type { Disk } from './disk.ts';
import { isWorthKeeping, keepWalFile } from './kept-wal-file.ts';
import type { Lanes } from './lanes.ts';
import { copyLive } from './retirement.ts';
import type { Garbage, Segment } from './segment.ts';
import { type NewSections, SegmentWriter } from './segment-writer.ts';
import { isFull, type Space } from './space.ts';
import { type WalFile, walPath } from './wal-file.ts';
import type { WalSupply } from './wal-supply.ts';

export interface MaintenanceOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lanes: Lanes;
  readonly supply: WalSupply;
  readonly salt: number;
  readonly walBytes: number;
  readonly sectionBytes: number;
  /** All definitions now. */
  readonly facts: () => readonly Fact[];
  /** Number of the WAL file that is being written to. */
  readonly currentFile: () => number;
  /** Resolves when everything appended so far is durable. */
  readonly durable: () => Promise<void>;
  /** There are fewer WAL files that still have to be retired. */
  readonly relieved: () => void;
  readonly space: Space;
  readonly garbage: Garbage;
}

/** So many full WAL files stay: what is consumed soon is never moved. */
const KEPT_FILES = 2;
const CARE_MS = 1000;
// A snapshot is taken when so many files have been retired, more of them if it is large itself: its
// syncs keep waiting what is to be written meanwhile. Before that, when some time has passed.
const UNSAVED_MIN = 4;
const UNSAVED_MAX = 8;
const SNAPSHOT_SHARE = 8;
const UNSAVED_MS = 5000;
const RETRY_MS = 1000;

/** Work that is done beside the log: nobody waits for it unless there is too much of it. */
export class Maintenance {
  readonly segments = new Set<Segment>();
  readonly garbage: Garbage;
  nextSegment = 1;
  readonly #options: MaintenanceOptions;
  readonly #sealed: WalFile[] = [];
  #retired: WalFile[] = [];
  #running: Promise<void> | undefined = undefined;
  #timer: Timer | undefined = undefined;
  #saving: Timer | undefined = undefined;
  #isSaveDue = false;
  #closing = false;
  // Files that have been retired since the last snapshot, and the size of that.
  #unsaved = 0;
  #snapshotBytes = 0;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
    this.garbage = options.garbage;
  }

  /** How many full WAL files are there that should have been retired. */
  get overdue(): number {
    return Math.max(0, this.#sealed.length - KEPT_FILES);
  }

  /** A WAL file is full. */
  add(file: WalFile): void {
    this.#sealed.push(file);
    if (this.overdue > 0) this.#start();
  }

  /** Called now and then: looks whether there is garbage to be given back. */
  look(): void {
    const { garbage } = this;
    if (this.#timer !== undefined || this.#closing) return;
    if (garbage.files === 0 && garbage.bytes < this.#worthwhile) return;
    this.#timer = this.#options.clock.after(CARE_MS, () => {
      this.#timer = undefined;
      this.#start();
    });
  }

  /**
   * Retires all files and leaves a snapshot.
   * @param last gives files that nobody has added: called when nothing else is under way
   * @throws the disk's errors
   */
  async finish(last: () => readonly WalFile[], cleanClose: boolean): Promise<void> {
    this.#closing = true;
    this.#timer?.cancel();
    this.#saving?.cancel();
    await this.#running;
    this.#sealed.push(...last());
    for (;;) {
      const file = this.#sealed.shift();
      if (file === undefined) break;
      await this.#retire(file);
    }
    await this.#checkpoint(cleanClose);
    this.#closing = false;
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#timer?.cancel();
    this.#saving?.cancel();
    await this.#running;
    for (const { file } of [...this.#sealed, ...this.#retired]) await file.close();
    for (const segment of this.segments) await segment.close();
  }

  get #worthwhile(): number {
    return this.#options.walBytes / 4;
  }

  #start(): void {
    if (this.#running !== undefined || this.#closing) return;
    this.#running = this.#run()
      .then(() => this.#options.space.restore())
      .catch((error: unknown) => this.#stumbled(error))
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #run(): Promise<void> {
    while (this.overdue > 0 && !this.#closing) {
      const [file] = this.#sealed;
      if (file === undefined) break;
      await this.#retire(file);
      this.#sealed.shift();
      this.#unsaved += 1;
      if (this.#isWorthSaving()) await this.#checkpoint(false);
      else this.#saveLater();
      this.#options.relieved();
    }
    if (this.#closing) return;
    const isGarbage = this.garbage.files > 0 || this.garbage.bytes >= this.#worthwhile;
    if (!isGarbage && !this.#isSaveDue) return;
    if (isGarbage) {
      this.garbage.files = 0;
      this.garbage.bytes = 0;
      while (!this.#closing && (await this.#compact()));
    }
    await this.#checkpoint(false);
    if (this.overdue > 0) await this.#run();
  }

  #isWorthSaving(): boolean {
    if (this.#unsaved < UNSAVED_MIN) return false;
    const bytes = this.#unsaved * this.#options.walBytes;
    return this.#unsaved >= UNSAVED_MAX || bytes >= SNAPSHOT_SHARE * this.#snapshotBytes;
  }

  #saveLater(): void {
    this.#saving ??= this.#options.clock.after(UNSAVED_MS, () => {
      this.#saving = undefined;
      this.#isSaveDue = true;
      this.#start();
    });
  }

  // Without space it is tried again: nothing is lost, for the WAL files stay.
  #stumbled(error: unknown): void {
    const { logger, clock, space } = this.#options;
    if (isFull(error)) void space.lacks();
    else logger.error({ err: error }, 'The log could not be tidied: tried again');
    if (this.#closing) return;
    this.#timer ??= clock.after(RETRY_MS, () => {
      this.#timer = undefined;
      this.#start();
    });
  }

  async #retire(file: WalFile): Promise<void> {
    const { salt, lanes, supply } = this.#options;
    const stays = isWorthKeeping(file);
    supply.zeroes = !stays;
    let sections: NewSections | undefined;
    if (stays) {
      const kept = await keepWalFile(this.#options.disk, file, this.garbage);
      this.segments.add(kept.segment);
      sections = kept.sections;
    } else {
      if (file.hasLive()) {
        sections = await this.#write((writer) => copyLive(file, salt, lanes, writer));
      }
      this.#retired.push(file);
    }
    for (const [lane, ofLane] of sections ?? []) lane.install(ofLane);
    for (const [lane, end] of file.ends) lane.storedTo = Math.max(lane.storedTo, end);
  }

  /** @returns whether there was anything to be done */
  async #compact(): Promise<boolean> {
    const { lanes, walBytes } = this.#options;
    const sparse = sparseSegments(this.segments, walBytes);
    if (garbageIn(sparse) < this.#worthwhile) return false;
    let stretches: Awaited<ReturnType<typeof rewrite>> = [];
    const sections = await this.#write(async (writer) => {
      stretches = await rewrite(sparse, lanes, writer);
    });
    replace(stretches, sections ?? new Map());
    return true;
  }

  async #write(fill: (writer: SegmentWriter) => Promise<void>): Promise<NewSections | undefined> {
    const { disk, salt, sectionBytes } = this.#options;
    const writer = new SegmentWriter(this.nextSegment, disk, salt, sectionBytes);
    this.nextSegment += 1;
    try {
      await fill(writer);
      const written = await writer.finish(this.garbage);
      if (written === undefined) return undefined;
      this.segments.add(written.segment);
      return written.sections;
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }

  async #checkpoint(cleanClose: boolean): Promise<void> {
    const { disk, salt, lanes, facts, durable, currentFile } = this.#options;
    const retired = this.#retired;
    this.#retired = [];
    const walFile = this.#sealed[0]?.number ?? currentFile();
    const snapshot = capture({
      salt,
      walFile,
      cleanClose,
      nextSegment: this.nextSegment,
      facts: facts(),
      segments: this.segments,
      lanes,
    });
    const dead = [...this.segments].filter(({ sections }) => sections.size === 0);
    try {
      this.#snapshotBytes = await publish(disk, snapshot, durable());
      this.#unsaved = 0;
      this.#saving?.cancel();
      this.#saving = undefined;
      this.#isSaveDue = false;
    } catch (error) {
      this.#retired.unshift(...retired);
      throw error;
    }
    for (const segment of dead) {
      this.segments.delete(segment);
      await segment.close();
      await disk.remove(segment.file.path);
    }
    for (const file of retired) await this.#recycle(file);
  }

  async #recycle(file: WalFile): Promise<void> {
    await file.file.close();
    await this.#options.supply.reuse(walPath(file.number));
  }
}
