import { constants, promises, readSync, writeSync } from 'node:fs';
import { assert } from '../kit/assert.ts';
import { codeOf } from '../kit/errors.ts';
import type { Disk, DiskFile, DiskSpace, OpenMode } from './disk.ts';

// Node names the flag only where the system has it: Windows does not.
const DURABLE: number | undefined = constants.O_DSYNC;

// What systems answer that do not sync folders: Windows, and some network and FUSE file systems.
// EACCES comes from a folder above the root that may be written to and not read.
const NO_FOLDER_SYNC: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EINVAL',
  'EISDIR',
  'ENOTSUP',
  'EPERM',
]);

/**
 * The file system below one folder. A path that would lead out of it is an assertion failure; a
 * symbolic link is followed.
 */
export class FileDisk implements Disk {
  readonly #root: string;

  /** @param root need not be there: `makeFolder('.')` makes it */
  constructor(root: string) {
    this.#root = root;
  }

  /** The new folders are durable when this resolves. */
  async makeFolder(path: string): Promise<void> {
    const first = await promises.mkdir(this.#at(path), { recursive: true });
    if (first === undefined) return;
    // Which of them is the first new one is hard to tell through links, so that each is synced.
    const parts = path === '.' ? [] : path.split('/');
    for (let depth = 0; depth < parts.length; depth++) {
      await this.syncFolder(parts.slice(0, depth).join('/') || '.');
    }
    await syncFolderAt(`${this.#root}/..`);
  }

  async list(folder: string): Promise<readonly string[]> {
    try {
      const entries = await promises.readdir(this.#at(folder), { withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const durable = mode === 'append' && DURABLE !== undefined;
    let flags = constants.O_RDONLY;
    if (mode !== 'read') flags = constants.O_RDWR | constants.O_CREAT;
    if (durable) flags |= DURABLE;
    return new OpenFile(path, await promises.open(this.#at(path), flags), durable);
  }

  async rename(from: string, to: string): Promise<void> {
    await promises.rename(this.#at(from), this.#at(to));
  }

  async remove(path: string): Promise<void> {
    try {
      await promises.unlink(this.#at(path));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  async syncFolder(path: string): Promise<void> {
    await syncFolderAt(this.#at(path));
  }

  async space(): Promise<DiskSpace> {
    const { bavail, blocks, bsize } = await promises.statfs(this.#root);
    return { free: bavail * bsize, total: blocks * bsize };
  }

  #at(path: string): string {
    if (path === '.') return this.#root;
    const inside = path.split('/').every((part) => !/^\.{0,2}$|[\\:\0]/.test(part));
    assert(inside, `'${path}' is no path below the data directory`);
    return `${this.#root}/${path}`;
  }
}

/** Closing waits for what is under way; anything after it fails with EBADF. */
class OpenFile implements DiskFile {
  readonly path: string;
  readonly #handle: promises.FileHandle;
  readonly #durable: boolean;

  /** @param durable every write is synced by the system, as O_DSYNC asks it to */
  constructor(path: string, handle: promises.FileHandle, durable: boolean) {
    this.path = path;
    this.#handle = handle;
    this.#durable = durable;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let count = 0;
    while (count < into.length) {
      const left = into.length - count;
      const { bytesRead } = await this.#handle.read(into, count, left, position + count);
      if (bytesRead === 0) break;
      count += bytesRead;
    }
    return count;
  }

  readNow(into: Uint8Array, position: number): number {
    let count = 0;
    while (count < into.length) {
      const got = readSync(this.#descriptor(), into, count, into.length - count, position + count);
      if (got === 0) break;
      count += got;
    }
    return count;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let count = 0;
    while (count < bytes.length) {
      const left = bytes.length - count;
      const { bytesWritten } = await this.#handle.write(bytes, count, left, position + count);
      count += progress(bytesWritten);
    }
  }

  writeNow(bytes: Uint8Array, position: number): void {
    let count = 0;
    while (count < bytes.length) {
      const left = bytes.length - count;
      count += progress(writeSync(this.#descriptor(), bytes, count, left, position + count));
    }
  }

  async writeDurably(pieces: readonly Uint8Array[], position: number): Promise<void> {
    let left = pieces.filter((piece) => piece.length > 0);
    let at = position;
    while (left.length > 0) {
      const written = progress((await this.#handle.writev(left, at)).bytesWritten);
      at += written;
      left = without(left, written);
    }
    if (!this.#durable) await this.sync();
  }

  async sync(): Promise<void> {
    await this.#handle.datasync();
  }

  async truncate(length: number): Promise<void> {
    await this.#handle.truncate(length);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #descriptor(): number {
    const { fd } = this.#handle;
    if (fd < 0) throw new DiskError('EBADF', `${this.path} is closed`);
    return fd;
  }
}

class DiskError extends Error {
  override readonly name = 'DiskError';
  readonly code: string;

  constructor(code: string, text: string) {
    super(`${code}: ${text}`);
    this.code = code;
  }
}

// A system that writes nothing and reports no error would be asked for ever.
function progress(written: number): number {
  if (written === 0) throw new DiskError('EIO', 'nothing was written');
  return written;
}

/** What is left of `pieces` when the first `count` bytes are gone. */
function without(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const left: Uint8Array[] = [];
  for (const piece of pieces) {
    if (skip < piece.length) left.push(skip === 0 ? piece : piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return left;
}

async function syncFolderAt(path: string): Promise<void> {
  try {
    const folder = await promises.open(path, constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(codeOf(error))) throw error;
  }
}
