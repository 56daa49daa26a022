// HOT: a message as it waits in memory, laid out as it will be delivered.
import { allocate, copy, dv, release, u8 } from '../kit/memory.ts';

/**
 * A record: two 32-bit words, then the bytes of a delivery from the exchange on:
 *
 *     references << 8 | flags · length · exchange · routing key · 0xCE · header frame · body frame
 *
 * The body is one frame, however large, or none when it is empty; a delivery cuts it to the frame
 * size of its reader. One record serves every queue that the message reached. A position is an
 * offset in the memory.
 */
const META_BYTES = 8;
const ONE_REFERENCE = 0x100;

export const PERSISTENT = 1;
export const HAS_EXPIRATION = 2;
export const HAS_PRIORITY = 4;
/** Blind copies: routing keys behind the delivery bytes, which no reader sees. */
export const HAS_BLIND_KEYS = 8;

const FRAME_HEADER_BYTES = 7;
const FRAME_END_BYTES = 1;
const BODY_SIZE_OFFSET = FRAME_HEADER_BYTES + 4;
const PROPERTY_FLAGS_OFFSET = FRAME_HEADER_BYTES + 12;

/** A record without references for a message whose parts lie in memory. @throws MemoryExhausted */
export function createRecord(
  addressAt: number,
  addressLength: number,
  tailAt: number,
  tailLength: number,
  flags: number,
): number {
  const length = addressLength + tailLength;
  const record = allocate(META_BYTES + length);
  dv.setInt32(record, flags, true);
  dv.setInt32(record + 4, length, true);
  copy(record + META_BYTES, addressAt, addressLength);
  copy(record + META_BYTES + addressLength, tailAt, tailLength);
  return record;
}

/**
 * Room for a record whose delivery bytes the caller writes at `contentAt`, and for `hidden` bytes
 * behind them that are not delivered.
 * @throws MemoryExhausted
 */
export function reserveRecord(length: number, flags: number, hidden = 0): number {
  const record = allocate(META_BYTES + length + hidden);
  dv.setInt32(record, flags, true);
  dv.setInt32(record + 4, length, true);
  return record;
}

export function addFlags(record: number, flags: number): void {
  dv.setInt32(record, dv.getInt32(record, true) | flags, true);
}

export function addReference(record: number): void {
  dv.setInt32(record, dv.getInt32(record, true) + ONE_REFERENCE, true);
}

export function dropReference(record: number): void {
  const word = dv.getInt32(record, true) - ONE_REFERENCE;
  if (word >>> 8 === 0) release(record);
  else dv.setInt32(record, word, true);
}

/** How many hold the record. */
export function referencesOf(record: number): number {
  return dv.getInt32(record, true) >>> 8;
}

/** A copy of a record, without references. @throws MemoryExhausted */
export function copyRecord(record: number): number {
  const length = contentLength(record);
  const blind = keptLength(record) - length;
  const copied = reserveRecord(length, flagsOf(record), blind);
  copy(contentAt(copied), contentAt(record), length + blind);
  return copied;
}

export function flagsOf(record: number): number {
  return dv.getUint8(record);
}

export function isPersistent(record: number): boolean {
  return (dv.getUint8(record) & PERSISTENT) !== 0;
}

/** Where the delivery bytes start: the exchange's name. */
export function contentAt(record: number): number {
  return record + META_BYTES;
}

/** How many delivery bytes there are. */
export function contentLength(record: number): number {
  return dv.getInt32(record + 4, true);
}

/** How many bytes a log has to keep, from `contentAt` on: the delivery bytes and what is hidden. */
export function keptLength(record: number): number {
  const length = contentLength(record);
  if ((dv.getUint8(record) & HAS_BLIND_KEYS) === 0) return length;
  return length + 4 + dv.getUint32(contentAt(record) + length);
}

/** A record without references from what a log has kept. @throws MemoryExhausted */
export function restoreRecord(
  bytes: Uint8Array,
  at: number,
  keptBytes: number,
  flags: number,
): number {
  const record = allocate(META_BYTES + keptBytes);
  dv.setInt32(record, flags, true);
  dv.setInt32(record + 4, keptBytes, true);
  u8.set(bytes.subarray(at, at + keptBytes), record + META_BYTES);
  if ((flags & HAS_BLIND_KEYS) !== 0) dv.setInt32(record + 4, deliveredLength(record), true);
  return record;
}

// The delivery bytes end with the body frame, or with the header frame when there is no body.
function deliveredLength(record: number): number {
  const size = bodySize(record);
  const end = headerPayloadEnd(record) + FRAME_END_BYTES;
  const body = size === 0 ? 0 : FRAME_HEADER_BYTES + size + FRAME_END_BYTES;
  return end + body - contentAt(record);
}

/** Bytes of the two short strings, exchange and routing key. */
export function addressLength(record: number): number {
  const exchange = dv.getUint8(record + META_BYTES);
  return exchange + dv.getUint8(record + META_BYTES + 1 + exchange) + 2;
}

/** Where the content header frame starts. */
function headerFrameAt(record: number): number {
  return record + META_BYTES + addressLength(record) + FRAME_END_BYTES;
}

/** Bytes of the body (at most 512 MiB, so the low word tells all). */
export function bodySize(record: number): number {
  return dv.getUint32(headerFrameAt(record) + BODY_SIZE_OFFSET + 4);
}

/** Where the property flags of the content header start. */
export function propertyFlagsAt(record: number): number {
  return headerFrameAt(record) + PROPERTY_FLAGS_OFFSET;
}

/** Where the content header's payload ends. */
export function headerPayloadEnd(record: number): number {
  const header = headerFrameAt(record);
  return header + FRAME_HEADER_BYTES + dv.getUint32(header + 3);
}

/** Where the body starts; it lies in one piece. Only when there is one. */
export function bodyAt(record: number): number {
  return headerPayloadEnd(record) + FRAME_END_BYTES + FRAME_HEADER_BYTES;
}

/** A copy of the body. */
export function copyBody(record: number): Uint8Array {
  const size = bodySize(record);
  if (size === 0) return new Uint8Array(0);
  const start = bodyAt(record);
  return u8.slice(start, start + size);
}
