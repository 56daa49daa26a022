import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { Writer } from '../../src/codec/bytes.ts';
import { CodecError } from '../../src/codec/codec-error.ts';
import {
  decodeProperties,
  encodeProperties,
  type Properties,
  propertyFlags,
} from '../../src/codec/properties.ts';
import { basicProperties } from '../../src/codec/spec.ts';
import { longstr, table } from '../../src/codec/table.ts';

const client = createRequire(import.meta.url)('../../node_modules/amqplib/lib/defs.js');

function decode(...octets: number[]): Properties {
  return decodeProperties(Uint8Array.from(octets), 0, octets.length);
}

function encode(properties: Properties): Uint8Array {
  const writer = new Writer();
  encodeProperties(writer, properties);
  return writer.bytes();
}

const all: Properties = {
  contentType: 'text/plain',
  contentEncoding: 'gzip',
  headers: table({ a: 'b' }),
  deliveryMode: 2,
  priority: 9,
  correlationId: 'c',
  replyTo: 'amq.rabbitmq.reply-to',
  expiration: '60000',
  messageId: 'm',
  timestamp: 1_700_000_000,
  type: 't',
  userId: 'guest',
  appId: 'app',
  clusterId: 'cluster',
};

describe('basic properties', () => {
  it('have the flags that spec.ts gives them by their order', () => {
    expect(Object.entries(propertyFlags)).toEqual(
      basicProperties.map((property, i) => [property.name, 0x8000 >> i]),
    );
  });

  it('are absent where no flag is set', () => {
    expect(decode(0, 0)).toEqual({});
    expect([...encode({})]).toEqual([0, 0]);
  });

  it('are all read back', () => {
    const bytes = encode(all);
    expect([bytes[0], bytes[1]]).toEqual([0xff, 0xfc]);
    expect(decodeProperties(bytes, 0, bytes.length)).toEqual(all);
  });

  it.each(Object.keys(all) as (keyof Properties)[])('are read back where %s is alone', (name) => {
    const alone: Properties = { [name]: all[name] };
    const bytes = encode(alone);
    expect(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)).toBe(propertyFlags[name]);
    expect(decodeProperties(bytes, 0, bytes.length)).toEqual(alone);
  });

  it('are read from what amqplib writes', () => {
    const frame: Buffer = client.encodeProperties(client.BasicProperties, 1, 5, {
      ...all,
      headers: { a: 'b' },
    });
    const flagsAt = 7 + 12;
    expect(decodeProperties(frame, flagsAt, frame.length - 1)).toEqual(all);
    expect(encode(all)).toEqual(new Uint8Array(frame.subarray(flagsAt, frame.length - 1)));
  });

  it('are read up to the end and not beyond', () => {
    const bytes = Uint8Array.of(9, 9, 0x80, 0, 1, 0x61, 9);
    expect(decodeProperties(bytes, 2, 6)).toEqual({ contentType: 'a' });
    expect(() => decodeProperties(bytes, 2, 5)).toThrow(CodecError);
  });

  it('tell an empty string from none', () => {
    expect(decode(0x80, 0, 0)).toEqual({ contentType: '' });
    expect([...encode({ contentType: '' })]).toEqual([0x80, 0, 0]);
  });

  it('keep a timestamp above 2^53 exact', () => {
    const nanoseconds = { timestamp: 1_700_000_000_123_456_789n };
    const bytes = encode(nanoseconds);
    expect(decodeProperties(bytes, 0, bytes.length)).toEqual(nanoseconds);
  });

  it('keep text that is not UTF-8', () => {
    const bytes = [0x80, 0, 2, 0xff, 0xfe];
    expect([...encode(decode(...bytes))]).toEqual(bytes);
  });

  it('go on in further flag words, which hold no properties', () => {
    expect(decode(0x80, 1, 0, 0, 1, 0x61)).toEqual({ contentType: 'a' });
    expect(decode(0x80, 1, 0, 1, 0, 0, 1, 0x61)).toEqual({ contentType: 'a' });
    expect(() => decode(0x80, 1, 0x80, 0, 1, 0x61, 0)).toThrow(CodecError);
    expect(() => decode(0x80, 1)).toThrow(CodecError);
  });

  it('may set the one flag that means nothing, as RabbitMQ has it', () => {
    expect(decode(0x80, 2, 1, 0x61)).toEqual({ contentType: 'a' });
  });

  it.each([
    ['no flags', []],
    ['half the flags', [0x80]],
    ['a value cut off', [0x80, 0, 9, 0x61]],
    ['a value missing', [0x10, 0]],
    ['a timestamp cut off', [0, 0x40, 0, 0, 0, 0, 0, 0, 0]],
    ['a header of unknown type', [0x20, 0, 0, 0, 0, 4, 1, 0x6b, 0x5a, 1]],
    ['a table cut off', [0x20, 0, 0, 0, 0, 9]],
    ['octets too many', [0x80, 0, 1, 0x61, 0]],
  ])('are refused with %s', (_what, octets) => {
    expect(() => decode(...octets)).toThrow(CodecError);
  });

  it('leave no half of themselves behind where a value does not fit', () => {
    const writer = new Writer();
    writer.octet(7);
    const long = { contentType: 'a', userId: 'x'.repeat(256) };
    expect(() => encodeProperties(writer, long)).toThrow(CodecError);
    expect(() => encodeProperties(writer, { priority: 256 })).toThrow(CodecError);
    expect([...writer.bytes()]).toEqual([7]);
  });

  it('give headers that can be written again with one more', () => {
    const headers = new Map([...(all.headers ?? []), ['x-death', longstr('d')]]);
    const bytes = encode({ ...all, headers });
    expect(decodeProperties(bytes, 0, bytes.length).headers).toEqual(
      table({ a: 'b', 'x-death': 'd' }),
    );
  });
});
