import { asError } from '../kit/errors.ts';
import type { Done, Visit } from './append-log.ts';
import { visitContent } from './section-content.ts';
import type { Section } from './segment.ts';
import type { StoredLane } from './stored-lane.ts';

// Sections are of one size mostly, and read one after the other: their buffers are used again.
const spare: ArrayBufferLike[] = [];
const SPARE_MAX = 4;
const SPARE_BYTES = 2 * 1024 * 1024;

/** Reads what is live in a lane's sections, section by section; see `AppendLog.read`. */
export async function readLane(
  lane: StoredLane,
  from: number,
  to: number,
  bytes: number,
  visit: Visit,
  done: Done,
): Promise<void> {
  // Whoever asks is not told within the call, even if there is nothing to be read.
  await Promise.resolve();
  let next = from;
  let failure: Error | undefined;
  try {
    for (let read = 0; read < bytes && next < to; ) {
      const section = sectionAt(lane, next, to);
      if (section !== undefined) {
        const buffer = take(section.length);
        const got = await section.segment.read(buffer, section.offset);
        read += visitLive(lane, section, buffer.subarray(0, got), next, to, visit);
        give(buffer);
      }
      next = section === undefined ? to : section.lastSeq + 1;
    }
  } catch (error) {
    failure = asError(error);
  }
  done(Math.min(next, to), failure);
}

/** The same at once. @throws FileDamaged and the disk's errors */
export function readLaneNow(
  lane: StoredLane,
  from: number,
  to: number,
  bytes: number,
  visit: Visit,
): number {
  let next = from;
  for (let read = 0; read < bytes && next < to; ) {
    const section = sectionAt(lane, next, to);
    if (section !== undefined) {
      const buffer = take(section.length);
      const got = section.segment.file.readNow(buffer, section.offset);
      read += visitLive(lane, section, buffer.subarray(0, got), next, to, visit);
      give(buffer);
    }
    next = section === undefined ? to : section.lastSeq + 1;
  }
  return Math.min(next, to);
}

/** The sum of the bodies of what is live in a lane's sections, in bytes. @throws FileDamaged */
export async function liveBytes(lane: StoredLane): Promise<number> {
  let bytes = 0;
  for (const section of lane.sections) {
    if (section.live === section.count) bytes += section.bytes;
    else bytes += await liveBytesIn(lane, section);
  }
  return bytes;
}

async function liveBytesIn(lane: StoredLane, section: Section): Promise<number> {
  const buffer = take(section.length);
  const got = await section.segment.read(buffer, section.offset);
  let bytes = 0;
  visitContent(section, buffer.subarray(0, got), (seq, _flags, _expiresAt, bodySize) => {
    if (lane.settled.isLive(seq)) bytes += bodySize;
    return true;
  });
  give(buffer);
  return bytes;
}

function sectionAt(lane: StoredLane, seq: number, to: number): Section | undefined {
  const section = lane.sections[lane.sectionIndex(seq)];
  return section === undefined || section.firstSeq >= to ? undefined : section;
}

// @returns how many bytes have been seen
function visitLive(
  lane: StoredLane,
  section: Section,
  bytes: Uint8Array,
  from: number,
  to: number,
  visit: Visit,
): number {
  let seen = 0;
  visitContent(section, bytes, (seq, flags, expiresAt, _bodySize, at, length) => {
    if (seq >= to) return false;
    if (seq < from || !lane.settled.isLive(seq)) return true;
    seen += length;
    visit(seq, flags, expiresAt, lane.returnsOf(seq), bytes, at, length);
    return true;
  });
  return seen;
}

function take(bytes: number): Uint8Array {
  if (bytes > SPARE_BYTES) return new Uint8Array(bytes);
  const last = spare.pop();
  return last === undefined
    ? new Uint8Array(SPARE_BYTES).subarray(0, bytes)
    : new Uint8Array(last, 0, bytes);
}

function give({ buffer }: Uint8Array): void {
  if (buffer.byteLength === SPARE_BYTES && spare.length < SPARE_MAX) spare.push(buffer);
}
