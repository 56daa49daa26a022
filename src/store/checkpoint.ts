import type { Fact } from './append-log.ts';
import type { Disk } from './disk.ts';
import { fileName } from './file-name.ts';
import type { Lanes } from './lanes.ts';
import type { Segment } from './segment.ts';
import { encodeSnapshot, type Snapshot, type SnapshotLane } from './snapshot.ts';
import type { StoredLane } from './stored-lane.ts';

export const SNAPSHOT_FOLDER = 'snapshot';
export const SNAPSHOT_SUFFIX = '.snap';
const UNFINISHED = `${SNAPSHOT_FOLDER}/unfinished`;

export function snapshotPath(walFile: number): string {
  return `${SNAPSHOT_FOLDER}/${fileName(walFile, SNAPSHOT_SUFFIX)}`;
}

/** What a snapshot is taken of. */
export interface Captured {
  readonly salt: number;
  readonly walFile: number;
  readonly cleanClose: boolean;
  readonly nextSegment: number;
  readonly facts: readonly Fact[];
  readonly segments: Iterable<Segment>;
  readonly lanes: Lanes;
}

/** All that is known now, but for the messages that lie in WAL files yet. */
export function capture(captured: Captured): Snapshot {
  const lanes: SnapshotLane[] = [];
  for (const lane of captured.lanes) {
    if (lane.sections.length > 0 || lane.returns.size > 0) lanes.push(captureLane(lane));
  }
  const segments = [...captured.segments].flatMap(({ number, bytes, isWal, sections }) =>
    sections.size > 0 ? [{ number, bytes, isWal }] : [],
  );
  const { salt, walFile, cleanClose, nextSegment, facts } = captured;
  return { salt, walFile, cleanClose, nextSegment, facts, segments, lanes };
}

function captureLane(lane: StoredLane): SnapshotLane {
  const { queue, priority, settled, storedTo, deliveredTo, returns, sections } = lane;
  const floor = Math.min(settled.floor, storedTo);
  return {
    queue,
    priority,
    next: settled.next,
    floor,
    storedTo,
    deliveredTo,
    gone: settled.goneRanges(floor, storedTo),
    returns: [...returns],
    sections: sections.map(
      ({ segment, offset, length, inBatch, count, firstSeq, lastSeq, bytes, expires }) => ({
        segment: segment.number,
        offset,
        length,
        inBatch,
        count,
        firstSeq,
        lastSeq,
        bytes,
        expires,
      }),
    ),
  };
}

/**
 * Makes a snapshot the one that counts; the files of those before it go.
 * @param safe resolves when all that it contains is durable in the log as well: an effect must not
 *   outlive its cause
 * @returns its size in bytes
 */
export async function publish(
  disk: Disk,
  snapshot: Snapshot,
  safe: Promise<void>,
): Promise<number> {
  // It may fail long before it is waited for.
  safe.catch(() => {});
  const file = await disk.open(UNFINISHED, 'write');
  let at = 0;
  try {
    for (const piece of encodeSnapshot(snapshot)) {
      await file.write(piece, at);
      at += piece.length;
    }
    await file.truncate(at);
    await file.sync();
  } finally {
    await file.close();
  }
  await safe;
  const path = snapshotPath(snapshot.walFile);
  await disk.rename(UNFINISHED, path);
  await disk.syncFolder(SNAPSHOT_FOLDER);
  for (const name of await disk.list(SNAPSHOT_FOLDER)) {
    const other = `${SNAPSHOT_FOLDER}/${name}`;
    if (other !== path) await disk.remove(other);
  }
  return at;
}
