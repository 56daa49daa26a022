import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Properties } from '../../src/codec/properties.ts';
import { table } from '../../src/codec/table.ts';
import { allocate, dv, RECEIVE_AT, release, u8, usedBytes } from '../../src/kit/memory.ts';
import {
  addFlags,
  addReference,
  addressLength,
  bodyAt,
  bodySize,
  contentAt,
  contentLength,
  copyBody,
  copyRecord,
  createRecord,
  dropReference,
  flagsOf,
  HAS_BLIND_KEYS,
  HAS_EXPIRATION,
  HAS_PRIORITY,
  headerPayloadEnd,
  isPersistent,
  PERSISTENT,
  propertyFlagsAt,
  referencesOf,
  reserveRecord,
} from '../../src/model/record.ts';
import {
  addressOf,
  blindKeysOf,
  buildRecord,
  propertiesOf,
} from '../../src/model/record-builder.ts';

const held: number[] = [];

function build(
  exchange: string,
  key: string,
  properties: Properties,
  body: Uint8Array,
  blind: readonly string[] = [],
): number {
  u8.set(body, RECEIVE_AT);
  const record = buildRecord(exchange, key, properties, RECEIVE_AT, body.length, blind);
  held.push(record);
  return record;
}

afterEach(() => {
  for (const record of held.splice(0)) dropReference(record);
});

const bytes = (record: number) => [
  ...u8.slice(contentAt(record), contentAt(record) + contentLength(record)),
];
const text = (value: string) => [...new TextEncoder().encode(value)];

describe('the layout of a record', () => {
  // exchange, routing key, end octet; type 2, channel, size; class 60, weight, body size, flags; end.
  it('is a delivery’s bytes from the exchange on', () => {
    const record = build('x', 'key', { deliveryMode: 2 }, new Uint8Array([7, 8, 9]));
    expect(bytes(record)).toEqual([
      ...[1, ...text('x'), 3, ...text('key'), 0xce],
      ...[2, 0, 0, 0, 0, 0, 15],
      ...[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0x10, 0x00, 2],
      0xce,
      ...[3, 0, 0, 0, 0, 0, 3, 7, 8, 9, 0xce],
    ]);
  });

  it('has no body frame when the body is empty', () => {
    const record = build('', 'k', {}, new Uint8Array());
    expect(bytes(record)).toEqual([
      ...[0, 1, ...text('k'), 0xce],
      ...[2, 0, 0, 0, 0, 0, 14],
      ...[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      0xce,
    ]);
    expect(copyBody(record)).toEqual(new Uint8Array());
    expect(bodySize(record)).toBe(0);
  });

  it('is the same whether a record is built or put together from received parts', () => {
    const built = build('exchange', 'key', { priority: 1 }, new Uint8Array([1, 2]));
    const address = addressLength(built);
    const start = contentAt(built);
    const tail = start + address;
    const record = createRecord(start, address, tail, contentLength(built) - address, PERSISTENT);
    expect(bytes(record)).toEqual(bytes(built));
    expect([flagsOf(record), referencesOf(record)]).toEqual([PERSISTENT, 0]);
    addReference(record);
    dropReference(record);
  });

  it('tells where each part is, whatever the parts are', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 40 });
    const contents = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(name, name, fc.boolean(), contents, (exchange, key, withHeaders, body) => {
        const properties: Properties = withHeaders
          ? { headers: table({ a: 1, b: 'text' }), messageId: 'id' }
          : {};
        const record = build(exchange, key, properties, body);
        expect(addressOf(record)).toEqual({ exchange, routingKey: key });
        expect(addressLength(record)).toBe(text(exchange).length + text(key).length + 2);
        expect(propertiesOf(record)).toEqual(properties);
        expect(dv.getUint16(propertyFlagsAt(record))).toBe(withHeaders ? 0x2080 : 0);
        expect(dv.getUint8(headerPayloadEnd(record))).toBe(0xce);
        expect(bodySize(record)).toBe(body.length);
        expect(copyBody(record)).toEqual(body);
        if (body.length > 0) expect(u8[bodyAt(record) + body.length]).toBe(0xce);
      }),
    );
  });
});

describe('the flags of a record', () => {
  it.each<[Properties, number]>([
    [{}, 0],
    [{ deliveryMode: 1 }, 0],
    [{ deliveryMode: 2 }, PERSISTENT],
    [{ deliveryMode: 3 }, 0],
    [{ expiration: '0' }, HAS_EXPIRATION],
    [{ priority: 0 }, HAS_PRIORITY],
    [{ deliveryMode: 2, expiration: '5', priority: 9 }, PERSISTENT | HAS_EXPIRATION | HAS_PRIORITY],
  ])('follow from the properties %j', (properties, flags) => {
    const record = build('x', 'k', properties, new Uint8Array([1]));
    expect(flagsOf(record)).toBe(flags);
    expect(isPersistent(record)).toBe((flags & PERSISTENT) !== 0);
  });

  it('are added to, without harm to the references', () => {
    const record = build('x', 'k', {}, new Uint8Array([1]));
    addReference(record);
    addFlags(record, HAS_PRIORITY);
    addFlags(record, PERSISTENT);
    expect(flagsOf(record)).toBe(PERSISTENT | HAS_PRIORITY);
    expect(referencesOf(record)).toBe(2);
    dropReference(record);
    expect(flagsOf(record)).toBe(PERSISTENT | HAS_PRIORITY);
  });
});

describe('the references of a record', () => {
  it('are none when it is reserved and one when it is built', () => {
    const reserved = reserveRecord(10, 0);
    expect(referencesOf(reserved)).toBe(0);
    expect(contentLength(reserved)).toBe(10);
    addReference(reserved);
    dropReference(reserved);
    expect(referencesOf(build('x', 'k', {}, new Uint8Array([1])))).toBe(1);
  });

  it('keep the record until the last has gone', () => {
    release(allocate(4));
    const before = usedBytes();
    // Larger than a segment, so that its room tells at once.
    const record = reserveRecord(300_000, PERSISTENT);
    addReference(record);
    for (let i = 0; i < 70_000; i++) addReference(record);
    expect(referencesOf(record)).toBe(70_001);
    expect(flagsOf(record)).toBe(PERSISTENT);
    for (let i = 0; i < 70_000; i++) dropReference(record);
    expect(usedBytes()).toBeGreaterThan(before);
    dropReference(record);
    expect(usedBytes()).toBe(before);
  });
});

describe('a copy of a record', () => {
  it('says the same and lives on its own', () => {
    const blind = ['secret', 'and another'];
    const record = build('x', 'k', { deliveryMode: 2 }, new Uint8Array([1, 2, 3]), blind);
    addReference(record);
    const copied = copyRecord(record);
    addReference(copied);
    held.push(copied);
    expect(copied).not.toBe(record);
    expect(bytes(copied)).toEqual(bytes(record));
    expect(flagsOf(copied)).toBe(PERSISTENT | HAS_BLIND_KEYS);
    expect([referencesOf(record), referencesOf(copied)]).toEqual([2, 1]);
    dropReference(record);
    u8.fill(0, contentAt(record), contentAt(record) + contentLength(record));
    expect(blindKeysOf(copied)).toEqual(blind);
    expect(copyBody(copied)).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('has no blind keys when the original has none', () => {
    const record = build('x', 'k', {}, new Uint8Array([1]));
    const copied = copyRecord(record);
    addReference(copied);
    held.push(copied);
    expect(flagsOf(copied)).toBe(0);
    expect(blindKeysOf(copied)).toEqual([]);
  });
});
