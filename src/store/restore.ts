import { codeOf } from '../kit/errors.ts';
import { checkFileHeader } from './check-header.ts';
import { SNAPSHOT_FOLDER, SNAPSHOT_SUFFIX, snapshotPath } from './checkpoint.ts';
import { garbageIn } from './compaction.ts';
import type { Disk } from './disk.ts';
import { FileDamaged, faultIn } from './file-damaged.ts';
import { numberIn } from './file-name.ts';
import { FormatError } from './format-error.ts';
import { Lanes } from './lanes.ts';
import { type Garbage, SEGMENT_FOLDER, type Section, Segment, segmentPath } from './segment.ts';
import { SettledSet } from './settled-set.ts';
import {
  decodeSnapshot,
  type Snapshot,
  type SnapshotLane,
  type SnapshotSection,
  type SnapshotSegment,
} from './snapshot.ts';
import { SEGMENT_MAGIC, WAL_MAGIC } from './structures.ts';
import { walPath } from './wal-file.ts';

/** The snapshot that counts; undefined in a directory that has never had one. @throws FileDamaged */
export async function loadSnapshot(disk: Disk): Promise<Snapshot | undefined> {
  const names = await disk.list(SNAPSHOT_FOLDER);
  const numbers = names.flatMap((name) => numberIn(name, SNAPSHOT_SUFFIX) ?? []);
  if (numbers.length === 0) return undefined;
  const path = snapshotPath(Math.max(...numbers));
  const file = await disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    return decodeSnapshot(bytes);
  } catch (error) {
    throw error instanceof FormatError ? faultIn(path, error) : error;
  } finally {
    await file.close();
  }
}

/**
 * Lanes and segments as a snapshot has them; segment files that it does not name go.
 * @throws FileDamaged when a segment file is missing or not what it should be
 */
export async function restoreLanes(
  disk: Pick<Disk, 'open' | 'list' | 'remove'>,
  snapshot: Snapshot,
  garbage: Garbage,
): Promise<{ readonly lanes: Lanes; readonly segments: readonly Segment[] }> {
  const segments = new Map<string, Segment>();
  for (const segment of snapshot.segments) {
    segments.set(pathOf(segment), await openSegment(disk, segment, snapshot.salt, garbage));
  }
  for (const name of await disk.list(SEGMENT_FOLDER)) {
    const number = numberIn(name, '.seg');
    if (number === undefined) continue;
    const path = segmentPath(number);
    if (!segments.has(path)) await disk.remove(path);
  }
  const lanes = new Lanes();
  const shares = new Map<string, number>();
  for (const { sections } of snapshot.lanes) {
    for (const section of sections) {
      if (!section.inBatch) continue;
      const extent = extentOf(section);
      shares.set(extent, (shares.get(extent) ?? 0) + 1);
    }
  }
  for (const kept of snapshot.lanes) restoreLane(lanes, kept, segments, shares);
  garbage.bytes += garbageIn(segments.values());
  return { lanes, segments: [...segments.values()] };
}

function pathOf({ number, isWal }: Pick<SnapshotSegment, 'number' | 'isWal'>): string {
  return isWal ? walPath(number) : segmentPath(number);
}

async function openSegment(
  disk: Pick<Disk, 'open'>,
  { number, bytes, isWal }: SnapshotSegment,
  salt: number,
  garbage: Garbage,
): Promise<Segment> {
  const path = pathOf({ number, isWal });
  const file = await disk.open(path, 'read').catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? new FileDamaged(path, 0, 'the file is missing') : error;
  });
  const size = await file.size();
  if (size < bytes) throw new FileDamaged(path, size, `the file ends before its ${bytes} bytes`);
  await checkFileHeader(file, isWal ? WAL_MAGIC : SEGMENT_MAGIC, number, salt);
  return new Segment(number, isWal, file, bytes, garbage);
}

function restoreLane(
  lanes: Lanes,
  kept: SnapshotLane,
  segments: ReadonlyMap<string, Segment>,
  shares: ReadonlyMap<string, number>,
): void {
  const lane = lanes.get(kept.queue, kept.priority);
  // What lies behind `storedTo` comes from the log.
  lane.settled = SettledSet.restore(kept.floor, Math.max(kept.floor, kept.storedTo), kept.gone);
  lane.storedTo = kept.storedTo;
  lane.deliveredTo = kept.deliveredTo;
  for (const [seq, returns] of kept.returns) lane.returns.set(seq, returns);
  const sections: Section[] = [];
  for (const section of kept.sections) {
    const segment = segments.get(pathOf({ number: section.segment, isWal: section.inBatch }));
    if (segment === undefined) continue;
    // A batch is shared by those who have something in it.
    const share = section.inBatch ? (shares.get(extentOf(section)) ?? 1) : 1;
    sections.push({ ...section, lane, segment, space: section.length / share, live: 0 });
  }
  lane.install(sections);
}

function extentOf({ segment, offset }: SnapshotSection): string {
  return `${segment} ${offset}`;
}
