import { codeOf } from '../kit/errors.ts';
import { checkFileHeader } from './check-header.ts';
import type { Disk, DiskFile } from './disk.ts';
import type { Edit } from './edited-disk.ts';
import { FileDamaged } from './file-damaged.ts';
import { encodeFileHeader } from './file-header.ts';
import type { Finding, MessageCounts } from './finding.ts';
import { FormatError } from './format-error.ts';
import type { Lanes } from './lanes.ts';
import { more } from './log-repair.ts';
import { visitContent } from './section-content.ts';
import { type Section, segmentPath } from './segment.ts';
import { SettledSet } from './settled-set.ts';
import type { Snapshot, SnapshotLane, SnapshotSection, SnapshotSegment } from './snapshot.ts';
import { fileHeaderStructure, SEGMENT_MAGIC, WAL_MAGIC } from './structures.ts';
import { walPath } from './wal-file.ts';

/** What tells a segment from all others. */
type Named = Pick<SnapshotSegment, 'number' | 'isWal'>;

/** Segment files as far as they can be opened. */
export interface MendedSegments {
  /** The same one if nothing is wrong. */
  readonly snapshot: Snapshot;
  readonly edits: readonly Edit[];
  /** @param lanes what there is after the log was replayed */
  findings(lanes: Lanes): readonly Finding[];
}

/** Part of a file that holds messages, and cannot be read. */
export interface DamagedExtent {
  readonly damage: FileDamaged;
  readonly segment: Named;
  readonly offset: number;
  /** How many wait in it. */
  readonly messages: MessageCounts;
}

interface Cut {
  readonly damage: FileDamaged;
  readonly segment: SnapshotSegment;
  /** Bytes that there are. */
  readonly bytes: number;
}

/** Looks at the files that a snapshot names, though not into them. @throws FileTooNew */
export async function mendSegments(disk: Disk, snapshot: Snapshot): Promise<MendedSegments> {
  const cuts: Cut[] = [];
  const edits: Edit[] = [];
  const headers: Finding[] = [];
  for (const segment of snapshot.segments) {
    const path = pathOf(segment);
    const file = await openIfThere(disk, path);
    try {
      const size = (await file?.size()) ?? 0;
      // What a header is there for is behind it.
      const bytes = size < fileHeaderStructure.bytes ? 0 : Math.min(size, segment.bytes);
      if (bytes < segment.bytes) {
        const reason =
          file === undefined
            ? 'the file is missing'
            : `the file ends before its ${segment.bytes} bytes`;
        cuts.push({ damage: new FileDamaged(path, size, reason), segment, bytes });
      }
      if (file === undefined || bytes === 0) continue;
      const damage = await headerDamage(file, segment, snapshot.salt);
      if (damage === undefined) continue;
      const { offset, reason } = damage;
      headers.push({ path, offset, reason, remedy: { is: 'header written' } });
      edits.push(headerPatch(segment, snapshot.salt));
    } finally {
      await file?.close();
    }
  }
  return {
    snapshot: cuts.length === 0 ? snapshot : shortened(snapshot, cuts),
    edits,
    findings: (lanes) => [...headers, ...cuts.map((cut) => cutFinding(cut, snapshot, lanes))],
  };
}

async function openIfThere(disk: Disk, path: string): Promise<DiskFile | undefined> {
  try {
    return await disk.open(path, 'read');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function headerDamage(
  file: DiskFile,
  { number, isWal }: SnapshotSegment,
  salt: number,
): Promise<FileDamaged | undefined> {
  try {
    await checkFileHeader(file, isWal ? WAL_MAGIC : SEGMENT_MAGIC, number, salt);
    return undefined;
  } catch (error) {
    if (error instanceof FileDamaged) return error;
    throw error;
  }
}

function headerPatch(segment: SnapshotSegment, salt: number): Edit {
  const magic = segment.isWal ? WAL_MAGIC : SEGMENT_MAGIC;
  const bytes = encodeFileHeader(magic, segment.number, salt);
  return {
    kind: 'patch',
    path: pathOf(segment),
    offset: 0,
    bytes: bytes.subarray(0, fileHeaderStructure.bytes),
  };
}

function shortened(snapshot: Snapshot, cuts: readonly Cut[]): Snapshot {
  const isLost = (section: SnapshotSection): boolean => cuts.some((cut) => lies(section, cut));
  const segments = snapshot.segments.flatMap((segment) => {
    const cut = cuts.find((each) => each.segment === segment);
    if (cut === undefined) return segment;
    return cut.bytes === 0 ? [] : { ...segment, bytes: cut.bytes };
  });
  // The messages stay as numbers, until the log has told which of them were consumed since.
  const lanes = snapshot.lanes.map((lane) => ({
    ...lane,
    sections: lane.sections.filter((section) => !isLost(section)),
  }));
  return { ...snapshot, segments, lanes };
}

function lies(section: SnapshotSection, { segment, bytes }: Cut): boolean {
  if (pathOf(segmentOf(section)) !== pathOf(segment)) return false;
  return section.offset + section.length > bytes;
}

function cutFinding(cut: Cut, snapshot: Snapshot, lanes: Lanes): Finding {
  const messages = new Map<number, number>();
  for (const { queue, priority, sections } of snapshot.lanes) {
    const settled = lanes.find(queue, priority)?.settled;
    for (const section of sections) {
      if (!lies(section, cut)) continue;
      more(messages, queue, settled?.liveIn(section.firstSeq, section.lastSeq + 1) ?? 0);
    }
  }
  const { path, offset, reason } = cut.damage;
  return { path, offset, reason, remedy: { is: 'section dropped', messages } };
}

/** Reads all that waits in segments. @throws the disk's errors */
export async function damagedSections(lanes: Lanes): Promise<readonly DamagedExtent[]> {
  // A batch may have messages of many lanes.
  const extents = new Map<string, Section[]>();
  for (const lane of lanes) {
    for (const section of lane.sections) {
      const key = `${section.segment.file.path} ${section.offset}`;
      const sharing = extents.get(key);
      if (sharing === undefined) extents.set(key, [section]);
      else sharing.push(section);
    }
  }
  const damaged: DamagedExtent[] = [];
  for (const sections of extents.values()) {
    const [first] = sections;
    const damage = first === undefined ? undefined : await sectionDamage(first);
    if (first === undefined || damage === undefined) continue;
    const messages = new Map<number, number>();
    for (const { lane, live } of sections) more(messages, lane.queue, live);
    damaged.push({ damage, segment: first.segment, offset: first.offset, messages });
  }
  return damaged;
}

async function sectionDamage(section: Section): Promise<FileDamaged | undefined> {
  const { segment, offset, length } = section;
  const bytes = new Uint8Array(length);
  const got = await segment.read(bytes, offset);
  try {
    visitContent(section, bytes.subarray(0, got), () => true);
    return undefined;
  } catch (error) {
    if (error instanceof FileDamaged) return error;
    if (error instanceof FormatError) {
      return new FileDamaged(segment.file.path, offset + error.offset, error.message);
    }
    throw error;
  }
}

/**
 * A snapshot without what cannot be read.
 * @param damaged what there is in its segments
 * @param isWhole nothing has been taken out of it yet
 */
export function withoutSections(
  snapshot: Snapshot,
  damaged: readonly DamagedExtent[],
  isWhole: boolean,
): Snapshot {
  if (damaged.length === 0 && isWhole) return snapshot;
  const bad = new Set(damaged.map(({ segment, offset }) => `${pathOf(segment)} ${offset}`));
  const lanes = snapshot.lanes.map((lane) =>
    confined({
      ...lane,
      sections: lane.sections.filter(
        (section) => !bad.has(`${pathOf(segmentOf(section))} ${section.offset}`),
      ),
    }),
  );
  const used = new Set(
    lanes.flatMap(({ sections }) => sections.map((section) => pathOf(segmentOf(section)))),
  );
  const segments = snapshot.segments.filter((segment) => used.has(pathOf(segment)));
  return { ...snapshot, segments, lanes };
}

// What was stored and is in no section any more is gone.
function confined(lane: SnapshotLane): SnapshotLane {
  const end = Math.max(lane.floor, lane.storedTo);
  const settled = SettledSet.restore(lane.floor, end, lane.gone);
  let from = lane.floor;
  for (const { firstSeq, lastSeq } of lane.sections) {
    settled.settleRange(from, firstSeq);
    from = lastSeq + 1;
  }
  settled.settleRange(from, end);
  const { floor } = settled;
  return {
    ...lane,
    floor,
    gone: settled.goneRanges(floor, end),
    returns: lane.returns.filter(([seq]) => seq >= lane.storedTo || settled.isLive(seq)),
  };
}

function segmentOf({ segment, inBatch }: SnapshotSection): Named {
  return { number: segment, isWal: inBatch };
}

function pathOf({ number, isWal }: Named): string {
  return isWal ? walPath(number) : segmentPath(number);
}
