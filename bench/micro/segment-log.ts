import { RealClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { RECEIVE_AT } from '../../src/kit/memory.ts';
import { PlaceList } from '../../src/store/append-log.ts';
import { Batch } from '../../src/store/batch.ts';
import { Lanes } from '../../src/store/lanes.ts';
import { SegmentLog } from '../../src/store/segment-log.ts';
import { StoredLane } from '../../src/store/stored-lane.ts';
import { stillDisk } from '../kit/still-disk.ts';
import type { Case, Suite } from '../kit/timing.ts';

const PERSISTENT = 1;
// A batch is sealed and emptied at about a megabyte.
const BATCH_BYTES = 1024 * 1024;

/** Messages into batches that are made ready for the disk, checksum included. */
function intoBatches(name: string, bodySize: number, queues: number): Case {
  return {
    name,
    prepare: () => {
      const batch = new Batch();
      const lanes = Array.from({ length: queues }, (_, queue) => new StoredLane(queue, 0));
      const places = new PlaceList();
      let seq = 0;
      return (count) => {
        let sealed = 0;
        for (let i = 0; i < count; i++) {
          places.clear();
          for (const lane of lanes) places.add(lane, seq, Infinity);
          seq += 1;
          batch.message(RECEIVE_AT, bodySize + 60, bodySize, PERSISTENT, places);
          if (batch.size < BATCH_BYTES) continue;
          batch.finish();
          sealed += batch.seal({ salt: 1, fileNumber: 1, batchNumber: 1 }).length;
          batch.clear();
        }
        return sealed + batch.size;
      };
    },
  };
}

const acknowledged: Case = {
  name: 'a message handed out and settled, in order',
  prepare: () => {
    const lanes = new Lanes();
    const garbage = { bytes: 0, files: 0 };
    const log = new SegmentLog(
      {
        disk: stillDisk,
        clock: new RealClock(),
        logger: silentLogger,
        walBytes: BATCH_BYTES,
        sectionBytes: BATCH_BYTES,
      },
      { salt: 1, lanes, segments: [], nextSegment: 1, facts: [], garbage, nextFile: 1 },
    );
    const lane = lanes.get(1, 0);
    let seq = 0;
    return (count) => {
      for (let i = 0; i < count; i++) {
        lane.settled.add(seq);
        log.noteDelivered(lane, seq + 1);
        log.appendSettled(lane, seq);
        seq += 1;
      }
      return log.appended;
    };
  },
};

export const suite: Suite = {
  hotFiles: ['src/store/batch.ts', 'src/store/segment-log.ts'],
  cases: [
    intoBatches('a message of 16 bytes of one queue into a sealed batch', 16, 1),
    intoBatches('a message of 1 KiB of one queue into a sealed batch', 1024, 1),
    intoBatches('a message of 1 KiB of ten queues into a sealed batch', 1024, 10),
    acknowledged,
  ],
};
