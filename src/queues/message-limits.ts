// HOT: what a message says about its own life in a queue.
import { absent, expirationAt, priorityAt } from '../codec/property-offsets.ts';
import { dv } from '../kit/memory.ts';
import {
  flagsOf,
  HAS_EXPIRATION,
  HAS_PRIORITY,
  headerPayloadEnd,
  propertyFlagsAt,
} from '../model/record.ts';

const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;

/**
 * When a message expires in a queue: the sooner of the queue's TTL and its own `expiration`.
 * @param ttlMs of the queue, undefined when it has none
 */
export function expiryOf(record: number, ttlMs: number | undefined, now: number): number {
  const own = (flagsOf(record) & HAS_EXPIRATION) === 0 ? Infinity : expirationMs(record);
  return now + (ttlMs === undefined || own < ttlMs ? own : ttlMs);
}

// The publish checked that it is a number; a sign may stand in front.
function expirationMs(record: number): number {
  const at = expirationAt(dv, propertyFlagsAt(record), headerPayloadEnd(record));
  if (at < 0) return Infinity;
  const end = at + 1 + dv.getUint8(at);
  let value = 0;
  for (let i = at + 1; i < end; i++) {
    const digit = dv.getUint8(i);
    if (digit >= DIGIT_ZERO && digit <= DIGIT_NINE) value = value * 10 + digit - DIGIT_ZERO;
  }
  return value;
}

/** A message's priority, at most the queue's. */
export function priorityOf(record: number, maxPriority: number): number {
  if ((flagsOf(record) & HAS_PRIORITY) === 0) return 0;
  const at = priorityAt(dv, propertyFlagsAt(record), headerPayloadEnd(record));
  if (at === absent || at < 0) return 0;
  return Math.min(dv.getUint8(at), maxPriority);
}
