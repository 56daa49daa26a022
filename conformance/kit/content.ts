// Content header and properties of class basic, and the frames of a message.

import { plainTable, Reader, type Table, type TypedField, Writer } from './wire.ts';

export interface Properties {
  contentType?: string;
  contentEncoding?: string;
  headers?: Table;
  deliveryMode?: number;
  priority?: number;
  correlationId?: string;
  replyTo?: string;
  expiration?: string;
  messageId?: string;
  /** Seconds since 1970. */
  timestamp?: number | bigint;
  type?: string;
  userId?: string;
  appId?: string;
  clusterId?: string;
}

const kinds = {
  contentType: 'shortstr',
  contentEncoding: 'shortstr',
  headers: 'table',
  deliveryMode: 'octet',
  priority: 'octet',
  correlationId: 'shortstr',
  replyTo: 'shortstr',
  expiration: 'shortstr',
  messageId: 'shortstr',
  timestamp: 'longlong',
  type: 'shortstr',
  userId: 'shortstr',
  appId: 'shortstr',
  clusterId: 'shortstr',
} as const;

/** A received message's content, whole. */
export interface Content {
  readonly properties: Properties;
  /** The header table with its wire types; undefined when the message has no headers. */
  readonly typedHeaders: ReadonlyMap<string, TypedField> | undefined;
  readonly body: Buffer;
  readonly text: string;
  /** The header frame's payload as it came. */
  readonly header: Buffer;
  /** The length of each body frame's payload. */
  readonly split: readonly number[];
}

/** The payload of a header frame. `bodySize` and `classId` may lie. */
export function encodeHeader(properties: Properties, bodySize: number | bigint, classId = 60) {
  const values = new Writer();
  let flags = 0;
  for (const [at, [name, kind]] of Object.entries(kinds).entries()) {
    const value = properties[name as keyof Properties];
    if (value === undefined) continue;
    flags |= 1 << (15 - at);
    if (kind === 'table') values.table(value as Table);
    else values[kind](value as never);
  }
  const out = new Writer().short(classId).short(0).longlong(bodySize).short(flags);
  return out.bytes(values.done()).done();
}

export interface DecodedHeader {
  readonly classId: number;
  readonly bodySize: number;
  readonly properties: Properties;
  readonly typedHeaders: ReadonlyMap<string, TypedField> | undefined;
}

export function decodeHeader(payload: Buffer): DecodedHeader {
  const from = new Reader(payload);
  const classId = from.short();
  from.short();
  const bodySize = Number(from.longlong());
  const flags = from.short();
  const properties: Record<string, unknown> = {};
  let typedHeaders: Map<string, TypedField> | undefined;
  for (const [at, [name, kind]] of Object.entries(kinds).entries()) {
    if ((flags & (1 << (15 - at))) === 0) continue;
    if (kind === 'table') {
      typedHeaders = from.typedTable();
      properties[name] = plainTable(typedHeaders);
    } else properties[name] = from[kind]();
  }
  if (from.left > 0) throw new Error(`content header has ${from.left} bytes too many`);
  return { classId, bodySize, properties, typedHeaders };
}

/** Cuts a body into pieces of at most `sizeMax` bytes, or of exactly the given sizes. */
export function cut(body: Uint8Array, sizes: number | readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  const planned = typeof sizes === 'number' ? [] : [...sizes];
  while (at < body.length) {
    const size = planned.shift() ?? (typeof sizes === 'number' ? sizes : body.length - at);
    pieces.push(body.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
