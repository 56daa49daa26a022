import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../src/codec/bytes.ts';
import { encodeProperties, type Properties } from '../../src/codec/properties.ts';
import {
  absent,
  bccKey,
  ccKey,
  deliveryModeAt,
  expirationAt,
  headerAt,
  headersAt,
  malformed,
  priorityAt,
  propertiesEndAt,
  replyToAt,
  tableEndAt,
  userIdAt,
} from '../../src/codec/property-offsets.ts';
import { type Table, table } from '../../src/codec/table.ts';

const before = 5;

/** The encoded properties with other bytes around them. */
function placed(properties: Properties): { dv: DataView; bytes: Uint8Array; end: number } {
  const writer = new Writer();
  for (let i = 0; i < before; i++) writer.octet(0xff);
  encodeProperties(writer, properties);
  const end = writer.length;
  writer.longstr(Uint8Array.of(0xff, 0xff));
  const bytes = writer.bytes();
  return { dv: new DataView(bytes.buffer), bytes, end };
}

const all: Properties = {
  contentType: 'text/plain',
  contentEncoding: 'gzip',
  headers: table({ CC: 'x', other: 1 }),
  deliveryMode: 2,
  priority: 9,
  correlationId: 'c',
  replyTo: 'reply',
  expiration: '60000',
  messageId: 'm',
  timestamp: 1_700_000_000,
  type: 't',
  userId: 'guest',
  appId: 'app',
  clusterId: 'cluster',
};

const finders = {
  deliveryMode: deliveryModeAt,
  priority: priorityAt,
  expiration: expirationAt,
  headers: headersAt,
  replyTo: replyToAt,
  userId: userIdAt,
} as const;

const names = Object.keys(finders) as (keyof typeof finders)[];

function valueAt(name: keyof typeof finders, bytes: Uint8Array, at: number): unknown {
  const reader = new Reader(bytes, at);
  if (name === 'headers') return reader.table();
  return name === 'deliveryMode' || name === 'priority' ? reader.octet() : reader.shortstr();
}

describe('offsets of properties', () => {
  it.each(names)('find %s among all', (name) => {
    const { dv, bytes, end } = placed(all);
    expect(valueAt(name, bytes, finders[name](dv, before, end))).toEqual(all[name]);
  });

  it.each(names)('find %s alone', (name) => {
    const { dv, bytes, end } = placed({ [name]: all[name] });
    expect(valueAt(name, bytes, finders[name](dv, before, end))).toEqual(all[name]);
  });

  it.each(names)('find no %s where all others are', (name) => {
    const { [name]: _, ...others } = all;
    const { dv, end } = placed(others);
    expect(finders[name](dv, before, end)).toBe(absent);
  });

  it.each(names)('call %s malformed at every end that cuts it off', (name) => {
    const { dv, bytes, end } = placed(all);
    const at = finders[name](dv, before, end);
    const reader = new Reader(bytes, at);
    if (name === 'headers') reader.table();
    else if (name === 'deliveryMode' || name === 'priority') reader.octet();
    else reader.shortstr();
    for (let cut = before; cut < reader.position; cut++) {
      expect(finders[name](dv, before, cut)).toBe(malformed);
    }
    expect(finders[name](dv, before, reader.position)).toBe(at);
  });

  it('pass over further flag words, unless those hold properties', () => {
    const bytes = Uint8Array.of(0x10, 1, 0, 1, 0, 0, 2);
    const dv = new DataView(bytes.buffer);
    expect(deliveryModeAt(dv, 0, 7)).toBe(6);
    expect(deliveryModeAt(dv, 0, 5)).toBe(malformed);
    bytes[4] = 0x80;
    expect(deliveryModeAt(dv, 0, 7)).toBe(malformed);
  });

  it('know where the properties end', () => {
    for (const properties of [all, {}, { clusterId: 'c' }, { timestamp: 1 }]) {
      const { dv, end } = placed(properties);
      expect(propertiesEndAt(dv, before, end)).toBe(end);
      expect(propertiesEndAt(dv, before, end + 1)).toBe(end);
      expect(propertiesEndAt(dv, before, end - 1)).toBe(malformed);
    }
  });
});

describe('headers looked up in raw bytes', () => {
  function raw(headers: Table): { dv: DataView; end: number } {
    const writer = new Writer();
    writer.table(headers);
    const bytes = writer.bytes();
    return { dv: new DataView(bytes.buffer), end: bytes.length };
  }

  const everyType: Table = new Map([
    ['t', { type: 't', value: true }],
    ['b', { type: 'b', value: 1 }],
    ['B', { type: 'B', value: 1 }],
    ['s', { type: 's', value: 1 }],
    ['u', { type: 'u', value: 1 }],
    ['I', { type: 'I', value: 1 }],
    ['i', { type: 'i', value: 1 }],
    ['l', { type: 'l', value: 1n }],
    ['L', { type: 'L', value: 1n }],
    ['f', { type: 'f', value: 1 }],
    ['d', { type: 'd', value: 1 }],
    ['D', { type: 'D', value: { scale: 1, unscaled: 1 } }],
    ['S', { type: 'S', value: Uint8Array.of(1) }],
    ['A', { type: 'A', value: [{ type: 'V', value: null }] }],
    ['T', { type: 'T', value: 1n }],
    ['F', { type: 'F', value: table({ CC: 1 }) }],
    ['V', { type: 'V', value: null }],
    ['x', { type: 'x', value: Uint8Array.of(1) }],
    ['BCC', { type: 'A', value: [] }],
  ]);

  it('are found behind fields of every type', () => {
    const { dv, end } = raw(everyType);
    const at = headerAt(dv, 0, end, bccKey);
    expect(String.fromCharCode(dv.getUint8(at))).toBe('A');
    for (const type of everyType.keys()) {
      if (type === 'BCC') continue;
      const found = headerAt(dv, 0, end, new TextEncoder().encode(type));
      expect(String.fromCharCode(dv.getUint8(found))).toBe(type);
    }
  });

  it('are not found inside other headers, nor by a part of their key', () => {
    const { dv, end } = raw(everyType);
    expect(headerAt(dv, 0, end, ccKey)).toBe(absent);
    const longer = raw(table({ CCC: 1, C: 2 }));
    expect(headerAt(longer.dv, 0, longer.end, ccKey)).toBe(absent);
    const none = raw(new Map());
    expect(headerAt(none.dv, 0, none.end, ccKey)).toBe(absent);
  });

  it('are malformed where the table is cut off or a field runs past it', () => {
    const { dv, end } = raw(everyType);
    for (let cut = 0; cut < end; cut++) expect(headerAt(dv, 0, cut, bccKey)).toBe(malformed);
    const long = Uint8Array.of(0, 0, 0, 7, 1, 0x6b, 0x53, 0, 0, 0, 9);
    expect(headerAt(new DataView(long.buffer), 0, 11, ccKey)).toBe(malformed);
    const unknown = Uint8Array.of(0, 0, 0, 3, 1, 0x6b, 0x5a);
    expect(headerAt(new DataView(unknown.buffer), 0, 7, ccKey)).toBe(malformed);
  });

  it('are well formed up to the end of what is nested in them', () => {
    const { dv, end } = raw(everyType);
    expect(tableEndAt(dv, 0, end)).toBe(end);
    expect(tableEndAt(dv, 0, end - 1)).toBe(malformed);
    const badInside = Uint8Array.of(0, 0, 0, 10, 1, 0x6b, 0x46, 0, 0, 0, 3, 1, 0x6b, 0x5a);
    const view = new DataView(badInside.buffer);
    expect(headerAt(view, 0, 14, ccKey)).toBe(absent);
    expect(tableEndAt(view, 0, 14)).toBe(malformed);
    const keyTooLong = Uint8Array.of(0, 0, 0, 2, 9, 0x6b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(tableEndAt(new DataView(keyTooLong.buffer), 0, 16)).toBe(malformed);
  });
});
