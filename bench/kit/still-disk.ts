import type { Disk, DiskFile } from '../../src/store/disk.ts';

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

function file(path: string): DiskFile {
  return {
    path,
    size: never,
    read: never,
    readNow: () => 0,
    write: never,
    writeNow: () => {},
    writeDurably: never,
    sync: never,
    truncate: never,
    close: never,
  };
}

/** A disk on which nothing is ever done: what is measured is what comes before it. */
export const stillDisk: Disk = {
  makeFolder: never,
  list: async () => [],
  open: async (path) => file(path),
  rename: never,
  remove: never,
  syncFolder: never,
  space: never,
};
