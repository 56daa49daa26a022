import { asError } from '../kit/errors.ts';
import { u8 } from '../kit/memory.ts';
import type { DiskTraffic, Visit } from './append-log.ts';
import type { Disk } from './disk.ts';
import { BLOCK_BYTES, OverflowFile } from './overflow-file.ts';

const FOLDER = 'overflow';

// A message: number (f64) · expiry (f64) · length (u32) · flags (u32) · its bytes, padded.
const HEADER_BYTES = 24;
const PADDING = 7;
const BUFFER_BYTES = 512 * 1024;
const SPARE_MAX = 4;

class Block {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }
}

/** Messages that were written together; they are read and given up together. */
export interface Extent {
  readonly file: OverflowFile;
  readonly block: number;
  readonly blocks: number;
  /** Bytes. */
  readonly length: number;
  /** Something else may lie there by now. */
  freed: boolean;
}

/**
 * Files of messages for which there is no room in memory. They end with the process, and so they are
 * never synced. Room is used again; a file goes when nothing is left in it.
 */
export class Overflow {
  readonly traffic: DiskTraffic = { written: 0, read: 0 };
  readonly #disk: Disk;
  // In the order in which they are filled. Behind those that hold something there is an empty one,
  // or it is being opened.
  readonly #files: OverflowFile[] = [];
  readonly #leaving = new Set<Promise<void>>();
  #lastNumber = 0;
  #opening: Promise<void> | undefined = undefined;
  #failure: unknown = undefined;
  #closed = false;
  // What has been added: messages one behind the other.
  #buffer = new Block(BUFFER_BYTES);
  #length = 0;
  readonly #spare: Block[] = [];

  private constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Makes its folder, or empties it. @throws the disk's errors */
  static async open(disk: Disk): Promise<Overflow> {
    await disk.makeFolder(FOLDER);
    for (const name of await disk.list(FOLDER)) await disk.remove(`${FOLDER}/${name}`);
    const overflow = new Overflow(disk);
    await overflow.#addFile();
    return overflow;
  }

  /**
   * Adds a message to what `write` writes next.
   * @param expiresAt any number; it comes back as it is
   * @param at where its bytes lie in the message memory
   */
  add(seq: number, flags: number, expiresAt: number, at: number, length: number): void {
    const start = this.#length;
    const end = start + ((HEADER_BYTES + length + PADDING) & ~PADDING);
    if (end > this.#buffer.bytes.length) this.#grow(end);
    const { bytes, view } = this.#buffer;
    view.setFloat64(start, seq);
    view.setFloat64(start + 8, expiresAt);
    view.setUint32(start + 16, length);
    view.setUint32(start + 20, flags);
    bytes.set(u8.subarray(at, at + length), start + HEADER_BYTES);
    this.#length = end;
    this.traffic.written += 1;
  }

  /**
   * Writes what has been added since it was last called.
   * @returns undefined when no file is open that has room: a moment later there is
   * @throws the disk's errors; then nothing has been written either
   */
  write(): Extent | undefined {
    const buffer = this.#buffer;
    const length = this.#length;
    this.#length = 0;
    if (buffer.bytes.length > BUFFER_BYTES) this.#buffer = new Block(BUFFER_BYTES);
    const blocks = Math.ceil(length / BLOCK_BYTES);
    for (const file of this.#files) {
      const block = file.take(blocks);
      if (block === -1) continue;
      if (!this.#hasEmpty) this.#openNext();
      try {
        file.file.writeNow(buffer.bytes.subarray(0, length), block * BLOCK_BYTES);
      } catch (error) {
        this.#giveBack(file, block, blocks);
        throw error;
      }
      return { file, block, blocks, length, freed: false };
    }
    const failure = this.#failure;
    this.#failure = undefined;
    this.#openNext();
    if (failure !== undefined) throw failure;
    return undefined;
  }

  /**
   * Reads an extent and visits its messages, unless it has been freed in the meantime.
   * @param done called later, never within this call
   */
  read(extent: Extent, visit: Visit, done: (error: Error | undefined) => void): void {
    void this.#read(extent, visit).then(done);
  }

  /** The same at once. @throws the disk's errors */
  readNow(extent: Extent, visit: Visit): void {
    const buffer = this.#takeBuffer(extent.length);
    const into = buffer.bytes.subarray(0, extent.length);
    const got = extent.file.file.readNow(into, extent.block * BLOCK_BYTES);
    this.traffic.read += visitAll(extent, buffer, got, visit);
    this.#returnBuffer(buffer);
  }

  /** Nobody needs the extent any more. */
  free(extent: Extent): void {
    extent.freed = true;
    this.#giveBack(extent.file, extent.block, extent.blocks);
  }

  /** Resolves when nothing is held open. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening;
    for (const file of this.#files.splice(0)) this.#leave(file);
    await Promise.all(this.#leaving);
  }

  async #read(extent: Extent, visit: Visit): Promise<Error | undefined> {
    const { file, block, length } = extent;
    const buffer = this.#takeBuffer(length);
    file.reads += 1;
    try {
      const into = buffer.bytes.subarray(0, length);
      const got = await file.file.read(into, block * BLOCK_BYTES);
      if (!extent.freed) this.traffic.read += visitAll(extent, buffer, got, visit);
      return undefined;
    } catch (error) {
      return asError(error);
    } finally {
      file.reads -= 1;
      this.#returnBuffer(buffer);
      if (file.leaving) this.#remove(file);
    }
  }

  #giveBack(file: OverflowFile, block: number, blocks: number): void {
    file.free(block, blocks);
    if (file.used === 0 && !file.leaving) this.#dropEmpty();
  }

  // One empty file stays for what comes next: the newest, which takes least of the disk.
  #dropEmpty(): void {
    const empty = this.#files.filter(({ used }) => used === 0);
    for (const file of empty.slice(0, -1)) {
      this.#files.splice(this.#files.indexOf(file), 1);
      this.#leave(file);
    }
  }

  #leave(file: OverflowFile): void {
    file.leaving = true;
    this.#remove(file);
  }

  #remove(file: OverflowFile): void {
    if (file.reads > 0) return;
    const { path } = file.file;
    const removal = file.file
      .close()
      .then(() => this.#disk.remove(path))
      // What cannot be removed now goes when the folder is emptied.
      .catch(() => {})
      .then(() => {
        this.#leaving.delete(removal);
      });
    this.#leaving.add(removal);
  }

  #openNext(): void {
    if (this.#closed || this.#opening !== undefined) return;
    this.#opening = this.#addFile()
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .then(() => {
        this.#opening = undefined;
        // It may have been taken before this was known to be over.
        if (this.#failure === undefined && !this.#hasEmpty) this.#openNext();
      });
  }

  get #hasEmpty(): boolean {
    return this.#files.some(({ used }) => used === 0);
  }

  async #addFile(): Promise<void> {
    this.#lastNumber += 1;
    const file = await this.#disk.open(`${FOLDER}/${this.#lastNumber}`, 'write');
    this.#files.push(new OverflowFile(file));
    this.#dropEmpty();
  }

  #grow(needed: number): void {
    const grown = new Block(Math.max(needed, 2 * this.#buffer.bytes.length));
    grown.bytes.set(this.#buffer.bytes.subarray(0, this.#length));
    this.#buffer = grown;
  }

  #takeBuffer(length: number): Block {
    if (length > BUFFER_BYTES) return new Block(length);
    return this.#spare.pop() ?? new Block(BUFFER_BYTES);
  }

  #returnBuffer(buffer: Block): void {
    if (buffer.bytes.length !== BUFFER_BYTES || this.#spare.length >= SPARE_MAX) return;
    this.#spare.push(buffer);
  }
}

function visitAll({ file, length }: Extent, buffer: Block, got: number, visit: Visit): number {
  if (got < length) throw new Error(`${file.file.path} ends within a message`);
  const { bytes, view } = buffer;
  let count = 0;
  for (let at = 0; at < length; count++) {
    const seq = view.getFloat64(at);
    const expiresAt = view.getFloat64(at + 8);
    const kept = view.getUint32(at + 16);
    visit(seq, view.getUint32(at + 20), expiresAt, 0, bytes, at + HEADER_BYTES, kept);
    at += (HEADER_BYTES + kept + PADDING) & ~PADDING;
  }
  return count;
}
