import { MalformedTextError } from './codec-error.ts';

// Strings on the wire are UTF-8 by agreement only, and RabbitMQ passes on property values and table
// keys that are not. A byte that belongs to no well-formed sequence becomes the lone surrogate
// U+DC80..U+DCFF and is turned back into that byte when written, so no byte is ever lost and no two
// byte strings become one. (The scheme is that of Python's PEP 383.)

/** Where the first byte that is not ASCII is, or `end`. */
function asciiEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] as number) < 0x80) at++;
  return at;
}

/** Where well-formed UTF-8 ends, `end` at most. */
function utf8End(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const length = sequenceLength(bytes, at, end);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

/** Text of bytes that are known to be well formed. */
function plainText(
  bytes: Uint8Array,
  start: number,
  end: number,
  encoding: 'latin1' | 'utf8',
): string {
  const buffer =
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString(encoding, start, end);
}

/** Text of `bytes[start, end)`; bytes that are not UTF-8 throw, as RabbitMQ refuses them in methods. */
export function decodeStrictText(bytes: Uint8Array, start: number, end: number): string {
  const firstOther = asciiEnd(bytes, start, end);
  if (firstOther === end) return plainText(bytes, start, end, 'latin1');
  if (utf8End(bytes, firstOther, end) < end) throw new MalformedTextError();
  return plainText(bytes, start, end, 'utf8');
}

/** Text of `bytes[start, end)`; bytes that are not UTF-8 survive as lone surrogates. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  const firstOther = asciiEnd(bytes, start, end);
  if (firstOther === end) return plainText(bytes, start, end, 'latin1');
  let goodEnd = utf8End(bytes, firstOther, end);
  let text = plainText(bytes, start, goodEnd, 'utf8');
  while (goodEnd < end) {
    text += String.fromCharCode(0xdc00 + (bytes[goodEnd] as number));
    const from = goodEnd + 1;
    goodEnd = utf8End(bytes, from, end);
    if (goodEnd > from) text += plainText(bytes, from, goodEnd, 'utf8');
  }
  return text;
}

/** Length of the well-formed UTF-8 sequence at `at`, or 0 (Unicode 15, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first < 0xe0 ? 2 : (first & 0xf0) === 0xe0 ? 3 : 4;
  if (first < 0xc2 || first > 0xf4 || at + length > end) return 0;
  const second = bytes[at + 1] as number;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) {
    if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** Bytes that `writeText` will write for this text. */
export function textSize(text: string): number {
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) size += 1;
    else if (unit < 0x800) size += 2;
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      size += 4;
      i += 1;
    } else size += unit >= 0xdc80 && unit <= 0xdcff ? 1 : 3;
  }
  return size;
}

/** Writes text at `at` and returns the offset behind it; the caller has seen to `textSize` bytes of room. */
export function writeText(bytes: Uint8Array, at: number, text: string): number {
  let to = at;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[to++] = unit;
    } else if (unit < 0x800) {
      bytes[to++] = 0xc0 | (unit >> 6);
      bytes[to++] = 0x80 | (unit & 0x3f);
    } else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
      bytes[to++] = 0xf0 | (point >> 18);
      bytes[to++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[to++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[to++] = 0x80 | (point & 0x3f);
    } else if (unit >= 0xdc80 && unit <= 0xdcff) {
      bytes[to++] = unit & 0xff;
    } else {
      // Any other lone surrogate has no UTF-8 form and becomes U+FFFD, as TextEncoder has it.
      const point = isHighSurrogate(unit) || isLowSurrogate(unit) ? 0xfffd : unit;
      bytes[to++] = 0xe0 | (point >> 12);
      bytes[to++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[to++] = 0x80 | (point & 0x3f);
    }
  }
  return to;
}

/** The text as bytes, lone surrogates U+DC80..U+DCFF as the bytes that they stand for. */
export function encodeText(text: string): Uint8Array {
  const bytes = new Uint8Array(textSize(text));
  writeText(bytes, 0, text);
  return bytes;
}
