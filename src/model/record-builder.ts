import { Reader, Writer } from '../codec/bytes.ts';
import { decodeProperties, encodeProperties, type Properties } from '../codec/properties.ts';
import {
  frameBody,
  frameEnd,
  frameHeader,
  frameHeaderBytes,
  frameOverheadBytes,
} from '../codec/spec.ts';
import { decodeText } from '../codec/text.ts';
import { assert } from '../kit/assert.ts';
import { copy, dv, u8 } from '../kit/memory.ts';
import {
  addReference,
  addressLength,
  bodyAt,
  bodySize,
  contentAt,
  contentLength,
  flagsOf,
  HAS_BLIND_KEYS,
  HAS_EXPIRATION,
  HAS_PRIORITY,
  headerPayloadEnd,
  PERSISTENT,
  propertyFlagsAt,
  reserveRecord,
} from './record.ts';

const BASIC_CLASS = 60;
const PERSISTENT_MODE = 2;
const nothing = new Uint8Array(0);

// One message is built at a time.
const scratch = new Writer(1024);

/**
 * Builds a record with one reference, which is the caller's.
 * @param bodyFrom where the body lies in the message memory; anything when it is empty
 * @param blindKeys routing keys that stay with the message but that no reader sees
 * @throws MemoryExhausted; CodecError when exchange or routing key are too long
 */
export function buildRecord(
  exchange: string,
  routingKey: string,
  properties: Properties,
  bodyFrom: number,
  size: number,
  blindKeys: readonly string[] = [],
): number {
  const record = buildHead(exchange, routingKey, properties, size, blindKeys);
  if (size > 0) copy(bodyAt(record), bodyFrom, size);
  return record;
}

/** The same for a body that does not lie in the message memory. @throws as `buildRecord` */
export function buildRecordOf(
  exchange: string,
  routingKey: string,
  properties: Properties,
  body: Uint8Array,
): number {
  const record = buildHead(exchange, routingKey, properties, body.length, []);
  if (body.length > 0) u8.set(body, bodyAt(record));
  return record;
}

// Everything but the octets of the body, for which there is room.
function buildHead(
  exchange: string,
  routingKey: string,
  properties: Properties,
  size: number,
  blindKeys: readonly string[],
): number {
  const blind = encodeBlindKeys(blindKeys);
  scratch.reset();
  scratch.shortstr(exchange);
  scratch.shortstr(routingKey);
  const address = scratch.length;
  scratch.octet(frameEnd);
  scratch.octet(frameHeader);
  scratch.short(0);
  const sizeAt = scratch.length;
  scratch.long(0);
  const payloadAt = scratch.length;
  scratch.short(BASIC_CLASS);
  scratch.short(0);
  scratch.longlong(size);
  encodeProperties(scratch, properties);
  const payload = scratch.length - payloadAt;
  scratch.octet(frameEnd);
  const head = scratch.view();
  const bodyBytes = size === 0 ? 0 : size + frameOverheadBytes;
  const blindFlag = blind.length === 0 ? 0 : HAS_BLIND_KEYS;
  const flags = flagsFor(properties) | blindFlag;
  const record = reserveRecord(head.length + bodyBytes, flags, blind.length);
  const to = contentAt(record);
  u8.set(head, to);
  dv.setUint32(to + sizeAt, payload);
  if (size > 0) frameBodyAt(to + head.length, size);
  u8.set(blind, to + head.length + bodyBytes);
  addReference(record);
  assert(addressLength(record) === address, 'a record has the address that it was built with');
  return record;
}

/** The routing keys that no reader sees. */
export function blindKeysOf(record: number): readonly string[] {
  if ((flagsOf(record) & HAS_BLIND_KEYS) === 0) return [];
  const reader = new Reader(u8);
  const at = contentAt(record) + contentLength(record);
  reader.reset(u8, at, at + 4 + dv.getUint32(at));
  const size = reader.long();
  const end = reader.position + size;
  const keys: string[] = [];
  while (reader.position < end) {
    const key = reader.longstr();
    keys.push(decodeText(key, 0, key.length));
  }
  return keys;
}

// Length, then one long string after the other: a header's keys may be of any length.
function encodeBlindKeys(keys: readonly string[]): Uint8Array {
  if (keys.length === 0) return nothing;
  const writer = new Writer();
  writer.long(0);
  for (const key of keys) writer.longstr(key);
  writer.patchLong(0, writer.length - 4);
  return writer.bytes();
}

// A body frame around octets that are still to come.
function frameBodyAt(to: number, size: number): void {
  dv.setUint8(to, frameBody);
  dv.setUint16(to + 1, 0);
  dv.setUint32(to + 3, size);
  dv.setUint8(to + frameHeaderBytes + size, frameEnd);
}

/** The same message with other properties: a record of its own with one reference. */
export function withProperties(record: number, properties: Properties): number {
  const { exchange, routingKey } = addressOf(record);
  const size = bodySize(record);
  const body = size === 0 ? 0 : bodyAt(record);
  return buildRecord(exchange, routingKey, properties, body, size, blindKeysOf(record));
}

/** Where a message was published to. */
export function addressOf(record: number): { exchange: string; routingKey: string } {
  const at = contentAt(record);
  const keyAt = at + 1 + dv.getUint8(at);
  return {
    exchange: decodeText(u8, at + 1, keyAt),
    routingKey: decodeText(u8, keyAt + 1, keyAt + 1 + dv.getUint8(keyAt)),
  };
}

/** @throws CodecError for bytes that are no properties */
export function propertiesOf(record: number): Properties {
  return decodeProperties(u8, propertyFlagsAt(record), headerPayloadEnd(record));
}

function flagsFor(properties: Properties): number {
  return (
    (properties.deliveryMode === PERSISTENT_MODE ? PERSISTENT : 0) |
    (properties.expiration === undefined ? 0 : HAS_EXPIRATION) |
    (properties.priority === undefined ? 0 : HAS_PRIORITY)
  );
}
