import { assert } from '../../src/kit/assert.ts';
import { afterReads } from '../../src/kit/clock.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import type { Disk, DiskFile, DiskSpace, OpenMode } from '../../src/store/disk.ts';
import { checkUnchanged, DiskFault } from './disk-fault.ts';
import { type NameChange, rename } from './name-change.ts';
import { below, Platter } from './platter.ts';

/** What can be made to fail. */
export type Kind = 'read' | 'write' | 'sync';

interface Operation {
  /** Does all of it and tells the caller. */
  readonly perform: () => void;
  /** Does all of it when there is nobody left to tell. */
  readonly effect: () => unknown;
  /** Does what may be half done when the power goes. */
  readonly begun: () => unknown;
}

/** What happens in one file, or to names, in the order in which it was asked for. */
interface Line {
  readonly of: unknown;
  readonly operations: Operation[];
}

/**
 * A disk in memory that does what a real one may do, chosen by a seed: operations on different files
 * end in any order, what was not synced may be lost when the power goes, and whatever a test asks it
 * to break breaks.
 */
export class FaultyDisk implements Disk {
  /** Bytes that files can have in all; beyond it there is ENOSPC. */
  capacity = Number.POSITIVE_INFINITY;
  /** Every change is answered with EROFS. */
  readOnly = false;
  /** Operations done so far. */
  operations = 0;
  /** Resolves when the power has gone by itself. */
  readonly down: Promise<void>;
  readonly #random: SeededRandom;
  #folders = new Set(['.']);
  #names = new Map<string, Platter>();
  #durableNames = new Map<string, Platter>();
  #changes: NameChange[] = [];
  readonly #lines: Line[] = [];
  #ticking = false;
  readonly #faults = new Map<Kind, { left: number; readonly code: string }>();
  // Where the last durable write went that was not at the begin of a file.
  #tail: { readonly file: Platter; readonly position: number } | undefined = undefined;
  #power: 'on' | 'off' | 'replaced' = 'on';
  #operationsLeft = Number.POSITIVE_INFINITY;
  #goDown = (): void => {};

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.down = new Promise((resolve) => {
      this.#goDown = resolve;
    });
  }

  // What tests do to it.

  /** The power goes after so many more operations: those that follow never end. */
  crashAfter(operations: number): void {
    this.#operationsLeft = operations;
    if (operations <= 0) this.#fallSilent();
  }

  /** The `nth` operation of the kind from now on fails. */
  failNext(kind: Kind, nth = 1, code = 'EIO'): void {
    this.#faults.set(kind, { left: nth, code });
  }

  /** Turns one bit of a file round. */
  flip(path: string, offset: number): void {
    this.#existing(path).flip(offset);
  }

  /** What a process would read. */
  contents(path: string): Uint8Array {
    return copyOf(this.#existing(path).bytes(0, Number.POSITIVE_INFINITY));
  }

  /** Whether the power has gone. */
  get isDown(): boolean {
    return this.#power !== 'on';
  }

  paths(): readonly string[] {
    return [...this.#names.keys()].sort();
  }

  get usedBytes(): number {
    let sum = 0;
    for (const file of this.#names.values()) sum += file.length;
    return sum;
  }

  /** Where the last durable write behind a file's begin lies; undefined if in another file. */
  tailOf(path: string): number | undefined {
    return this.#tail?.file === this.#names.get(path) ? this.#tail?.position : undefined;
  }

  /** Pulls the plug. @returns the disk as it is found afterwards; this one answers nobody any more */
  crash(): FaultyDisk {
    const next = this.#successor();
    const folders = new Map<string, number>();
    for (const { folder } of this.#changes) folders.set(folder, (folders.get(folder) ?? 0) + 1);
    for (const [folder, count] of folders) folders.set(folder, this.#someOf(count));
    for (const change of this.#changes) {
      const left = folders.get(change.folder) ?? 0;
      if (left > 0) rename(this.#durableNames, change);
      folders.set(change.folder, left - 1);
    }
    for (const [path, file] of this.#durableNames) {
      const found = file.afterPowerLoss(this.#random);
      if (this.#tail?.file === file) next.#tail = { ...this.#tail, file: found };
      next.#names.set(path, found);
      next.#durableNames.set(path, found);
    }
    return next;
  }

  /**
   * Kills the process, as kill -9 does, while the system lives on: what was written is there, and
   * not yet durable. @returns the disk for the next process; this one answers nobody any more
   */
  kill(): FaultyDisk {
    const next = this.#successor();
    next.#tail = this.#tail;
    next.#names = this.#names;
    next.#durableNames = this.#durableNames;
    next.#changes = this.#changes;
    return next;
  }

  // The port.

  makeFolder(path: string): Promise<void> {
    return this.#later('names', () => {
      this.#checkPath(path);
      this.#checkWritable();
      const parts = path.split('/');
      for (let depth = 1; depth <= parts.length; depth++) {
        this.#folders.add(parts.slice(0, depth).join('/'));
      }
    });
  }

  list(folder: string): Promise<readonly string[]> {
    return this.#later('names', () => {
      this.#checkPath(folder);
      const names = this.paths().filter((path) => folderOf(path) === folder);
      return names.map((path) => path.slice(path.lastIndexOf('/') + 1));
    });
  }

  open(path: string, mode: OpenMode): Promise<DiskFile> {
    return this.#later('names', () => {
      this.#checkPath(path);
      let file = this.#names.get(path);
      if (file === undefined) {
        if (mode === 'read') throw new DiskFault('ENOENT', `there is no ${path}`);
        file = new Platter();
        this.#change({ folder: folderOf(path), gone: undefined, name: path, file });
      } else if (mode !== 'read') this.#checkWritable();
      return new FaultyFile(path, mode !== 'read', file, this);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#later('names', () => {
      this.#checkPath(from);
      this.#checkPath(to);
      const file = this.#existing(from);
      this.#change({ folder: folderOf(to), gone: from, name: to, file });
    });
  }

  remove(path: string): Promise<void> {
    return this.#later('names', () => {
      this.#checkPath(path);
      if (!this.#names.has(path)) return;
      this.#change({ folder: folderOf(path), gone: path, name: undefined, file: undefined });
    });
  }

  syncFolder(path: string): Promise<void> {
    return this.#later(
      'names',
      () => {
        this.#checkPath(path);
        this.#checkFolder(path);
        const synced = this.#changes.filter((change) => change.folder === path);
        this.#changes = this.#changes.filter((change) => change.folder !== path);
        const isFailing = this.#takeFault('sync');
        const count = isFailing === undefined ? synced.length : this.#someOf(synced.length);
        for (const change of synced.slice(0, count)) rename(this.#durableNames, change);
        if (isFailing !== undefined) throw isFailing;
      },
      () => {},
    );
  }

  space(): Promise<DiskSpace> {
    return this.#later('names', () => ({
      free: Math.max(0, this.capacity - this.usedBytes),
      total: this.capacity,
    }));
  }

  // What its files do.

  /** @internal Does something by and by; what is asked of one file is done in that order. */
  later<T>(file: Platter, effect: () => T, begun: () => void): Promise<T> {
    return this.#later(file, effect, begun);
  }

  /** @internal Does something at once. */
  now<T>(effect: () => T): T {
    if (this.#power !== 'on') throw new DiskFault('EIO', 'the power is off', true);
    try {
      return effect();
    } finally {
      this.#count();
    }
  }

  /** @internal */
  read(file: Platter, into: Uint8Array, position: number): number {
    const fault = this.#takeFault('read');
    if (fault !== undefined) throw fault;
    const bytes = file.bytes(position, position + into.length);
    into.set(bytes);
    return bytes.length;
  }

  /** @internal */
  write(file: Platter, bytes: Uint8Array, position: number, durably: boolean): void {
    this.#checkWritable();
    const fault = this.#takeFault('write');
    if (fault !== undefined) {
      file.write(bytes.subarray(0, below(this.#random, bytes.length + 1)), position);
      if (durably) file.failSync(this.#random);
      throw fault;
    }
    const room = this.#roomIn(file, position + bytes.length);
    const fits = bytes.subarray(0, Math.max(0, room - position));
    if (durably && position > 0) this.#tail = { file, position };
    if (durably) file.writeDurably(fits, position);
    else file.write(fits, position);
    if (fits.length < bytes.length) throw new DiskFault('ENOSPC', 'the disk is full');
  }

  /** @internal */
  resize(file: Platter, length: number): void {
    this.#checkWritable();
    if (this.#roomIn(file, length) < length) throw new DiskFault('ENOSPC', 'the disk is full');
    file.resize(length);
  }

  /** @internal */
  sync(file: Platter): void {
    const fault = this.#takeFault('sync');
    if (fault === undefined && this.readOnly && !file.isSynced) this.#checkWritable();
    if (fault === undefined) file.sync();
    else {
      file.failSync(this.#random);
      throw fault;
    }
  }

  // How it works.

  #later<T>(of: unknown, effect: () => T, begun: () => unknown = effect): Promise<T> {
    if (this.#power === 'replaced') {
      return Promise.reject(new DiskFault('EIO', 'the power was off', true));
    }
    return new Promise((resolve, reject) => {
      const perform = (): void => {
        try {
          resolve(effect());
        } catch (error) {
          reject(error);
        }
      };
      let line = this.#lines.find((one) => one.of === of);
      if (line === undefined) {
        line = { of, operations: [] };
        this.#lines.push(line);
      }
      line.operations.push({ perform, effect, begun });
      this.#tickLater();
    });
  }

  #tickLater(): void {
    if (this.#ticking || this.#power !== 'on') return;
    this.#ticking = true;
    afterReads(() => {
      this.#ticking = false;
      this.#tick();
    });
  }

  #tick(): void {
    do {
      if (this.#power !== 'on' || this.#lines.length === 0) return;
      const index = below(this.#random, this.#lines.length);
      const line = this.#lines[index];
      line?.operations.shift()?.perform();
      if (line?.operations.length === 0) this.#lines.splice(index, 1);
      this.#count();
    } while (this.#random.next() < 0.7);
    if (this.#lines.length > 0) this.#tickLater();
  }

  #count(): void {
    this.operations += 1;
    this.#operationsLeft -= 1;
    if (this.#operationsLeft === 0) this.#fallSilent();
  }

  #fallSilent(): void {
    this.#power = 'off';
    this.#goDown();
  }

  /** A disk with the same folders and no files yet, when what is under way has been cut short. */
  #successor(): FaultyDisk {
    assert(this.#power !== 'replaced', 'the disk was replaced already');
    this.#power = 'replaced';
    for (const { operations } of this.#lines) {
      const done = below(this.#random, operations.length + 1);
      for (const [index, operation] of operations.entries()) {
        tryTo(index < done ? operation.effect : operation.begun);
      }
    }
    this.#lines.length = 0;
    const next = new FaultyDisk(below(this.#random, 2 ** 31));
    next.capacity = this.capacity;
    next.#folders = this.#folders;
    return next;
  }

  /** How many of `count` changes in a row have been made: often none, often all. */
  #someOf(count: number): number {
    const roll = below(this.#random, 3);
    if (roll === 0) return 0;
    return roll === 1 ? count : below(this.#random, count + 1);
  }

  #change(change: NameChange): void {
    this.#checkWritable();
    this.#checkFolder(change.folder);
    rename(this.#names, change);
    this.#changes.push(change);
  }

  #existing(path: string): Platter {
    const file = this.#names.get(path);
    if (file === undefined) throw new DiskFault('ENOENT', `there is no ${path}`);
    return file;
  }

  #checkPath(path: string): void {
    const inside = path === '.' || path.split('/').every((part) => !/^\.{0,2}$/.test(part));
    assert(inside, `'${path}' is no path below the data directory`);
  }

  #checkFolder(path: string): void {
    if (!this.#folders.has(path)) throw new DiskFault('ENOENT', `there is no folder ${path}`);
  }

  #checkWritable(): void {
    if (this.readOnly) throw new DiskFault('EROFS', 'the disk is read-only');
  }

  #takeFault(kind: Kind): DiskFault | undefined {
    const fault = this.#faults.get(kind);
    if (fault === undefined) return undefined;
    fault.left -= 1;
    if (fault.left > 0) return undefined;
    this.#faults.delete(kind);
    return new DiskFault(fault.code, `a ${kind} that shall fail`);
  }

  /** Up to where a file can be written that shall be written up to `end`. */
  #roomIn(file: Platter, end: number): number {
    if (end <= file.length) return end;
    const free = Math.max(0, this.capacity - this.usedBytes);
    return Math.min(end, file.length + free);
  }
}

class FaultyFile implements DiskFile {
  readonly path: string;
  readonly #writable: boolean;
  readonly #file: Platter;
  readonly #disk: FaultyDisk;
  #isOpen = true;

  constructor(path: string, writable: boolean, file: Platter, disk: FaultyDisk) {
    this.path = path;
    this.#writable = writable;
    this.#file = file;
    this.#disk = disk;
  }

  async size(): Promise<number> {
    return this.#later(() => this.#file.length, nothing);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.#later(() => this.#disk.read(this.#file, into, position), nothing);
  }

  readNow(into: Uint8Array, position: number): number {
    this.#checkOpen(false);
    return this.#disk.now(() => this.#disk.read(this.#file, into, position));
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.#checkOpen(true);
    const written = copyOf(bytes);
    return this.#later(() => {
      checkUnchanged(written, [bytes]);
      this.#disk.write(this.#file, written, position, false);
    });
  }

  writeNow(bytes: Uint8Array, position: number): void {
    this.#checkOpen(true);
    this.#disk.now(() => this.#disk.write(this.#file, copyOf(bytes), position, false));
  }

  async writeDurably(pieces: readonly Uint8Array[], position: number): Promise<void> {
    this.#checkOpen(true);
    const written = Buffer.concat(pieces);
    return this.#later(
      () => {
        checkUnchanged(written, pieces);
        this.#disk.write(this.#file, written, position, true);
      },
      () => this.#disk.write(this.#file, written, position, false),
    );
  }

  async sync(): Promise<void> {
    return this.#later(() => this.#disk.sync(this.#file), nothing);
  }

  async truncate(length: number): Promise<void> {
    this.#checkOpen(true);
    return this.#later(() => this.#disk.resize(this.#file, length));
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    const last = this.#later(() => {}, nothing);
    this.#isOpen = false;
    return last;
  }

  #later<T>(effect: () => T, begun?: () => void): Promise<T> {
    this.#checkOpen(false);
    return this.#disk.later(this.#file, effect, begun ?? effect);
  }

  #checkOpen(toWrite: boolean): void {
    if (!this.#isOpen) throw new DiskFault('EBADF', `${this.path} is closed`);
    if (toWrite && !this.#writable) throw new DiskFault('EBADF', `${this.path} is open to be read`);
  }
}

function nothing(): void {}

// `slice` of a Buffer is none.
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function tryTo(run: () => unknown): void {
  try {
    run();
  } catch {
    // What failed has not happened.
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}
