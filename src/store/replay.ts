import type { Fact } from './append-log.ts';
import { BatchReader } from './batch-reader.ts';
import { checkFileHeader } from './check-header.ts';
import type { Disk } from './disk.ts';
import { FileDamaged } from './file-damaged.ts';
import { numberIn } from './file-name.ts';
import { FormatError } from './format-error.ts';
import type { Lanes } from './lanes.ts';
import type { Snapshot } from './snapshot.ts';
import type { StoredLane } from './stored-lane.ts';
import { BATCH_HEADER_BYTES, BLOCK_BYTES, WAL_MAGIC } from './structures.ts';
import { type BatchPart, WAL_FOLDER, WalFile, walPath } from './wal-file.ts';
import { type RecordVisitor, readBatch, readPlaces } from './wal-format.ts';

/** What WAL files have added. */
export interface Replayed {
  /** Files with batches in them, oldest first. */
  readonly files: readonly WalFile[];
  readonly facts: readonly Fact[];
  readonly nextFile: number;
  /** Paths of files without batches. */
  readonly unused: readonly string[];
}

interface Found {
  readonly file: WalFile;
  readonly firstBatch: number;
  readonly lastBatch: number;
  readonly fault: string | undefined;
}

/**
 * Replays the batches that follow a snapshot. Lanes and facts may hold the effects of some of them
 * already: to replay these again changes nothing.
 * @throws FileDamaged where a batch is damaged that others follow, or a file is missing
 */
export async function replay(
  disk: Pick<Disk, 'open' | 'list' | 'remove'>,
  snapshot: Pick<Snapshot, 'salt' | 'walFile' | 'segments'>,
  lanes: Lanes,
): Promise<Replayed> {
  const names = await disk.list(WAL_FOLDER);
  const numbers = names.flatMap((name) => numberIn(name, '.wal') ?? []).sort((a, b) => a - b);
  const unused: string[] = [];
  const found: Found[] = [];
  const facts: Fact[] = [];
  const kept = new Set(snapshot.segments.flatMap(({ number, isWal }) => (isWal ? number : [])));
  for (const number of numbers) {
    if (kept.has(number)) continue;
    const read =
      number < snapshot.walFile
        ? undefined
        : await replayFile(disk, number, snapshot.salt, lanes, facts);
    if (read === undefined) unused.push(walPath(number));
    else found.push(read);
  }
  checkSequence(found, snapshot.walFile);
  const last = Math.max(snapshot.walFile - 1, ...numbers);
  return { files: found.map(({ file }) => file), facts, nextFile: last + 1, unused };
}

/**
 * Makes the last batch durable. It may have been read from what a system keeps in memory of a write
 * that failed: to sync that would write nothing, so its bytes are written once more.
 */
export async function secureLast(
  disk: Pick<Disk, 'open'>,
  files: readonly WalFile[],
): Promise<void> {
  const last = files.at(-1);
  if (last === undefined) return;
  const bytes = new Uint8Array(last.lastLength);
  await last.file.read(bytes, last.lastOffset);
  const file = await disk.open(walPath(last.number), 'write');
  try {
    await file.write(bytes, last.lastOffset);
    await file.sync();
  } finally {
    await file.close();
  }
}

// A batch is written when the one before it is durable: a gap is no accident of a crash.
function checkSequence(found: readonly Found[], first: number): void {
  for (const [i, { file, firstBatch }] of found.entries()) {
    const { path } = file.file;
    if (file.number !== first + i) throw new FileDamaged(walPath(first + i), 0, 'it is missing');
    const before = found[i - 1];
    if (before !== undefined && firstBatch !== before.lastBatch + 1) {
      const expected = `batch ${before.lastBatch + 1} is missing before batch ${firstBatch}`;
      const { end } = before.file;
      throw new FileDamaged(before.file.file.path, end, `${expected} of ${path}`);
    }
    if (before?.fault !== undefined) {
      throw new FileDamaged(before.file.file.path, before.file.end, before.fault);
    }
  }
}

// @returns undefined when there is no batch in it
async function replayFile(
  disk: Pick<Disk, 'open'>,
  number: number,
  salt: number,
  lanes: Lanes,
  facts: Fact[],
): Promise<Found | undefined> {
  const path = walPath(number);
  const file = new WalFile(number, await disk.open(path, 'read'));
  const reader = new BatchReader(file.file, { fileNumber: number, salt });
  let firstBatch = 0;
  let lastBatch = 0;
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) {
    const { batchNumber, payload, offset } = batch;
    if (firstBatch === 0) await checkFileHeader(file.file, WAL_MAGIC, number, salt);
    else if (batchNumber !== lastBatch + 1) {
      throw new FileDamaged(path, offset, `batch ${batchNumber} follows batch ${lastBatch}`);
    }
    firstBatch ||= batchNumber;
    lastBatch = batchNumber;
    file.end = offset;
    try {
      file.add(BATCH_HEADER_BYTES + payload.length, replayBatch(payload, lanes, facts));
    } catch (error) {
      throw error instanceof FormatError ? new FileDamaged(path, offset, error.message) : error;
    }
  }
  const { kind, end, reason } = reader.end ?? { kind: 'clean', end: BLOCK_BYTES, reason: '' };
  if (kind === 'corrupt') throw new FileDamaged(path, end, reason);
  if (firstBatch === 0) {
    await file.file.close();
    return undefined;
  }
  return { file, firstBatch, lastBatch, fault: kind === 'torn' ? reason : undefined };
}

// Messages first: what is settled in a batch may have been noted before the message was.
function replayBatch(payload: Uint8Array, lanes: Lanes, facts: Fact[]): readonly BatchPart[] {
  const parts = new Map<StoredLane, BatchPart>();
  readPlaces(payload, (queue, priority, seq, expiresAt, _flags, bodySize) => {
    const lane = lanes.get(queue, priority);
    if (seq < lane.storedTo) return;
    lane.settled.add(seq);
    const expires = expiresAt !== Infinity;
    parts.set(lane, withMessage(parts.get(lane), lane, seq, bodySize, expires));
  });
  readBatch(payload, rest(lanes, facts));
  return [...parts.values()];
}

function withMessage(
  part: BatchPart | undefined,
  lane: StoredLane,
  seq: number,
  bodySize: number,
  messageExpires: boolean,
): BatchPart {
  return {
    lane,
    firstSeq: part?.firstSeq ?? seq,
    end: lane.settled.next,
    count: (part?.count ?? 0) + 1,
    bytes: (part?.bytes ?? 0) + bodySize,
    expires: messageExpires || part?.expires === true,
    inOrder: part === undefined || (part.inOrder && seq >= part.end - 1),
  };
}

function rest(lanes: Lanes, facts: Fact[]): Omit<RecordVisitor, 'message'> {
  return {
    settled: (queue, priority, from, to) => lanes.find(queue, priority)?.settleRange(from, to),
    fact: (kind, payload) => facts.push({ kind, payload: new Uint8Array(payload) }),
    delivered: (queue, priority, to) => {
      const lane = lanes.find(queue, priority);
      if (lane !== undefined) lane.deliveredTo = Math.max(lane.deliveredTo, to);
    },
    returned: (queue, priority, seq, returns) => {
      const lane = lanes.find(queue, priority);
      if (lane?.settled.isLive(seq) === true) lane.returns.set(seq, returns);
    },
    dropped: (queue) => lanes.drop(queue),
  };
}
