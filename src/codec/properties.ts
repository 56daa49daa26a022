import { Reader, type Writer } from './bytes.ts';
import { CodecError } from './codec-error.ts';
import type { Table } from './table.ts';

/**
 * Properties of a basic content header; one that is absent was not sent.
 *
 * Text that is not UTF-8 is kept, see `text.ts`. `timestamp` is in seconds since 1970, a bigint only
 * above 2^53; `expiration` is in milliseconds, written in digits.
 */
export interface Properties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: Table;
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly expiration?: string;
  readonly messageId?: string;
  readonly timestamp?: number | bigint;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
  readonly clusterId?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Bits of the first flags word (0-9-1 §4.2.6.1). Bit 1 means nothing and is passed over. */
export const propertyFlags = {
  contentType: 0x8000,
  contentEncoding: 0x4000,
  headers: 0x2000,
  deliveryMode: 0x1000,
  priority: 0x0800,
  correlationId: 0x0400,
  replyTo: 0x0200,
  expiration: 0x0100,
  messageId: 0x0080,
  timestamp: 0x0040,
  type: 0x0020,
  userId: 0x0010,
  appId: 0x0008,
  clusterId: 0x0004,
} as const satisfies Record<keyof Properties, number>;

/** Another flags word follows. */
const flagsContinue = 0x0001;

// One for all: nothing that decodes properties is interrupted.
const reader = new Reader(new Uint8Array(0));

function malformed(why: string): CodecError {
  return new CodecError('SYNTAX_ERROR', `malformed properties: ${why}`);
}

function readFlags(): number {
  const flags = reader.short();
  let word = flags;
  while (word & flagsContinue) {
    word = reader.short();
    // How long an unknown property is cannot be known.
    if (word & ~flagsContinue) throw malformed('a flag of no known property is set');
  }
  return flags;
}

function readTimestamp(): number | bigint {
  const seconds = reader.longlongBigint();
  return seconds <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(seconds) : seconds;
}

/**
 * Decodes `bytes[start, end)`, where `start` is at the property flags (the 13th octet of a content
 * header's payload) and `end` at the payload's end. Throws CodecError.
 */
export function decodeProperties(bytes: Uint8Array, start: number, end: number): Properties {
  reader.reset(bytes, start, end);
  const flags = readFlags();
  const properties: Mutable<Properties> = {};
  if (flags & propertyFlags.contentType) properties.contentType = reader.looseShortstr();
  if (flags & propertyFlags.contentEncoding) properties.contentEncoding = reader.looseShortstr();
  if (flags & propertyFlags.headers) properties.headers = reader.table();
  if (flags & propertyFlags.deliveryMode) properties.deliveryMode = reader.octet();
  if (flags & propertyFlags.priority) properties.priority = reader.octet();
  if (flags & propertyFlags.correlationId) properties.correlationId = reader.looseShortstr();
  if (flags & propertyFlags.replyTo) properties.replyTo = reader.looseShortstr();
  if (flags & propertyFlags.expiration) properties.expiration = reader.looseShortstr();
  if (flags & propertyFlags.messageId) properties.messageId = reader.looseShortstr();
  if (flags & propertyFlags.timestamp) properties.timestamp = readTimestamp();
  if (flags & propertyFlags.type) properties.type = reader.looseShortstr();
  if (flags & propertyFlags.userId) properties.userId = reader.looseShortstr();
  if (flags & propertyFlags.appId) properties.appId = reader.looseShortstr();
  if (flags & propertyFlags.clusterId) properties.clusterId = reader.looseShortstr();
  if (reader.remaining > 0) throw malformed(`${reader.remaining} octets too many`);
  return properties;
}

function flagsOf(properties: Properties): number {
  let flags = 0;
  for (const [name, flag] of Object.entries(propertyFlags)) {
    if (properties[name as keyof Properties] !== undefined) flags |= flag;
  }
  return flags;
}

/** Writes flags and values: what `decodeProperties` reads. */
export function encodeProperties(writer: Writer, properties: Properties): void {
  const start = writer.length;
  try {
    writer.short(flagsOf(properties));
    const p = properties;
    if (p.contentType !== undefined) writer.shortstr(p.contentType);
    if (p.contentEncoding !== undefined) writer.shortstr(p.contentEncoding);
    if (p.headers !== undefined) writer.table(p.headers);
    if (p.deliveryMode !== undefined) writer.octet(p.deliveryMode);
    if (p.priority !== undefined) writer.octet(p.priority);
    if (p.correlationId !== undefined) writer.shortstr(p.correlationId);
    if (p.replyTo !== undefined) writer.shortstr(p.replyTo);
    if (p.expiration !== undefined) writer.shortstr(p.expiration);
    if (p.messageId !== undefined) writer.shortstr(p.messageId);
    if (p.timestamp !== undefined) writer.longlong(p.timestamp);
    if (p.type !== undefined) writer.shortstr(p.type);
    if (p.userId !== undefined) writer.shortstr(p.userId);
    if (p.appId !== undefined) writer.shortstr(p.appId);
    if (p.clusterId !== undefined) writer.shortstr(p.clusterId);
  } catch (error) {
    writer.rewind(start);
    throw error;
  }
}
