import { checksum } from './checksum.ts';
import type { DiskFile } from './disk.ts';
import { decodeFileHeader } from './file-header.ts';
import { FormatError, LaterVersion } from './format-error.ts';
import {
  BATCH_CHECKSUM_AT,
  BATCH_FILE_NUMBER_AT,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_AT,
  BATCH_MAGIC,
  BATCH_NUMBER_AT,
  BATCH_SALT_AT,
  BLOCK_BYTES,
  WAL_MAGIC,
} from './structures.ts';

/** A batch whose checksum is right. */
export interface Batch {
  /** Of its header in the file; its records begin 40 bytes behind it. */
  readonly offset: number;
  readonly batchNumber: number;
  /** Its records: a view, good until the next one is read. */
  readonly payload: Uint8Array;
}

/** How the batches of a file end. */
export interface WalEnd {
  /**
   * - `clean`: no batch was begun behind the last one;
   * - `torn`: one was begun, and none follows it;
   * - `corrupt`: good batches follow something that is none.
   */
  readonly kind: 'clean' | 'torn' | 'corrupt';
  /** Where the last good batch ends, or where what is bad begins: a multiple of 4096. */
  readonly end: number;
  /** What is wrong; empty if nothing is. */
  readonly reason: string;
}

const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * Reads the batches of one WAL file, in order. Holds one window of the file in memory, and a batch
 * that is larger.
 */
export class BatchReader {
  readonly #file: Pick<DiskFile, 'read'>;
  readonly #fileNumber: number;
  // Undefined where the file's header does not tell: its batches may have any.
  readonly #salt: number | undefined;
  #window = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  // Of the window in the file, and how much of it has been read.
  #start = 0;
  #filled = 0;
  #offset = BLOCK_BYTES;
  #batchNumber = -1;
  #end: WalEnd | undefined;
  #goodOffset: number | undefined;

  /** @param expected what the file's header says */
  constructor(
    file: Pick<DiskFile, 'read'>,
    expected: { readonly fileNumber: number; readonly salt: number | undefined },
  ) {
    this.#file = file;
    this.#fileNumber = expected.fileNumber;
    this.#salt = expected.salt;
  }

  /**
   * Begins with the file's header. One that cannot be read is the end of the file; so is one that
   * says another number, for the file was about to be used again.
   * @param fileNumber what the file's name says
   * @throws LaterVersion
   */
  static async open(file: Pick<DiskFile, 'read'>, fileNumber: number): Promise<BatchReader> {
    const block = new Uint8Array(BLOCK_BYTES);
    const length = await file.read(block, 0);
    try {
      const header = decodeFileHeader(WAL_MAGIC, block.subarray(0, length));
      return new BatchReader(file, { fileNumber, salt: header.salt });
    } catch (error) {
      if (!(error instanceof FormatError) || error instanceof LaterVersion) throw error;
      const reader = new BatchReader(file, { fileNumber, salt: undefined });
      const isBlank = block.every((octet) => octet === 0);
      await reader.#stop(0, isBlank ? 'the file has no header' : error.message, !isBlank);
      return reader;
    }
  }

  /** How the file ends, once `next` has given undefined. */
  get end(): WalEnd | undefined {
    return this.#end;
  }

  /** Undefined behind the last batch. */
  async next(): Promise<Batch | undefined> {
    if (this.#end !== undefined) return undefined;
    const offset = this.#offset;
    const header = await this.#headerAt(offset);
    if (header === undefined) return this.#stop(offset, 'no batch begins here', false);
    const { batchNumber, length } = header;
    if (batchNumber <= this.#batchNumber) {
      return this.#stop(offset, `batch ${batchNumber} follows batch ${this.#batchNumber}`, true);
    }
    const bytes = await this.#bytesAt(offset, BATCH_HEADER_BYTES + length);
    if (bytes === undefined) {
      return this.#stop(offset, `batch ${batchNumber} is longer than the file`, true);
    }
    if (checksum(bytes.subarray(BATCH_SALT_AT)) !== header.checksum) {
      return this.#stop(offset, `batch ${batchNumber} has a wrong checksum`, true);
    }
    this.#batchNumber = batchNumber;
    this.#offset = blockFrom(offset + bytes.length);
    return {
      offset,
      batchNumber,
      // No Buffer, whose `slice` would be another view.
      payload: new Uint8Array(bytes.buffer, bytes.byteOffset + BATCH_HEADER_BYTES, length),
    };
  }

  /** Goes on with the good batch that follows what is corrupt. @returns false if there is none */
  resume(): boolean {
    if (this.#goodOffset === undefined) return false;
    this.#offset = this.#goodOffset;
    this.#goodOffset = undefined;
    this.#end = undefined;
    return true;
  }

  // Batches are written one after the other, each when the one before it is durable: what is bad in
  // front of a good one was good when it was written.
  async #stop(end: number, reason: string, isTorn: boolean): Promise<undefined> {
    const good = await this.#goodBatchBehind(end);
    this.#goodOffset = good;
    if (good !== undefined) {
      const behind = `${reason}, but a good batch follows at offset ${good}`;
      this.#end = { kind: 'corrupt', end, reason: behind };
    } else {
      this.#end = isTorn ? { kind: 'torn', end, reason } : { kind: 'clean', end, reason: '' };
    }
    return undefined;
  }

  async #goodBatchBehind(end: number): Promise<number | undefined> {
    for (let offset = end + BLOCK_BYTES; ; offset += BLOCK_BYTES) {
      if ((await this.#bytesAt(offset, 1)) === undefined) return undefined;
      const header = await this.#headerAt(offset);
      if (header === undefined || header.batchNumber <= this.#batchNumber) continue;
      if ((await this.#checksumAt(offset, header.length)) === header.checksum) return offset;
    }
  }

  // Window by window: what claims to be a batch here may have any length.
  async #checksumAt(offset: number, length: number): Promise<number | undefined> {
    const end = offset + BATCH_HEADER_BYTES + length;
    let sum = 0;
    for (let at = offset + BATCH_SALT_AT; at < end; at += WINDOW_BYTES) {
      const bytes = await this.#bytesAt(at, Math.min(WINDOW_BYTES, end - at));
      if (bytes === undefined) return undefined;
      sum = checksum(bytes, sum);
    }
    return sum;
  }

  async #headerAt(offset: number): Promise<Header | undefined> {
    const bytes = await this.#bytesAt(offset, BATCH_HEADER_BYTES);
    if (bytes === undefined || bytes.readUInt32LE() !== BATCH_MAGIC) return undefined;
    const salt = bytes.readUInt32LE(BATCH_SALT_AT);
    if (this.#salt !== undefined && salt !== this.#salt) return undefined;
    if (bytes.readDoubleLE(BATCH_FILE_NUMBER_AT) !== this.#fileNumber) return undefined;
    return {
      length: bytes.readUInt32LE(BATCH_LENGTH_AT),
      checksum: bytes.readUInt32LE(BATCH_CHECKSUM_AT),
      batchNumber: bytes.readDoubleLE(BATCH_NUMBER_AT),
    };
  }

  // A view into the window; undefined where the file ends before.
  async #bytesAt(offset: number, length: number): Promise<Buffer | undefined> {
    if (offset < this.#start || offset + length > this.#start + this.#filled) {
      await this.#fill(offset, length);
    }
    const at = offset - this.#start;
    if (at < 0 || at + length > this.#filled) return undefined;
    return this.#window.subarray(at, at + length);
  }

  // Moves the window to `offset`, and keeps what it has of that.
  async #fill(offset: number, length: number): Promise<void> {
    const old = this.#window;
    const skipped = offset - this.#start;
    const size = Math.max(WINDOW_BYTES, length);
    const kept = skipped < 0 ? 0 : Math.min(size, Math.max(0, this.#filled - skipped));
    // A length may be nonsense: memory is given for what the file has.
    if (size > old.length && !(await this.#reaches(offset + length))) return;
    if (size !== old.length) this.#window = Buffer.allocUnsafeSlow(size);
    if (kept > 0) old.copy(this.#window, 0, skipped, skipped + kept);
    this.#start = offset;
    this.#filled = kept;
    this.#filled += await this.#file.read(this.#window.subarray(kept), offset + kept);
  }

  async #reaches(end: number): Promise<boolean> {
    return (await this.#file.read(new Uint8Array(1), end - 1)) === 1;
  }
}

interface Header {
  readonly length: number;
  readonly checksum: number;
  readonly batchNumber: number;
}

function blockFrom(offset: number): number {
  return Math.ceil(offset / BLOCK_BYTES) * BLOCK_BYTES;
}
