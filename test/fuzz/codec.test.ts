import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../src/codec/bytes.ts';
import { CodecError } from '../../src/codec/codec-error.ts';
import {
  type ClientMethod,
  decodeClientMethod,
  encodeServerMethod,
  type ServerMethod,
} from '../../src/codec/methods.gen.ts';
import { decodeProperties, encodeProperties } from '../../src/codec/properties.ts';
import * as offsets from '../../src/codec/property-offsets.ts';
import { type MethodSpec, methods } from '../../src/codec/spec.ts';
import { decodeText, encodeText } from '../../src/codec/text.ts';
import { anyProperties, anyTable, damaged, methodOf } from '../codec/arbitraries.ts';
import { decodeServerMethod, encodeClientMethod } from '../kit/peer-codec.gen.ts';

const runs = { numRuns: 300 };
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ maxLength: 4000, size: 'max' }),
);

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(1);
  write(writer);
  return writer.bytes();
}

/** The value, or undefined where the bytes were refused; anything else that is thrown fails the test. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

const sentBy = (side: MethodSpec['sender']) =>
  methods.filter((m) => m.sender === side || m.sender === 'both').map((m) => [m.name, m] as const);

const clientMethodBytes = fc
  .oneof(...sentBy('client').map(([, method]) => methodOf(method)))
  .map((method) => written((w) => encodeClientMethod(w, method as never)));

const propertyBytes = anyProperties.map((p) => written((w) => encodeProperties(w, p)));
const tableBytes = anyTable.map((table) => written((w) => w.table(table)));

describe('round trips', () => {
  it.each(sentBy('client'))('%s is read as it was written', (_name, method) => {
    fc.assert(
      fc.property(methodOf(method), (fields) => {
        const bytes = written((w) => encodeClientMethod(w, fields as never));
        const { classId, methodId } = method;
        const read: ClientMethod = decodeClientMethod(new Reader(bytes));
        expect(read).toEqual({ ...fields, classId, methodId });
        expect(written((w) => encodeClientMethod(w, read as never))).toEqual(bytes);
      }),
      { numRuns: 40 },
    );
  });

  it.each(sentBy('server'))('%s is read as it was written, by the peer', (_name, method) => {
    fc.assert(
      fc.property(methodOf(method), (fields) => {
        const bytes = written((w) => encodeServerMethod(w, fields as unknown as ServerMethod));
        const { classId, methodId } = method;
        expect(decodeServerMethod(new Reader(bytes))).toEqual({ ...fields, classId, methodId });
      }),
      { numRuns: 40 },
    );
  });

  it('tables are read as they were written and written as they were read', () => {
    fc.assert(
      fc.property(anyTable, (table) => {
        const bytes = written((w) => w.table(table));
        const read = new Reader(bytes).table();
        expect(read).toEqual(table);
        expect([...read.keys()]).toEqual([...table.keys()]);
        expect(written((w) => w.table(read))).toEqual(bytes);
      }),
      runs,
    );
  });

  it('properties are read as they were written and written as they were read', () => {
    fc.assert(
      fc.property(anyProperties, (properties) => {
        const bytes = written((w) => encodeProperties(w, properties));
        const read = decodeProperties(bytes, 0, bytes.length);
        expect(read).toEqual(properties);
        expect(written((w) => encodeProperties(w, read))).toEqual(bytes);
      }),
      runs,
    );
  });

  it('any bytes at all survive as text', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(encodeText(decodeText(bytes, 0, bytes.length))).toEqual(bytes);
      }),
      runs,
    );
  });
});

describe('hostile bytes', () => {
  it('make a method or a CodecError, and what was read is written back', () => {
    const ids = fc.constantFrom(...methods.map((m) => [0, m.classId, 0, m.methodId]));
    const headed = fc.tuple(ids, anyBytes).map(([id, args]) => Uint8Array.of(...id, ...args));
    fc.assert(
      fc.property(fc.oneof(anyBytes, headed, damaged(clientMethodBytes)), (bytes) => {
        const method = attempt(() => decodeClientMethod(new Reader(bytes)));
        if (method === undefined) return;
        const again = written((w) => encodeClientMethod(w, method as never));
        expect(again.length).toBeLessThanOrEqual(bytes.length);
        expect(decodeClientMethod(new Reader(again))).toEqual(method);
      }),
      { numRuns: 2000 },
    );
  });

  it('make a table or a CodecError, and the offset functions agree', () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, damaged(tableBytes)), (bytes) => {
        const reader = new Reader(bytes);
        const table = attempt(() => reader.table());
        const end = offsets.tableEndAt(viewOf(bytes), 0, bytes.length);
        expect(end).toBe(table === undefined ? offsets.malformed : reader.position);
      }),
      { numRuns: 2000 },
    );
  });

  it('make properties or a CodecError, and the offset functions agree', () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, damaged(propertyBytes)), (bytes) => {
        const properties = attempt(() => decodeProperties(bytes, 0, bytes.length));
        const dv = viewOf(bytes);
        expect(isSound(dv, bytes.length)).toBe(properties !== undefined);
        for (const [name, find] of finders) {
          const at = find(dv, 0, bytes.length);
          expect(at).toBeLessThan(bytes.length);
          if (properties === undefined) continue;
          expect(at === offsets.absent).toBe(properties[name] === undefined);
          expect(at).not.toBe(offsets.malformed);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('take no longer than their length asks for', () => {
    const size = 1 << 20;
    const filled = (octets: number[]) => {
      const bytes = new Uint8Array(size + 4);
      new DataView(bytes.buffer).setUint32(0, size);
      for (let at = 4; at < bytes.length; at++) bytes[at] = octets[at % octets.length] ?? 0;
      return bytes;
    };
    const started = performance.now();
    // Empty values, empty nested tables, nesting without end, keys all alike, keys not UTF-8.
    for (const octets of [
      [0x56],
      [0, 0x56],
      [0x46, 0, 0, 0, 0],
      [1, 0x6b, 0x56],
      [2, 0xff, 0x80, 0x56],
    ]) {
      const bytes = filled(octets);
      attempt(() => new Reader(bytes).table());
      offsets.tableEndAt(viewOf(bytes), 0, bytes.length);
      attempt(() => decodeProperties(bytes, 0, bytes.length));
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

const finders = [
  ['deliveryMode', offsets.deliveryModeAt],
  ['priority', offsets.priorityAt],
  ['expiration', offsets.expirationAt],
  ['headers', offsets.headersAt],
  ['replyTo', offsets.replyToAt],
  ['userId', offsets.userIdAt],
] as const;

/** A view that throws RangeError for whoever reads past these bytes. */
function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Well formed, as far as offsets alone can tell. */
function isSound(dv: DataView, end: number): boolean {
  if (offsets.propertiesEndAt(dv, 0, end) !== end) return false;
  const headers = offsets.headersAt(dv, 0, end);
  return headers === offsets.absent || offsets.tableEndAt(dv, headers, end) !== offsets.malformed;
}
