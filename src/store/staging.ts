import type { DiskFile } from './disk.ts';

// Written when there is so much: few large writes instead of many small ones.
const WRITE_BYTES = 512 * 1024;

/** Bytes on their way to the end of a file. */
export class Staging {
  #bytes: Buffer<ArrayBufferLike> = Buffer.allocUnsafeSlow(2 * WRITE_BYTES);
  #length = 0;

  get isFull(): boolean {
    return this.#length >= WRITE_BYTES;
  }

  /** Takes a copy. */
  add(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  /** @returns how many bytes have been written at `position` */
  async write(file: DiskFile, position: number): Promise<number> {
    const length = this.#length;
    if (length === 0) return 0;
    // Nothing is added meanwhile: whoever adds waits for this.
    await file.write(this.#bytes.subarray(0, length), position);
    this.#length = 0;
    return length;
  }
}
