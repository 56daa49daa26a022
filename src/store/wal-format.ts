import { FormatError } from './format-error.ts';

// The records of a batch, back to back. A zero octet between two records is padding.
export const MESSAGE = 1;
export const SETTLED = 2;
export const FACT = 3;
export const DELIVERED = 4;
export const RETURNED = 5;
export const DROPPED = 6;

// u8 type, u8 flags, 2 pad, u32 places, u32 length, u32 body size; the places; the content.
export const MESSAGE_BYTES = 16;
const MESSAGE_FLAGS_AT = 1;
const MESSAGE_PLACES_AT = 4;
const MESSAGE_LENGTH_AT = 8;
const MESSAGE_BODY_SIZE_AT = 12;

// u32 queue, u8 priority, 3 pad, f64 seq, f64 expiry.
export const PLACE_BYTES = 24;
const PLACE_PRIORITY_AT = 4;
const PLACE_SEQ_AT = 8;
const PLACE_EXPIRY_AT = 16;

// All others of a lane: u8 type, u8 priority, 2 pad, u32 queue.
const PRIORITY_AT = 1;
const QUEUE_AT = 4;

// f64 from, f64 to.
export const SETTLED_BYTES = 24;
const SETTLED_FROM_AT = 8;
const SETTLED_TO_AT = 16;

// u8 type, u8 kind, 2 pad, u32 length; the payload.
export const FACT_BYTES = 8;
const FACT_KIND_AT = 1;
const FACT_LENGTH_AT = 4;

// f64 delivered to.
export const DELIVERED_BYTES = 16;
const DELIVERED_TO_AT = 8;

// f64 seq, u32 returns.
export const RETURNED_BYTES = 20;
const RETURNED_SEQ_AT = 8;
const RETURNED_COUNT_AT = 16;

export const DROPPED_BYTES = 8;

/** Sees the records of a batch in their order. Offsets count from the start of its payload. */
export interface RecordVisitor {
  /** @param placesAt where `placeCount` places lie, for `placeQueue` and its like */
  message(
    flags: number,
    bodySize: number,
    contentAt: number,
    length: number,
    placesAt: number,
    placeCount: number,
  ): void;
  /** All messages of [from, to). */
  settled(queue: number, priority: number, from: number, to: number): void;
  /** @param payload a view, good until this call returns */
  fact(kind: number, payload: Uint8Array): void;
  delivered(queue: number, priority: number, deliveredTo: number): void;
  returned(queue: number, priority: number, seq: number, returns: number): void;
  dropped(queue: number): void;
}

/** What the functions on places want to have of a payload. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** @param at of the place, `PLACE_BYTES` behind the one before it */
export function placeQueue(view: DataView, at: number): number {
  return view.getUint32(at, true);
}

export function placePriority(view: DataView, at: number): number {
  return view.getUint8(at + PLACE_PRIORITY_AT);
}

export function placeSeq(view: DataView, at: number): number {
  return view.getFloat64(at + PLACE_SEQ_AT, true);
}

/** Milliseconds of the wall clock; Infinity if never. */
export function placeExpiry(view: DataView, at: number): number {
  return view.getFloat64(at + PLACE_EXPIRY_AT, true);
}

/** Sees a message at one of its places; its content lies at `contentAt` in the payload. */
export type PlaceVisit = (
  queue: number,
  priority: number,
  seq: number,
  expiresAt: number,
  flags: number,
  bodySize: number,
  contentAt: number,
  length: number,
) => void;

/** Visits every place of every message of a batch. @throws FormatError */
export function readPlaces(payload: Uint8Array, visit: PlaceVisit): void {
  const view = viewOf(payload);
  const message: RecordVisitor['message'] = (flags, bodySize, at, length, placesAt, count) => {
    for (let i = 0; i < count; i++) {
      const place = placesAt + i * PLACE_BYTES;
      const queue = placeQueue(view, place);
      const seq = placeSeq(view, place);
      const expiresAt = placeExpiry(view, place);
      visit(queue, placePriority(view, place), seq, expiresAt, flags, bodySize, at, length);
    }
  };
  readBatch(payload, { message }, view);
}

/** @throws FormatError with the offset of a record that is none */
export function readBatch(
  payload: Uint8Array,
  visitor: Partial<RecordVisitor>,
  view: DataView = viewOf(payload),
): void {
  const end = payload.length;
  for (let at = 0; at < end; ) {
    const type = view.getUint8(at);
    if (type === 0) at += 1;
    else if (type === MESSAGE) at = readMessage(view, at, visitor);
    else if (type === FACT) at = readFact(payload, view, at, visitor);
    else at = readLaneRecord(view, at, type, visitor);
  }
}

function readMessage(view: DataView, at: number, visitor: Partial<RecordVisitor>): number {
  const placesAt = need(view, at, at, MESSAGE_BYTES);
  const placeCount = view.getUint32(at + MESSAGE_PLACES_AT, true);
  const length = view.getUint32(at + MESSAGE_LENGTH_AT, true);
  const contentAt = need(view, at, placesAt, placeCount * PLACE_BYTES);
  const end = need(view, at, contentAt, length);
  const flags = view.getUint8(at + MESSAGE_FLAGS_AT);
  const bodySize = view.getUint32(at + MESSAGE_BODY_SIZE_AT, true);
  visitor.message?.(flags, bodySize, contentAt, length, placesAt, placeCount);
  return end;
}

function readFact(
  payload: Uint8Array,
  view: DataView,
  at: number,
  visitor: Partial<RecordVisitor>,
): number {
  const start = need(view, at, at, FACT_BYTES);
  const end = need(view, at, start, view.getUint32(at + FACT_LENGTH_AT, true));
  visitor.fact?.(view.getUint8(at + FACT_KIND_AT), payload.subarray(start, end));
  return end;
}

function readLaneRecord(
  view: DataView,
  at: number,
  type: number,
  visitor: Partial<RecordVisitor>,
): number {
  const end = need(view, at, at, sizeOf(type, at));
  const queue = view.getUint32(at + QUEUE_AT, true);
  const priority = view.getUint8(at + PRIORITY_AT);
  if (type === SETTLED) {
    const from = view.getFloat64(at + SETTLED_FROM_AT, true);
    visitor.settled?.(queue, priority, from, view.getFloat64(at + SETTLED_TO_AT, true));
  } else if (type === DELIVERED) {
    visitor.delivered?.(queue, priority, view.getFloat64(at + DELIVERED_TO_AT, true));
  } else if (type === RETURNED) {
    const seq = view.getFloat64(at + RETURNED_SEQ_AT, true);
    visitor.returned?.(queue, priority, seq, view.getUint32(at + RETURNED_COUNT_AT, true));
  } else {
    visitor.dropped?.(queue);
  }
  return end;
}

function sizeOf(type: number, at: number): number {
  if (type === SETTLED) return SETTLED_BYTES;
  if (type === DELIVERED) return DELIVERED_BYTES;
  if (type === RETURNED) return RETURNED_BYTES;
  if (type === DROPPED) return DROPPED_BYTES;
  throw new FormatError(at, `no record is of type ${type}`);
}

// The end of `length` bytes from `from` on, all of which the record at `at` must have.
function need(view: DataView, at: number, from: number, length: number): number {
  const end = from + length;
  if (end > view.byteLength)
    throw new FormatError(at, `a record ends ${end - view.byteLength} bytes too late`);
  return end;
}
