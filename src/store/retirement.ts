import { BatchReader } from './batch-reader.ts';
import { FileDamaged } from './file-damaged.ts';
import type { Lanes } from './lanes.ts';
import type { SegmentWriter } from './segment-writer.ts';
import type { StoredLane } from './stored-lane.ts';
import type { WalFile } from './wal-file.ts';
import { readPlaces } from './wal-format.ts';

interface Kept {
  readonly lane: StoredLane;
  readonly seq: number;
  readonly expiresAt: number;
  readonly flags: number;
  readonly bodySize: number;
  readonly at: number;
  readonly length: number;
}

/** Copies what is still wanted of a WAL file into a segment. @throws the disk's errors */
export async function copyLive(
  file: WalFile,
  salt: number,
  lanes: Lanes,
  writer: SegmentWriter,
): Promise<void> {
  const reader = new BatchReader(file.file, { fileNumber: file.number, salt });
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next()) {
    const { payload } = batch;
    for (const { lane, seq, expiresAt, flags, bodySize, at, length } of liveOf(payload, lanes)) {
      writer.add(lane, seq, expiresAt, flags, bodySize, payload, at, length);
    }
    await writer.write();
  }
  const { end, reason } = reader.end ?? { end: 0, reason: 'nothing was read' };
  if (end < file.end) throw new FileDamaged(file.file.path, end, reason);
}

// Within a batch a lane's messages need not stand in the order of their numbers.
function liveOf(payload: Uint8Array, lanes: Lanes): readonly Kept[] {
  const kept: Kept[] = [];
  const last = new Map<StoredLane, number>();
  let inOrder = true;
  readPlaces(payload, (queue, priority, seq, expiresAt, flags, bodySize, at, length) => {
    const lane = lanes.find(queue, priority);
    if (lane === undefined || seq < lane.storedTo || !lane.settled.isLive(seq)) return;
    if (seq < (last.get(lane) ?? 0)) inOrder = false;
    last.set(lane, seq);
    kept.push({ lane, seq, expiresAt, flags, bodySize, at, length });
  });
  return inOrder ? kept : kept.sort((one, other) => one.seq - other.seq);
}
