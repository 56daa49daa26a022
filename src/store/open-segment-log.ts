import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Random } from '../kit/random.ts';
import { capture, publish, SNAPSHOT_FOLDER } from './checkpoint.ts';
import type { Disk } from './disk.ts';
import { FileDamaged } from './file-damaged.ts';
import { numberIn } from './file-name.ts';
import { Lanes } from './lanes.ts';
import { OpenedFiles } from './opened-files.ts';
import type { Recovered, RecoveredLane } from './recovered.ts';
import { replay, secureLast } from './replay.ts';
import { loadSnapshot, restoreLanes } from './restore.ts';
import { liveBytes } from './section-reader.ts';
import { SEGMENT_FOLDER } from './segment.ts';
import { type LogSettings, SegmentLog } from './segment-log.ts';
import type { Snapshot } from './snapshot.ts';
import { WAL_FOLDER } from './wal-file.ts';

/** What a log is opened with. */
export interface OpenOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Bytes of a file of the write-ahead log. */
  readonly walBytes?: number;
  /** Bytes of a section of a segment file, about. */
  readonly sectionBytes?: number;
}

const WAL_BYTES = 32 * 1024 * 1024;
const SECTION_BYTES = 256 * 1024;

/**
 * Opens the log of a data directory, or makes one there, with all that was durable in it.
 * @throws FileDamaged for what is not as it was written, and the disk's errors
 */
export async function openSegmentLog(
  options: OpenOptions,
): Promise<{ readonly log: SegmentLog; readonly recovered: Recovered }> {
  const { disk, clock, random, logger } = options;
  const { walBytes = WAL_BYTES, sectionBytes = SECTION_BYTES } = options;
  for (const folder of [WAL_FOLDER, SEGMENT_FOLDER, SNAPSHOT_FOLDER]) {
    await disk.makeFolder(folder);
    // What is found here decides what is removed, so it has to be there after the next crash as well.
    await disk.syncFolder(folder);
  }
  let snapshot = await loadSnapshot(disk);
  if (snapshot === undefined) {
    await checkUnused(disk);
    // The first of all: its salt is in every file to come.
    const salt = Math.floor(random.next() * 0x1_0000_0000);
    const captured = { salt, walFile: 1, cleanClose: true, nextSegment: 1, facts: [] };
    snapshot = capture({ ...captured, segments: [], lanes: new Lanes() });
    await publish(disk, snapshot, Promise.resolve());
  }
  const files = new OpenedFiles(disk);
  try {
    return await openFrom(snapshot, files, { disk, clock, logger, walBytes, sectionBytes });
  } catch (error) {
    await files.closeAll();
    throw error;
  }
}

// A snapshot is there before anything else is: without one, all that is there would be given up.
async function checkUnused(disk: Disk): Promise<void> {
  const wal = await disk.list(WAL_FOLDER);
  const segments = await disk.list(SEGMENT_FOLDER);
  const isOurs = (suffix: string) => (name: string) => numberIn(name, suffix) !== undefined;
  if (!wal.some(isOurs('.wal')) && !segments.some(isOurs('.seg'))) return;
  throw new FileDamaged(SNAPSHOT_FOLDER, 0, 'there is no snapshot');
}

async function openFrom(
  snapshot: Snapshot,
  files: OpenedFiles,
  settings: LogSettings,
): Promise<{ readonly log: SegmentLog; readonly recovered: Recovered }> {
  const garbage = { bytes: 0, files: 0 };
  const { lanes, segments } = await restoreLanes(files, snapshot, garbage);
  const replayed = await replay(files, snapshot, lanes);
  await secureLast(settings.disk, replayed.files);
  const facts = [...snapshot.facts, ...replayed.facts];
  const state = { ...snapshot, ...replayed, lanes, segments, facts, garbage };
  const log = new SegmentLog(settings, state);
  for (const lane of lanes) lane.recoveredTo = lane.deliveredTo;
  await log.start(replayed.files, replayed.unused);
  const waiting: RecoveredLane[] = [];
  for (const lane of lanes) {
    const { queue, priority, settled, sections } = lane;
    const bytes = await liveBytes(lane);
    const expires = sections.some((section) => section.expires);
    const next = settled.next;
    waiting.push({ queue, priority, next, count: settled.live, bytes, expires });
  }
  const afterCrash = !snapshot.cleanClose || replayed.files.length > 0;
  return { log, recovered: { facts, lanes: waiting, afterCrash } };
}
