import type { Disk } from './disk.ts';
import { type Garbage, type Section, Segment } from './segment.ts';
import type { NewSections } from './segment-writer.ts';
import type { StoredLane } from './stored-lane.ts';
import { type WalFile, walPath } from './wal-file.ts';

// At least so much of a file has to be wanted …
const LIVE = 0.6;
// … and so much of what is read for a lane has to be that lane's.
const DENSITY = 0.2;
// About what a message takes beside its body.
const OVERHEAD_BYTES = 80;

/**
 * Whether a WAL file is best left as it is, as a segment: most of it still waits, and each batch is
 * of few lanes, or its messages are in many lanes at once. A backlog is then written only once.
 */
export function isWorthKeeping({ batches, ends }: WalFile): boolean {
  let messages = 0;
  let wanted = 0;
  let read = 0;
  let inOrder = true;
  for (const { length, parts } of batches) {
    for (const part of parts) {
      messages += part.count;
      wanted += part.bytes + part.count * OVERHEAD_BYTES;
      read += length;
      if (!part.inOrder) inOrder = false;
    }
  }
  if (messages === 0 || !inOrder || wanted < read * DENSITY) return false;
  let live = 0;
  for (const [lane, end] of ends) {
    if (!lane.dropped) live += lane.settled.liveIn(lane.storedTo, end);
  }
  return live > messages * LIVE;
}

/** The segment that a WAL file becomes; its batches are sections of their lanes. */
export async function keepWalFile(
  disk: Disk,
  file: WalFile,
  garbage: Garbage,
): Promise<{ readonly segment: Segment; readonly sections: NewSections }> {
  await file.file.close();
  const opened = await disk.open(walPath(file.number), 'write');
  // One that was found after a crash may have been read from what was never synced.
  await opened.sync();
  // The padding behind the last batch may not have come to the disk.
  const last = file.batches.at(-1);
  const size = last === undefined ? 0 : last.offset + last.length;
  const segment = new Segment(file.number, true, opened, size, garbage);
  const sections = new Map<StoredLane, Section[]>();
  for (const { offset, length, parts } of file.batches) {
    for (const { lane, firstSeq, end, count, bytes, expires } of parts) {
      const space = length / parts.length;
      const extent = { segment, lane, offset, length, space, inBatch: true };
      const section = { ...extent, count, bytes, firstSeq, lastSeq: end - 1, expires, live: 0 };
      const ofLane = sections.get(lane);
      if (ofLane === undefined) sections.set(lane, [section]);
      else ofLane.push(section);
    }
  }
  return { segment, sections };
}
