import type { Fact } from './append-log.ts';
import { BatchReader } from './batch-reader.ts';
import type { Disk } from './disk.ts';
import { type Edit, EditedDisk } from './edited-disk.ts';
import { FileDamaged } from './file-damaged.ts';
import { encodeFileHeader } from './file-header.ts';
import { numberIn } from './file-name.ts';
import { type Finding, Irreparable, type LogLoss } from './finding.ts';
import { Lanes } from './lanes.ts';
import { replay } from './replay.ts';
import { restoreLanes } from './restore.ts';
import type { Snapshot } from './snapshot.ts';
import { BLOCK_BYTES, fileHeaderStructure, WAL_MAGIC } from './structures.ts';
import { WAL_FOLDER, walPath } from './wal-file.ts';
import {
  PLACE_BYTES,
  placePriority,
  placeQueue,
  placeSeq,
  readBatch,
  viewOf,
} from './wal-format.ts';

/** What a log comes to when what is damaged of it has been given up. */
export interface MendedLog {
  readonly lanes: Lanes;
  readonly facts: readonly Fact[];
  readonly findings: readonly Finding[];
  readonly edits: readonly Edit[];
  /** Lends the lanes their files. */
  readonly disk: EditedDisk;
}

/**
 * Replays the log behind a snapshot as far as it is whole.
 * @param edits what is done to the segments
 * @throws Irreparable
 */
export async function mendLog(
  disk: Disk,
  snapshot: Snapshot,
  edits: readonly Edit[],
): Promise<MendedLog> {
  const found: Edit[] = [];
  const headers: Finding[] = [];
  let cut: FileDamaged | undefined;
  for (;;) {
    const edited = new EditedDisk(disk, [...edits, ...found]);
    try {
      const { lanes } = await restoreLanes(edited, snapshot, { bytes: 0, files: 0 });
      const { facts } = await replay(edited, snapshot, lanes);
      const findings = [...headers];
      if (cut !== undefined) findings.push(await cutFinding(disk, snapshot, cut, lanes));
      return { lanes, facts, findings, edits: found, disk: edited };
    } catch (error) {
      await edited.close();
      if (!(error instanceof FileDamaged)) throw error;
      const number = walNumber(error.path);
      if (number === undefined || cut !== undefined) throw new Irreparable(error.message);
      const patch = headerPatch(number, snapshot.salt);
      const isPatched = found.some(({ path }) => path === error.path);
      if (
        error.offset < patch.bytes.length &&
        !isPatched &&
        (await hasBatch(disk, number, snapshot))
      ) {
        found.push(patch);
        headers.push(findingOf(error, { is: 'header written' }));
      } else {
        cut = error;
        found.push(...(await cutEdits(disk, snapshot, error)));
      }
    }
  }
}

function headerPatch(number: number, salt: number): Extract<Edit, { kind: 'patch' }> {
  const bytes = encodeFileHeader(WAL_MAGIC, number, salt).subarray(0, fileHeaderStructure.bytes);
  return { kind: 'patch', path: walPath(number), offset: 0, bytes };
}

function findingOf({ path, offset, reason }: FileDamaged, remedy: Finding['remedy']): Finding {
  return { path, offset, reason, remedy };
}

function walNumber(path: string): number | undefined {
  return numberIn(path.slice(WAL_FOLDER.length + 1), '.wal');
}

async function hasBatch(disk: Disk, number: number, { salt }: Snapshot): Promise<boolean> {
  const names = await disk.list(WAL_FOLDER);
  if (!names.some((name) => numberIn(name, '.wal') === number)) return false;
  return withReader(disk, number, salt, async (reader) => (await reader.next()) !== undefined);
}

// The last file goes first: whenever this is broken off, the same damage is found again.
async function cutEdits(
  disk: Disk,
  snapshot: Snapshot,
  { path, offset }: FileDamaged,
): Promise<readonly Edit[]> {
  const files = await filesFrom(disk, snapshot, walNumber(path) ?? 0);
  const whole = files.filter((file) => file !== path || offset <= BLOCK_BYTES);
  const edits: Edit[] = whole.reverse().map((file) => ({ kind: 'remove', path: file }));
  if (files.includes(path) && offset > BLOCK_BYTES)
    edits.push({ kind: 'cut', path, length: offset });
  return edits;
}

// Those that have been kept as segments are no part of the log any more.
async function filesFrom(disk: Disk, { segments }: Snapshot, from: number): Promise<string[]> {
  const numbers: number[] = [];
  for (const name of await disk.list(WAL_FOLDER)) {
    const number = numberIn(name, '.wal');
    if (number === undefined || number < from) continue;
    if (!segments.some((segment) => segment.isWal && segment.number === number)) {
      numbers.push(number);
    }
  }
  return numbers.sort((one, other) => one - other).map(walPath);
}

async function cutFinding(
  disk: Disk,
  snapshot: Snapshot,
  damage: FileDamaged,
  kept: Lanes,
): Promise<Finding> {
  const loss = new Loss(kept);
  const files: string[] = [];
  const from = walNumber(damage.path) ?? 0;
  for (const path of await filesFrom(disk, snapshot, from)) {
    const start = path === damage.path ? damage.offset : 0;
    const before = loss.batches;
    await withReader(disk, walNumber(path) ?? 0, snapshot.salt, async (reader) => {
      do {
        for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) {
          if (batch.offset >= start) loss.add(batch.payload);
        }
      } while (reader.resume());
    });
    if (start <= BLOCK_BYTES && loss.batches > before) files.push(path);
  }
  return findingOf(damage, { is: 'log cut', files, ...loss.total() });
}

async function withReader<T>(
  disk: Disk,
  fileNumber: number,
  salt: number,
  use: (reader: BatchReader) => Promise<T>,
): Promise<T> {
  const file = await disk.open(walPath(fileNumber), 'read');
  try {
    return await use(new BatchReader(file, { fileNumber, salt }));
  } finally {
    await file.close();
  }
}

/** Counts what is in batches that are given up. */
class Loss {
  batches = 0;
  readonly #kept: Lanes;
  readonly #lost = new Lanes();
  readonly #returning = new Map<number, number>();
  readonly #facts: Fact[] = [];

  /** @param kept what there is without these batches */
  constructor(kept: Lanes) {
    this.#kept = kept;
  }

  add(payload: Uint8Array): void {
    const view = viewOf(payload);
    this.batches += 1;
    readBatch(
      payload,
      {
        message: (_flags, _bodySize, _at, _length, placesAt, count) => {
          for (let i = 0; i < count; i++) this.#message(view, placesAt + i * PLACE_BYTES);
        },
        settled: (queue, priority, from, to) => this.#settled(queue, priority, from, to),
        fact: (kind, bytes) => this.#facts.push({ kind, payload: new Uint8Array(bytes) }),
        dropped: (queue) => this.#lost.drop(queue),
      },
      view,
    );
  }

  total(): Omit<LogLoss, 'files'> {
    const messages = new Map<number, number>();
    for (const { queue, settled } of this.#lost) more(messages, queue, settled.live);
    return {
      batches: this.batches,
      messages,
      returning: this.#returning,
      facts: this.#facts,
    };
  }

  #message(view: DataView, place: number): void {
    const lane = this.#lost.get(placeQueue(view, place), placePriority(view, place));
    lane.settled.add(placeSeq(view, place));
  }

  #settled(queue: number, priority: number, from: number, to: number): void {
    this.#lost.find(queue, priority)?.settled.settleRange(from, to);
    const kept = this.#kept.find(queue, priority)?.settled.liveIn(from, to) ?? 0;
    more(this.#returning, queue, kept);
  }
}

/** Counts `count` more messages of a queue. */
export function more(counts: Map<number, number>, queue: number, count: number): void {
  if (count > 0) counts.set(queue, (counts.get(queue) ?? 0) + count);
}
