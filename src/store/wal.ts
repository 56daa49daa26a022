import { afterReads, type Clock, type Timer } from '../kit/clock.ts';
import { asError } from '../kit/errors.ts';
import type { Position } from './append-log.ts';
import { Batch } from './batch.ts';
import type { Space } from './space.ts';
import type { StoredLane } from './stored-lane.ts';
import type { BatchPart, WalFile } from './wal-file.ts';
import type { WalSupply } from './wal-supply.ts';

/** What the write-ahead log tells. */
export interface WalHost {
  /** What was appended up to this position is a batch of its own. */
  batchSealed(position: Position): void;
  /** Everything up to this position is durable. */
  batchDurable(position: Position): void;
  /** No batch will be added to this file any more. */
  fileSealed(file: WalFile): void;
  /** Nothing becomes durable any more. */
  writeFailed(error: Error): void;
}

export interface WalOptions {
  readonly clock: Clock;
  readonly supply: WalSupply;
  readonly space: Space;
  readonly salt: number;
  /** Bytes of a file. */
  readonly walBytes: number;
}

interface Sealed {
  readonly batch: Batch;
  readonly parts: readonly BatchPart[];
}

// A batch that has grown to this is not added to any more, even if it has to wait for its turn.
const BATCH_BYTES = 1024 * 1024;
// How long something waits for company that nobody waits for.
const IDLE_MS = 5;

/**
 * The write-ahead log with group commit: one batch is on its way to the disk while the next is
 * filled, so a batch grows with what arrives in the time that the disk takes.
 */
export class Wal {
  /** Where records are added, followed by `schedule`. */
  filling = new Batch();
  /** Bytes that are not durable yet. */
  get pendingBytes(): number {
    return this.filling.size + this.#sealedBytes;
  }
  readonly #host: WalHost;
  readonly #clock: Clock;
  readonly #supply: WalSupply;
  readonly #space: Space;
  readonly #salt: number;
  readonly #walBytes: number;
  #file: WalFile | undefined = undefined;
  #spare: Batch | undefined = undefined;
  #batchNumber = 0;
  // Batches on their way or waiting for their turn, and their bytes.
  readonly #sealed: Sealed[] = [];
  #sealedBytes = 0;
  #isTurning = false;
  #isWriting = false;
  #idle: (() => void)[] = [];
  #isScheduled = false;
  // What is being filled is to be written as soon as it can be.
  #isAwaited = false;
  #timer: Timer | undefined = undefined;
  #failed = false;

  constructor(host: WalHost, { clock, supply, space, salt, walBytes }: WalOptions) {
    this.#host = host;
    this.#clock = clock;
    this.#supply = supply;
    this.#space = space;
    this.#salt = salt;
    this.#walBytes = walBytes;
  }

  /** Opens its first file. @throws the disk's error */
  async open(): Promise<void> {
    this.#file = await this.#supply.take();
  }

  /** Something has been added: it is written when all that can be read has been read. */
  schedule(): void {
    this.#isAwaited = true;
    if (this.#isWriting) {
      if (!this.#isTurning && this.filling.size > BATCH_BYTES) this.#turnLater();
      return;
    }
    if (this.#isScheduled || this.#failed) return;
    this.#isScheduled = true;
    afterReads(() => {
      this.#isScheduled = false;
      if (!this.#isWriting) void this.#write();
    });
  }

  /**
   * Something has been added that nobody waits for: it goes with what comes next, so that the disk is
   * free when that comes.
   */
  scheduleLater(): void {
    if (this.filling.size > BATCH_BYTES) this.schedule();
    if (this.#isAwaited || this.#failed || this.#timer !== undefined) return;
    this.#timer = this.#clock.after(IDLE_MS, () => {
      this.#timer = undefined;
      if (!this.filling.isEmpty) this.schedule();
    });
  }

  // Not now: what belongs together is appended in one go and must stay in one batch.
  #turnLater(): void {
    this.#isTurning = true;
    afterReads(() => {
      this.#isTurning = false;
      if (this.#isWriting && this.filling.size > BATCH_BYTES) this.#seal();
    });
  }

  /** Number of the file that is being written to; undefined when none is open. */
  get fileNumber(): number | undefined {
    return this.#file?.number;
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    if (!this.#isScheduled && !this.#isWriting) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Gives up the file that is being written; nothing may be on its way. */
  detach(): readonly WalFile[] {
    this.#timer?.cancel();
    const file = this.#file;
    this.#file = undefined;
    return file === undefined ? [] : [file];
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let sealed = this.#next(); sealed !== undefined; sealed = this.#next()) {
        const { batch } = sealed;
        await this.#commit(sealed);
        const { last, size } = batch;
        this.#sealed.shift();
        this.#sealedBytes -= size;
        batch.clear();
        this.#spare = batch;
        this.#host.batchDurable(last);
      }
    } catch (error) {
      this.#failed = true;
      this.#host.writeFailed(asError(error));
    } finally {
      this.#isWriting = false;
    }
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  // The batch whose turn it is; undefined when there is nothing to be written.
  #next(): Sealed | undefined {
    const isDue = this.#isAwaited && !this.filling.isEmpty && !this.#failed;
    if (this.#sealed.length === 0 && isDue) this.#seal();
    return this.#sealed[0];
  }

  #seal(): void {
    const batch = this.filling;
    this.#isAwaited = false;
    batch.finish();
    // There may have been no memory for the only thing that it was to say.
    if (batch.size === 0) {
      batch.clear();
      return;
    }
    this.filling = this.#spare ?? new Batch();
    this.#spare = undefined;
    this.#sealed.push({ batch, parts: batch.touched.map(partOf) });
    this.#sealedBytes += batch.size;
    this.#host.batchSealed(batch.last);
  }

  async #commit({ batch, parts }: Sealed): Promise<void> {
    const file = await this.#fileFor(batch.fileBytes);
    this.#batchNumber += 1;
    const pieces = batch.seal({
      salt: this.#salt,
      fileNumber: file.number,
      batchNumber: this.#batchNumber,
    });
    await this.#space.until(() => file.file.writeDurably(pieces, file.end));
    file.add(batch.size, parts);
    // The next file is made ready in good time.
    if (file.end > this.#walBytes / 2) this.#supply.prepare();
  }

  // A batch larger than a file gets a file of its own, which grows.
  async #fileFor(bytes: number): Promise<WalFile> {
    const file = this.#file;
    if (file === undefined) throw new Error('the write-ahead log is open');
    if (file.end + bytes <= this.#walBytes || file.isEmpty) return file;
    const next = await this.#supply.take();
    this.#file = next;
    this.#host.fileSealed(file);
    return next;
  }
}

function partOf(lane: StoredLane): BatchPart {
  return {
    lane,
    firstSeq: lane.partFirst,
    end: lane.settled.next,
    count: lane.partCount,
    bytes: lane.partBytes,
    expires: lane.partExpires,
    inOrder: lane.partInOrder,
  };
}
