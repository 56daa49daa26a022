import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../src/codec/bytes.ts';
import { frameHeaderBytes } from '../../src/codec/spec.ts';
import { contentHeaderPrefixStructure, frameHeaderStructure } from '../../src/codec/structures.ts';

describe('the frame header', () => {
  const header = { type: 1, channel: 0xfffe, size: 0xffff_fffd };

  it('is as long as spec.ts says', () => {
    expect(frameHeaderStructure.bytes).toBe(frameHeaderBytes);
  });

  it('is written by hand as it is described', () => {
    const writer = new Writer();
    writer.octet(header.type);
    writer.short(header.channel);
    writer.long(header.size);
    expect(writer.bytes()).toEqual(frameHeaderStructure.encode(header));
  });

  it('is read by hand as it is described', () => {
    const bytes = Uint8Array.of(9, 8, ...frameHeaderStructure.encode(header));
    const reader = new Reader(bytes, 2);
    const byHand = { type: reader.octet(), channel: reader.short(), size: reader.long() };
    expect(byHand).toEqual(header);
    expect(frameHeaderStructure.decode(bytes, 2)).toEqual(header);
  });
});

describe('the start of a content header', () => {
  const prefix = { classId: 60, weight: 0, bodySize: Number.MAX_SAFE_INTEGER };

  it('is written by hand as it is described', () => {
    const writer = new Writer();
    writer.short(prefix.classId);
    writer.short(prefix.weight);
    writer.longlong(prefix.bodySize);
    expect(writer.bytes()).toEqual(contentHeaderPrefixStructure.encode(prefix));
    expect(writer.length).toBe(contentHeaderPrefixStructure.bytes);
  });

  it('is read by hand as it is described', () => {
    const bytes = contentHeaderPrefixStructure.encode(prefix);
    const reader = new Reader(bytes);
    const byHand = {
      classId: reader.short(),
      weight: reader.short(),
      bodySize: reader.longlong(),
    };
    expect(byHand).toEqual(prefix);
    expect(contentHeaderPrefixStructure.decode(bytes, 0)).toEqual(prefix);
  });

  it('does not read past the bytes', () => {
    expect(() => contentHeaderPrefixStructure.decode(new Uint8Array(11), 0)).toThrow(RangeError);
  });
});
