/**
 * The disk under a data directory. A port, so that a test can fill it, break it, and pull its plug.
 * Paths are relative to the directory, with forward slashes. Errors carry the system's `code`
 * (ENOSPC, EIO, EROFS, …).
 */
export interface Disk {
  /** Makes a folder and those above it; one that is there is left alone. */
  makeFolder(path: string): Promise<void>;
  /** Names of the files in a folder, in any order; none when it is not there. */
  list(folder: string): Promise<readonly string[]>;
  /**
   * - `read`: an existing file, to be read;
   * - `write`: an existing file, or a new one, to be read and written;
   * - `append`: the same, where `writeDurably` is what is mostly done.
   */
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** Takes the place of whatever was at `to`. Durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** Durable after `syncFolder`; nothing happens when there is no such file. */
  remove(path: string): Promise<void>;
  /** Makes what was created, renamed and removed in a folder durable. */
  syncFolder(path: string): Promise<void>;
  space(): Promise<DiskSpace>;
}

export type OpenMode = 'read' | 'write' | 'append';

/** Bytes. */
export interface DiskSpace {
  readonly free: number;
  readonly total: number;
}

export interface DiskFile {
  readonly path: string;
  size(): Promise<number>;
  /** @returns how many bytes there were: fewer than asked for only at the file's end */
  read(into: Uint8Array, position: number): Promise<number>;
  /** The same, while everything else waits. */
  readNow(into: Uint8Array, position: number): number;
  /** Writes all of it; durable after `sync`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** The same, while everything else waits. */
  writeNow(bytes: Uint8Array, position: number): void;
  /** Writes all pieces one behind the other; durable when it resolves. */
  writeDurably(pieces: readonly Uint8Array[], position: number): Promise<void>;
  /** fdatasync: what was written is durable. After a failure nobody knows what is. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}
