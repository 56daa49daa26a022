import { describe, expect, it } from 'vitest';
import { decodeStrictText, decodeText, encodeText, textSize } from '../../src/codec/text.ts';

const decode = (...octets: number[]) => decodeText(Uint8Array.from(octets), 0, octets.length);

describe('text', () => {
  it.each(['', 'plain', 'é', '€', '😀', '\ufeffmark', 'a\0b', 'x'.repeat(300)])(
    'writes %j as TextEncoder does and reads it back',
    (text) => {
      const bytes = encodeText(text);
      expect([...bytes]).toEqual([...new TextEncoder().encode(text)]);
      expect(textSize(text)).toBe(bytes.length);
      expect(decodeText(bytes, 0, bytes.length)).toBe(text);
      expect(decodeStrictText(bytes, 0, bytes.length)).toBe(text);
    },
  );

  it.each([
    ['a byte that starts nothing', [0x61, 0xff, 0x62]],
    ['a continuation byte alone', [0x80]],
    ['a sequence cut off', [0xe2, 0x82]],
    ['an overlong sequence', [0xc0, 0x80]],
    ['an overlong sequence of three', [0xe0, 0x80, 0x80]],
    ['a surrogate', [0xed, 0xb2, 0x80]],
    ['a point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['bad bytes between good ones', [0xc3, 0xa9, 0xc3, 0xf0, 0x9f, 0x98, 0x80, 0xfe]],
  ])('keeps the bytes of %s', (_what, octets) => {
    expect([...encodeText(decode(...octets))]).toEqual(octets);
    expect(() => decodeStrictText(Uint8Array.from(octets), 0, octets.length)).toThrow();
  });

  it('gives different bytes different texts', () => {
    expect(decode(0xe9)).not.toBe(decode(0xc3, 0xa9));
    expect(decode(0xff)).not.toBe(decode(0xfe));
  });

  it('writes a lone surrogate that stands for no byte as TextEncoder does', () => {
    for (const text of ['\ud800', '\udc00x', 'a\udfff']) {
      expect([...encodeText(text)]).toEqual([...new TextEncoder().encode(text)]);
      expect(textSize(text)).toBe(encodeText(text).length);
    }
  });
});
