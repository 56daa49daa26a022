import type { Fact } from './append-log.ts';
import { SNAPSHOT_FOLDER, SNAPSHOT_SUFFIX, snapshotPath } from './checkpoint.ts';
import type { Disk } from './disk.ts';
import { type Edit, EditedDisk, makeEdits } from './edited-disk.ts';
import { FileDamaged, faultIn } from './file-damaged.ts';
import { numberIn } from './file-name.ts';
import { type Finding, Irreparable, type MessageCounts } from './finding.ts';
import { FormatError } from './format-error.ts';
import type { Lanes } from './lanes.ts';
import { mendLog, more } from './log-repair.ts';
import { replay } from './replay.ts';
import { restoreLanes } from './restore.ts';
import { salvageLanes } from './salvage.ts';
import { SEGMENT_FOLDER } from './segment.ts';
import { damagedSections, mendSegments, withoutSections } from './segment-repair.ts';
import { decodeSnapshot, decodeSummary, encodeSnapshot, type Snapshot } from './snapshot.ts';
import { WAL_FOLDER } from './wal-file.ts';

/** What is wrong with a data directory. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** The definitions there are, those that would be given up aside. */
  readonly facts: readonly Fact[];
  /** Does what the findings say. To be called once, with nobody else in the directory. */
  repair(): Promise<void>;
}

/**
 * Looks through all of a data directory and changes nothing. Whoever opens its log after `repair`
 * finds nothing wrong with it.
 * @throws Irreparable, FileTooNew and the disk's errors
 */
export async function examine(disk: Disk): Promise<Examination> {
  const found = await findSnapshot(disk);
  if (found === undefined) return { findings: [], facts: [], repair: async () => {} };
  const segments = await mendSegments(disk, found.snapshot);
  const log = await mendLog(disk, segments.snapshot, segments.edits);
  const sections = await damagedSections(log.lanes).finally(() => log.disk.close());
  const isWhole = segments.snapshot === found.snapshot;
  const snapshot = withoutSections(segments.snapshot, sections, isWhole);
  const findings = [
    ...found.findings(log.lanes),
    ...segments.findings(log.lanes),
    ...log.findings,
    ...sections.map(({ damage, messages }) => sectionFinding(damage, messages)),
  ];
  const edits = [...found.edits, ...segments.edits, ...log.edits];
  if (snapshot !== found.snapshot || found.isRebuilt) edits.push(snapshotEdit(snapshot));
  if (edits.length > 0) await verify(disk, edits, snapshot);
  return {
    findings,
    facts: [...snapshot.facts, ...log.facts],
    repair: () => makeEdits(disk, edits),
  };
}

interface FoundSnapshot {
  readonly snapshot: Snapshot;
  readonly isRebuilt: boolean;
  readonly edits: readonly Edit[];
  findings(lanes: Lanes): readonly Finding[];
}

// The newest that is whole, or what the newest can be made of; undefined in an empty directory.
async function findSnapshot(disk: Disk): Promise<FoundSnapshot | undefined> {
  const names = await disk.list(SNAPSHOT_FOLDER);
  const numbers = names.flatMap((name) => numberIn(name, SNAPSHOT_SUFFIX) ?? []);
  const damages: FileDamaged[] = [];
  for (const number of numbers.sort((one, other) => other - one)) {
    const path = snapshotPath(number);
    const read = await tryToRead(path, () => readFile(disk, path).then(decodeSnapshot));
    if (read instanceof FileDamaged) {
      damages.push(read);
      continue;
    }
    const findings = damages.map((damage) => findingOf(damage, { is: 'snapshot dropped' }));
    const edits = damages.map((damage): Edit => ({ kind: 'remove', path: damage.path }));
    return { snapshot: read, isRebuilt: false, edits, findings: () => findings };
  }
  const [newest] = damages;
  if (newest !== undefined) return rebuild(disk, newest);
  for (const [folder, suffix] of [
    [WAL_FOLDER, '.wal'],
    [SEGMENT_FOLDER, '.seg'],
  ] as const) {
    const names = await disk.list(folder);
    const stray = names.find((name) => numberIn(name, suffix) !== undefined);
    if (stray === undefined) continue;
    throw new Irreparable(`there is ${folder}/${stray} and no snapshot: nobody knows what is what`);
  }
  return undefined;
}

async function rebuild(disk: Disk, damage: FileDamaged): Promise<FoundSnapshot> {
  const { path } = damage;
  const summary = await tryToRead(path, () => readFile(disk, path).then(decodeSummary));
  if (summary instanceof FileDamaged) {
    throw new Irreparable(`${damage.message}, and with it all definitions are lost`);
  }
  const { lanes, damaged } = await salvageLanes(disk, summary);
  return {
    snapshot: { ...summary, lanes },
    isRebuilt: true,
    edits: [],
    findings: (after) => {
      const messages = new Map<number, number>();
      for (const { queue, settled, storedTo } of after) {
        more(messages, queue, settled.liveIn(0, storedTo));
      }
      const lost = damaged.map((each) => sectionFinding(each, undefined));
      return [findingOf(damage, { is: 'lanes rebuilt', messages }), ...lost];
    },
  };
}

async function readFile(disk: Disk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    return bytes;
  } finally {
    await file.close();
  }
}

async function tryToRead<T>(path: string, read: () => Promise<T>): Promise<T | FileDamaged> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const fault = faultIn(path, error);
    if (fault instanceof FileDamaged) return fault;
    throw fault;
  }
}

function findingOf({ path, offset, reason }: FileDamaged, remedy: Finding['remedy']): Finding {
  return { path, offset, reason, remedy };
}

function sectionFinding(damage: FileDamaged, messages: MessageCounts | undefined): Finding {
  return findingOf(damage, { is: 'section dropped', messages });
}

function snapshotEdit(snapshot: Snapshot): Edit {
  const bytes = new Uint8Array(Buffer.concat(encodeSnapshot(snapshot)));
  return { kind: 'put', path: snapshotPath(snapshot.walFile), bytes };
}

// What is promised is looked at first.
async function verify(disk: Disk, edits: readonly Edit[], snapshot: Snapshot): Promise<void> {
  const edited = new EditedDisk(disk, edits);
  try {
    const { lanes } = await restoreLanes(edited, snapshot, { bytes: 0, files: 0 });
    await replay(edited, snapshot, lanes);
  } catch (error) {
    if (!(error instanceof FileDamaged)) throw error;
    throw new Irreparable(error.message);
  } finally {
    await edited.close();
  }
}
