import { type Clock, VirtualClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { type AppendLog, type Lane, PlaceList, type Position } from '../../src/store/append-log.ts';
import type { Disk } from '../../src/store/disk.ts';
import { openSegmentLog } from '../../src/store/open-segment-log.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Small files, so that everything that happens to large ones happens soon. */
const SMALL = { walBytes: 64 * 1024, sectionBytes: 4096 };

export function openSmall(disk: Disk, clock: Clock = new VirtualClock(1000)) {
  return openSegmentLog({
    disk,
    clock,
    random: new SeededRandom(1),
    logger: silentLogger,
    ...SMALL,
  });
}

/** Appends a message that says `body`. */
export function append(
  log: AppendLog,
  places: readonly (readonly [lane: Lane, seq: number, expiresAt?: number])[],
  body: string,
  flags = 1,
): Position {
  const bytes = encoder.encode(body);
  u8.set(bytes, RECEIVE_AT);
  const list = new PlaceList();
  for (const [lane, seq, expiresAt = Infinity] of places) list.add(lane, seq, expiresAt);
  return log.appendMessage(RECEIVE_AT, bytes.length, bytes.length, flags, list);
}

export function durable(log: AppendLog): Promise<void> {
  return new Promise((resolve) => log.whenDurable(log.appended, resolve));
}

export interface ReadBack {
  readonly seq: number;
  readonly body: string;
  readonly flags: number;
  readonly expiresAt: number;
  readonly returns: number;
}

/** What can be read back of a lane. */
export function readBack(log: AppendLog, lane: Lane, from = 0, to = lane.storedTo): ReadBack[] {
  const found: ReadBack[] = [];
  for (let next = from; next < to; ) {
    next = log.readNow(
      lane,
      next,
      to,
      1000,
      (seq, flags, expiresAt, returns, bytes, at, length) => {
        const body = decoder.decode(bytes.slice(at, at + length));
        found.push({ seq, body, flags, expiresAt, returns });
      },
    );
  }
  return found;
}
