import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../src/codec/bytes.ts';
import { CodecError } from '../../src/codec/codec-error.ts';
import { table } from '../../src/codec/table.ts';

function written(write: (writer: Writer) => void): number[] {
  const writer = new Writer(1);
  write(writer);
  return [...writer.bytes()];
}

function reader(...octets: number[]): Reader {
  return new Reader(Uint8Array.from(octets));
}

describe('Writer', () => {
  it('writes numbers big-endian', () => {
    const octets = written((w) => {
      w.octet(1);
      w.short(0x0203);
      w.long(0x04050607);
      w.longlong(0x0008_090a_0b0c_0d0e);
    });
    expect(octets).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 10, 11, 12, 13, 14]);
  });

  it('takes each number up to the highest that its octets hold', () => {
    expect(written((w) => w.octet(0xff))).toEqual([0xff]);
    expect(written((w) => w.short(0xffff))).toEqual([0xff, 0xff]);
    expect(written((w) => w.long(0xffff_ffff))).toEqual([0xff, 0xff, 0xff, 0xff]);
    expect(written((w) => w.longlong(2n ** 64n - 1n))).toEqual(Array(8).fill(0xff));
  });

  it.each([
    ['octet', (w: Writer) => w.octet(0x100)],
    ['short', (w: Writer) => w.short(0x1_0000)],
    ['long', (w: Writer) => w.long(2 ** 32)],
    ['longlong from a number', (w: Writer) => w.longlong(2 ** 53)],
    ['longlong from a bigint', (w: Writer) => w.longlong(2n ** 64n)],
    ['negative number', (w: Writer) => w.long(-1)],
    ['negative bigint', (w: Writer) => w.longlong(-1n)],
    ['fraction', (w: Writer) => w.octet(1.5)],
    ['NaN', (w: Writer) => w.short(Number.NaN)],
  ])('refuses what does not fit: %s', (_what, write) => {
    const writer = new Writer();
    expect(() => write(writer)).toThrow(CodecError);
    expect(writer.length).toBe(0);
  });

  it('counts a short string in bytes, and refuses one of 256 instead of cutting it', () => {
    expect(written((w) => w.shortstr('é'))).toEqual([2, 0xc3, 0xa9]);
    expect(written((w) => w.shortstr('x'.repeat(255)))).toHaveLength(256);
    expect(() => written((w) => w.shortstr('x'.repeat(256)))).toThrow(CodecError);
    expect(() => written((w) => w.shortstr('é'.repeat(128)))).toThrow(CodecError);
  });

  it('writes a long string from text or bytes', () => {
    expect(written((w) => w.longstr('é'))).toEqual([0, 0, 0, 2, 0xc3, 0xa9]);
    expect(written((w) => w.longstr(Uint8Array.of(0xff, 0)))).toEqual([0, 0, 0, 2, 0xff, 0]);
  });

  it('keeps what it has written when it grows', () => {
    const octets = written((w) => {
      for (let i = 0; i < 1000; i++) w.short(i);
    });
    expect(octets.slice(-4)).toEqual([0x03, 0xe6, 0x03, 0xe7]);
    expect(octets.slice(0, 4)).toEqual([0, 0, 0, 1]);
  });

  it('starts over after reset and gives copies that do not change', () => {
    const writer = new Writer();
    writer.octet(1);
    const before = writer.bytes();
    writer.reset();
    writer.octet(2);
    expect([...before]).toEqual([1]);
    expect([...writer.view()]).toEqual([2]);
  });

  it('patches a long that was written before and no other place', () => {
    const writer = new Writer();
    writer.long(0);
    writer.octet(9);
    writer.patchLong(0, 0x01020304);
    expect([...writer.bytes()]).toEqual([1, 2, 3, 4, 9]);
    expect(() => writer.patchLong(2, 1)).toThrow(RangeError);
  });

  it('rewinds to a length it has had', () => {
    const writer = new Writer();
    writer.long(7);
    writer.rewind(2);
    expect([...writer.bytes()]).toEqual([0, 0]);
    expect(() => writer.rewind(3)).toThrow(RangeError);
  });
});

describe('Reader', () => {
  it('reads unsigned numbers big-endian', () => {
    const from = reader(0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xfd, 0, 0, 0, 1, 0, 0, 0, 2);
    expect(from.octet()).toBe(0xff);
    expect(from.short()).toBe(0xfffe);
    expect(from.long()).toBe(0xffff_fffd);
    expect(from.longlong()).toBe(2 ** 32 + 2);
    expect(from.remaining).toBe(0);
  });

  it('refuses a longlong above 2^53 - 1 and never rounds it', () => {
    expect(reader(0, 0x1f, 255, 255, 255, 255, 255, 255).longlong()).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => reader(0, 0x20, 0, 0, 0, 0, 0, 0).longlong()).toThrow(CodecError);
    expect(reader(255, 255, 255, 255, 255, 255, 255, 255).longlongBigint()).toBe(2n ** 64n - 1n);
  });

  it('stops at its end even where bytes follow', () => {
    const from = new Reader(Uint8Array.of(9, 1, 2, 3), 1, 2);
    expect(from.octet()).toBe(1);
    expect(() => from.octet()).toThrow(CodecError);
    expect(() => new Reader(Uint8Array.of(9, 1, 2), 1, 3).long()).toThrow(CodecError);
  });

  it('refuses a string that is longer than what is left', () => {
    expect(() => reader(3, 1, 2).shortstr()).toThrow(CodecError);
    expect(() => reader(0xff, 0xff, 0xff, 0xff, 1).longstr()).toThrow(CodecError);
  });

  it('refuses text that is not UTF-8, or keeps its bytes where any are allowed', () => {
    expect(() => reader(2, 0xff, 0xfe).shortstr()).toThrow('Malformed UTF-8 in shortstr');
    const loose = reader(2, 0xff, 0xfe).looseShortstr();
    expect(written((w) => w.shortstr(loose))).toEqual([2, 0xff, 0xfe]);
  });

  it('keeps a byte order mark in text', () => {
    expect(reader(3, 0xef, 0xbb, 0xbf).shortstr()).toBe('\ufeff');
  });

  it.each([
    ['a Uint8Array', Uint8Array.of(0, 0, 0, 1, 5)],
    ['a Buffer', Buffer.from([0, 0, 0, 1, 5])],
  ])('copies a long string out of %s, so that the bytes may be used again', (_what, bytes) => {
    const value = new Reader(bytes).longstr();
    const quoted = new Reader(bytes).copyOf(4, 5);
    bytes[4] = 6;
    expect(value).toEqual(Uint8Array.of(5));
    expect(quoted).toEqual(Uint8Array.of(5));
  });

  it('reads from the middle of a larger buffer', () => {
    const whole = Uint8Array.of(0, 0, 0, 0, 7, 1, 0x61);
    const part = whole.subarray(3);
    const from = new Reader(part, 1, 4);
    expect(from.octet()).toBe(7);
    expect(from.shortstr()).toBe('a');
  });

  it('reads a table and goes on behind it', () => {
    const writer = new Writer();
    writer.table(table({ a: 1 }));
    writer.octet(8);
    const from = new Reader(writer.bytes());
    expect(from.table()).toEqual(table({ a: 1 }));
    expect(from.octet()).toBe(8);
  });

  it('starts over on other bytes', () => {
    const from = reader(1);
    from.reset(Uint8Array.of(0, 2, 3), 1, 2);
    expect(from.octet()).toBe(2);
    expect(from.remaining).toBe(0);
  });

  it('takes no range that its bytes do not have', () => {
    expect(() => new Reader(new Uint8Array(2), 0, 3)).toThrow(RangeError);
    expect(() => reader(1).reset(new Uint8Array(2), 2, 1)).toThrow(RangeError);
  });
});
