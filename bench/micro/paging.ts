import { dropReference } from '../../src/model/record.ts';
import type { Disk, DiskFile } from '../../src/store/disk.ts';
import { Overflow } from '../../src/store/overflow.ts';
import { createMessage, createQueue, plainHost } from '../kit/queues.ts';
import type { Suite } from '../kit/timing.ts';

const nothing = async (): Promise<void> => {};

/** A file as a page cache has it. */
function createFile(path: string): DiskFile {
  const bytes = new Uint8Array(64 * 1024 * 1024);
  const readNow = (into: Uint8Array, position: number): number => {
    into.set(bytes.subarray(position, position + into.length));
    return into.length;
  };
  return {
    path,
    size: async () => bytes.length,
    read: async (into, position) => readNow(into, position),
    readNow,
    write: nothing,
    writeNow: (from, position) => bytes.set(from, position),
    writeDurably: nothing,
    sync: nothing,
    truncate: nothing,
    close: nothing,
  };
}

const disk: Disk = {
  makeFolder: nothing,
  list: async () => [],
  open: async (path) => createFile(path),
  rename: nothing,
  remove: nothing,
  syncFolder: nothing,
  space: async () => ({ free: 0, total: 0 }),
};

const overflow = await Overflow.open(disk);
const ROUND = 1000;

export const suite: Suite = {
  hotFiles: ['src/queues/loader.ts'],
  cases: [
    {
      name: 'page a message out and read it back, 1000 at a time',
      prepare: () => {
        const queue = createQueue({ ...plainHost, overflow });
        const record = createMessage();
        return (count) => {
          let sum = 0;
          for (let i = 0; i < count; i += ROUND) {
            for (let k = 0; k < ROUND; k++) queue.publish(record);
            queue.pageOut(0);
            for (let taken = queue.take(true); taken !== undefined; taken = queue.take(true)) {
              sum += taken.seq;
              dropReference(taken.record);
            }
          }
          return sum;
        };
      },
    },
  ],
};
