import type { DiskFile } from './disk.ts';

/** Room in a file is given in blocks. */
export const BLOCK_BYTES = 16 * 1024;
const FILE_BLOCKS = 4096;

/** A file of the overflow, and which of its blocks hold something. */
export class OverflowFile {
  readonly file: DiskFile;
  /** How many blocks are taken. */
  used = 0;
  /** How many reads are under way: it has to stay open for them. */
  reads = 0;
  /** It is to go as soon as nobody reads it. */
  leaving = false;
  #taken = new Uint8Array(FILE_BLOCKS);
  // There are never so many free blocks side by side.
  #tooMany = Infinity;

  constructor(file: DiskFile) {
    this.file = file;
  }

  /** Takes blocks side by side. @returns the first of them; -1 when there is no room */
  take(blocks: number): number {
    if (blocks >= this.#tooMany) return -1;
    // An empty file has room for anything, however large.
    if (this.used === 0 && blocks > this.#taken.length) this.#taken = new Uint8Array(blocks);
    const first = this.#find(blocks);
    if (first === -1) {
      this.#tooMany = blocks;
      return -1;
    }
    this.#taken.fill(1, first, first + blocks);
    this.used += blocks;
    return first;
  }

  free(first: number, blocks: number): void {
    this.#taken.fill(0, first, first + blocks);
    this.used -= blocks;
    this.#tooMany = Infinity;
  }

  #find(blocks: number): number {
    const taken = this.#taken;
    for (let first = taken.indexOf(0); first !== -1; ) {
      const end = taken.indexOf(1, first);
      const room = (end === -1 ? taken.length : end) - first;
      if (room >= blocks) return first;
      first = end === -1 ? -1 : taken.indexOf(0, end);
    }
    return -1;
  }
}
