import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { CodecError } from '../../src/codec/codec-error.ts';
import { longstr, table } from '../../src/codec/table.ts';
import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import {
  bodySize,
  contentAt,
  contentLength,
  copyBody,
  dropReference,
  flagsOf,
  HAS_BLIND_KEYS,
  PERSISTENT,
  referencesOf,
} from '../../src/model/record.ts';
import {
  addressOf,
  blindKeysOf,
  buildRecord,
  propertiesOf,
  withProperties,
} from '../../src/model/record-builder.ts';

const held: number[] = [];

function keep(record: number): number {
  held.push(record);
  return record;
}

function build(body: string, blindKeys: readonly string[] = []): number {
  const bytes = new TextEncoder().encode(body);
  u8.set(bytes, RECEIVE_AT);
  const properties = { contentType: 'text/plain', headers: table({ a: 1 }) };
  return keep(buildRecord('x', 'k', properties, RECEIVE_AT, bytes.length, blindKeys));
}

const textOf = (record: number) => new TextDecoder().decode(copyBody(record));

afterEach(() => {
  for (const record of held.splice(0)) dropReference(record);
});

describe('blind keys', () => {
  const keys = fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), {
    minLength: 1,
    maxLength: 8,
  });

  it('stay with the message, however many and long they are', () => {
    fc.assert(
      fc.property(keys, fc.string({ maxLength: 20 }), (blind, body) => {
        const record = build(body, blind);
        expect(blindKeysOf(record)).toEqual(blind);
        expect(flagsOf(record) & HAS_BLIND_KEYS).toBe(HAS_BLIND_KEYS);
      }),
    );
  });

  it('are no part of what is delivered', () => {
    const [plain, blind] = [build('body'), build('body', ['secret'])];
    const delivered = (record: number) =>
      u8.slice(contentAt(record), contentAt(record) + contentLength(record));
    expect(delivered(blind)).toEqual(delivered(plain));
  });

  it('are none unless there were some', () => {
    const record = build('body');
    expect(blindKeysOf(record)).toEqual([]);
    expect(flagsOf(record) & HAS_BLIND_KEYS).toBe(0);
  });
});

describe('the same message with other properties', () => {
  it('is a record of its own, with the address, the body and the blind keys of the first', () => {
    const record = build('body', ['secret']);
    const changed = keep(withProperties(record, { deliveryMode: 2, messageId: 'id' }));
    expect(changed).not.toBe(record);
    expect([referencesOf(record), referencesOf(changed)]).toEqual([1, 1]);
    expect(addressOf(changed)).toEqual({ exchange: 'x', routingKey: 'k' });
    expect(propertiesOf(changed)).toEqual({ deliveryMode: 2, messageId: 'id' });
    expect(textOf(changed)).toBe('body');
    expect(blindKeysOf(changed)).toEqual(['secret']);
    expect(flagsOf(changed)).toBe(PERSISTENT | HAS_BLIND_KEYS);
    expect(propertiesOf(record)).toEqual({ contentType: 'text/plain', headers: table({ a: 1 }) });
    expect(textOf(record)).toBe('body');
  });

  it('may have no body', () => {
    const changed = keep(withProperties(build(''), {}));
    expect([bodySize(changed), textOf(changed)]).toEqual([0, '']);
  });
});

describe('a record that cannot be built', () => {
  it.each([
    ['the exchange', 'x'.repeat(256), 'k'],
    ['the routing key', 'x', 'k'.repeat(256)],
    ['the routing key in bytes', 'x', 'ü'.repeat(128)],
  ])('is refused when %s is too long', (_what, exchange, key) => {
    expect(() => buildRecord(exchange, key, {}, RECEIVE_AT, 0)).toThrow(CodecError);
  });

  it('does not spoil the next one', () => {
    expect(() => buildRecord('x', 'k'.repeat(256), {}, RECEIVE_AT, 0)).toThrow(CodecError);
    const record = build('body');
    expect(addressOf(record)).toEqual({ exchange: 'x', routingKey: 'k' });
    expect(textOf(record)).toBe('body');
  });

  it('takes the longest names there are', () => {
    const [exchange, routingKey] = ['x'.repeat(255), 'ü'.repeat(127)];
    const record = keep(
      buildRecord(exchange, routingKey, { headers: table({ n: longstr('v') }) }, 0, 0),
    );
    expect(addressOf(record)).toEqual({ exchange, routingKey });
  });
});
