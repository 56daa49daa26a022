import type { DiskFile } from './disk.ts';
import { fileName } from './file-name.ts';
import type { StoredLane } from './stored-lane.ts';
import { BLOCK_BYTES } from './structures.ts';

/** What a batch has of one lane. */
export interface BatchPart {
  readonly lane: StoredLane;
  readonly firstSeq: number;
  /** The number before which they all lie. */
  readonly end: number;
  /** Messages, and the sum of their bodies in bytes. */
  readonly count: number;
  readonly bytes: number;
  readonly expires: boolean;
  /** They stand in the order of their numbers. */
  readonly inOrder: boolean;
}

/** Where a batch lies in its file, header included, and the messages in it. */
export interface BatchExtent {
  readonly offset: number;
  readonly length: number;
  readonly parts: readonly BatchPart[];
}

/** A file of the write-ahead log. */
export class WalFile {
  readonly number: number;
  readonly file: DiskFile;
  /** Where the next batch goes. */
  end = BLOCK_BYTES;
  /** Those with messages. */
  readonly batches: BatchExtent[] = [];
  /** Where the last batch begins, and its length. */
  lastOffset = 0;
  lastLength = 0;
  /** For each lane with messages in it, the number before which they all lie. */
  readonly ends = new Map<StoredLane, number>();

  constructor(number: number, file: DiskFile) {
    this.number = number;
    this.file = file;
  }

  /** Nothing has been written to it. */
  get isEmpty(): boolean {
    return this.end === BLOCK_BYTES;
  }

  /** A batch has been written at `end`. */
  add(length: number, parts: readonly BatchPart[]): void {
    this.lastOffset = this.end;
    this.lastLength = length;
    if (parts.length > 0) this.batches.push({ offset: this.end, length, parts });
    this.end += Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
    for (const { lane, end } of parts) this.ends.set(lane, end);
  }

  /** Whether a message in it may still be wanted. */
  hasLive(): boolean {
    for (const [lane, end] of this.ends) {
      if (!lane.dropped && lane.settled.hasLive(lane.storedTo, end)) return true;
    }
    return false;
  }
}

export const WAL_FOLDER = 'wal';

export function walPath(number: number): string {
  return `${WAL_FOLDER}/${fileName(number, '.wal')}`;
}
