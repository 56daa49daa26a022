// A disk in memory for what need not survive: reads come back when the test lets them, and whatever
// is to fail, fails.
import type { Disk, DiskFile, DiskSpace } from '../../src/store/disk.ts';

class ScratchFile implements DiskFile {
  readonly path: string;
  readonly #disk: ScratchDisk;
  #bytes = new Uint8Array(0);
  isOpen = true;

  constructor(path: string, disk: ScratchDisk) {
    this.path = path;
    this.#disk = disk;
  }

  async size(): Promise<number> {
    return this.#bytes.length;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    this.#disk.reading += 1;
    await this.#disk.turn();
    this.#disk.reading -= 1;
    return this.readNow(into, position);
  }

  readNow(into: Uint8Array, position: number): number {
    this.#check('read');
    const bytes = this.#bytes.subarray(position, position + into.length);
    into.set(bytes);
    return bytes.length;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.writeNow(bytes, position);
  }

  writeNow(bytes: Uint8Array, position: number): void {
    this.#check('write');
    this.#disk.written += bytes.length;
    const end = position + bytes.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, position);
  }

  async writeDurably(): Promise<void> {
    throw new Error('nothing here has to be durable');
  }

  async sync(): Promise<void> {
    throw new Error('nothing here has to be durable');
  }

  async truncate(length: number): Promise<void> {
    this.#bytes = this.#bytes.slice(0, length);
  }

  async close(): Promise<void> {
    this.#check('close');
    this.isOpen = false;
  }

  #check(what: string): void {
    if (!this.isOpen) throw new Error(`${what} of a closed file`);
    if (this.#disk.broken.has(what)) throw new Error(`no ${what}: ${this.path}`);
  }
}

export class ScratchDisk implements Disk {
  readonly files = new Map<string, ScratchFile>();
  readonly folders: string[] = [];
  /** What fails: 'open', 'read', 'write', 'close', 'remove'. */
  readonly broken = new Set<string>();
  /** Bytes that were ever written. */
  written = 0;
  /** Reads wait until `flush`. */
  held = false;
  /** How many readings are under way. */
  reading = 0;
  readonly #waiting: (() => void)[] = [];

  /** How many reads wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Files that somebody could still read or write. */
  get openFiles(): number {
    return [...this.files.values()].filter(({ isOpen }) => isOpen).length;
  }

  turn(): Promise<void> {
    return new Promise((resolve) => {
      if (this.held) this.#waiting.push(resolve);
      else setImmediate(resolve);
    });
  }

  flush(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async makeFolder(path: string): Promise<void> {
    this.folders.push(path);
  }

  async list(folder: string): Promise<readonly string[]> {
    const inside = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return inside.map((path) => path.slice(folder.length + 1));
  }

  async open(path: string): Promise<DiskFile> {
    if (this.broken.has('open')) throw new Error(`no open: ${path}`);
    const file = new ScratchFile(path, this);
    this.files.set(path, file);
    return file;
  }

  async rename(): Promise<void> {
    throw new Error('nothing here is renamed');
  }

  async remove(path: string): Promise<void> {
    if (this.broken.has('remove')) throw new Error(`no remove: ${path}`);
    this.files.delete(path);
  }

  async syncFolder(): Promise<void> {
    throw new Error('nothing here has to be durable');
  }

  async space(): Promise<DiskSpace> {
    return { free: 1e12, total: 1e12 };
  }
}
