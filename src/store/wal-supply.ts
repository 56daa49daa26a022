import type { Disk } from './disk.ts';
import { encodeFileHeader } from './file-header.ts';
import type { Space } from './space.ts';
import { WAL_MAGIC } from './structures.ts';
import { WAL_FOLDER, WalFile, walPath } from './wal-file.ts';
import { fillGently, fillWithZeros } from './zeros.ts';

// As many as are given back at once.
const KEPT = 4;

export interface SupplyOptions {
  readonly disk: Disk;
  readonly space: Space;
  readonly salt: number;
  /** Bytes of each file. */
  readonly walBytes: number;
}

/**
 * Files for the write-ahead log, ready to be written to: their blocks are there, so that a batch
 * changes nothing but bytes. A file that has served is used again under another number.
 */
export class WalSupply {
  /** Whether blocks are written ahead; not worth it for files that are not used again. */
  zeroes = true;
  readonly #options: SupplyOptions;
  readonly #old: string[] = [];
  #number: number;
  #next: Promise<WalFile> | undefined = undefined;
  // Whoever opens the log waits for the first file; later ones are made beside other writes.
  #isFirst = true;

  /** @param number of the first file that it is to give */
  constructor(number: number, options: SupplyOptions) {
    this.#number = number;
    this.#options = options;
  }

  /** Number of the file that `take` gives next. */
  get nextNumber(): number {
    return this.#number;
  }

  /** Takes a file that nobody needs any more: it is used again, or removed. */
  async reuse(path: string): Promise<void> {
    const { disk, walBytes } = this.#options;
    const file = await disk.open(path, 'read');
    const size = await file.size();
    await file.close();
    // One that had to hold a large batch has grown, and would stay as large.
    if (this.#old.length < KEPT && size <= walBytes) this.#old.push(path);
    else await disk.remove(path);
  }

  /** Begins to make the next file ready. */
  prepare(): void {
    this.#next ??= this.#make();
    // Who takes it will see.
    this.#next.catch(() => {});
  }

  /** The next file, as soon as there is one. @throws the disk's error */
  async take(): Promise<WalFile> {
    this.prepare();
    const file = await this.#next;
    this.#next = undefined;
    this.#isFirst = false;
    this.#number += 1;
    if (file === undefined) throw new Error('a file that was prepared is there');
    return file;
  }

  /** Lets go of what it holds ready. */
  async close(): Promise<void> {
    const ready = await this.#next?.catch(() => undefined);
    this.#next = undefined;
    await ready?.file.close();
  }

  async #make(): Promise<WalFile> {
    const { disk, salt, space } = this.#options;
    const number = this.#number;
    const path = walPath(number);
    await space.until(() => this.#blocks(path));
    const file = await disk.open(path, 'append');
    try {
      const header = encodeFileHeader(WAL_MAGIC, number, salt);
      await space.until(() => file.writeDurably([header], 0));
    } catch (error) {
      await file.close();
      throw error;
    }
    return new WalFile(number, file);
  }

  // A file of zeros, or an old one: batches of its former life carry its former number.
  async #blocks(path: string): Promise<void> {
    const { disk, walBytes, space } = this.#options;
    const old = this.#old.pop();
    if (old !== undefined) {
      await disk.rename(old, path);
      await disk.syncFolder(WAL_FOLDER);
      return;
    }
    const file = await disk.open(path, 'write');
    try {
      // Where space is short, what is left is for what has to be written.
      if (this.zeroes && !space.isFull) {
        const fill = this.#isFirst ? fillWithZeros : fillGently;
        await fill(file, walBytes);
      }
      await file.sync();
    } catch (error) {
      await file.close();
      await disk.remove(path);
      throw error;
    }
    await file.close();
    await disk.syncFolder(WAL_FOLDER);
  }
}
