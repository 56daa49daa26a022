import { CodecError } from './codec-error.ts';
import { copyOf } from './copy.ts';
import { decodeTable, type Table, tableSize, writeTable } from './table.ts';
import { decodeStrictText, decodeText, textSize, writeText } from './text.ts';

const shortstrBytesMax = 0xff;

/** A cursor over `bytes[start, end)`, big-endian as all of AMQP. Whatever would pass `end` throws. */
export class Reader {
  #given: Uint8Array;
  // The same memory: a Buffer makes strings several times faster.
  #bytes: Buffer;
  #view: DataView;
  #end: number;
  position: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#given = bytes;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
    this.#end = end;
    this.#check(start, end);
  }

  /** Starts over, on the same bytes at almost no cost, so that one reader serves a whole connection. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.#given) {
      this.#given = bytes;
      this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.position = start;
    this.#end = end;
    this.#check(start, end);
  }

  #check(start: number, end: number): void {
    if (start < 0 || start > end || end > this.#bytes.length) {
      throw new RangeError(`no bytes ${start}..${end} in ${this.#bytes.length}`);
    }
  }

  get end(): number {
    return this.#end;
  }

  get remaining(): number {
    return this.#end - this.position;
  }

  #take(count: number): number {
    const start = this.position;
    if (count > this.#end - start) {
      throw new CodecError('FRAME_ERROR', `${count} octets wanted, ${this.#end - start} left`);
    }
    this.position = start + count;
    return start;
  }

  octet(): number {
    return this.#view.getUint8(this.#take(1));
  }

  short(): number {
    return this.#view.getUint16(this.#take(2));
  }

  long(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** Throws above 2^53 - 1: no delivery tag or body size is ever that large. */
  longlong(): number {
    const at = this.#take(8);
    const value = this.#view.getUint32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4);
    if (value > Number.MAX_SAFE_INTEGER) throw new CodecError('FRAME_ERROR', 'number above 2^53');
    return value;
  }

  longlongBigint(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** Text that must be UTF-8. */
  shortstr(): string {
    const length = this.octet();
    const start = this.#take(length);
    return decodeStrictText(this.#bytes, start, start + length);
  }

  /** Text that may be any bytes; those that are not UTF-8 survive, see `text.ts`. */
  looseShortstr(): string {
    const length = this.octet();
    const start = this.#take(length);
    return decodeText(this.#bytes, start, start + length);
  }

  /** A copy, good for as long as the caller likes. */
  longstr(): Uint8Array {
    const length = this.long();
    const start = this.#take(length);
    return copyOf(this.#bytes, start, start + length);
  }

  table(): Table {
    const start = this.position;
    this.#take(this.long());
    return decodeTable(this.#view, this.#bytes, start, this.position);
  }

  /** A copy of `bytes[start, end)`, to be quoted in an error. */
  copyOf(start: number, end: number): Uint8Array {
    return copyOf(this.#bytes, start, end);
  }
}

/** Grows as it is written to. A value that its field cannot hold throws and is never cut. */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  constructor(initialBytes = 256) {
    this.#bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  #reserve(count: number): number {
    const start = this.#length;
    const needed = start + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return start;
  }

  octet(value: number): void {
    const checked = unsigned(value, 0xff);
    const at = this.#reserve(1);
    this.#bytes[at] = checked;
  }

  short(value: number): void {
    const checked = unsigned(value, 0xffff);
    const at = this.#reserve(2);
    this.#view.setUint16(at, checked);
  }

  long(value: number): void {
    const checked = unsigned(value, 0xffff_ffff);
    const at = this.#reserve(4);
    this.#view.setUint32(at, checked);
  }

  /** A number up to 2^53 - 1, or a bigint up to 2^64 - 1. */
  longlong(value: number | bigint): void {
    if (typeof value === 'bigint') {
      if (value !== BigInt.asUintN(64, value)) throw outOfRange(value, 2n ** 64n - 1n);
      const at = this.#reserve(8);
      this.#view.setBigUint64(at, value);
    } else {
      const checked = unsigned(value, Number.MAX_SAFE_INTEGER);
      const at = this.#reserve(8);
      this.#view.setUint32(at, Math.floor(checked / 0x1_0000_0000));
      this.#view.setUint32(at + 4, checked >>> 0);
    }
  }

  shortstr(text: string): void {
    const size = textSize(text);
    if (size > shortstrBytesMax) {
      throw new CodecError('SYNTAX_ERROR', `${size} bytes are too long for a short string`);
    }
    const at = this.#reserve(1 + size);
    this.#bytes[at] = size;
    writeText(this.#bytes, at + 1, text);
  }

  longstr(value: Uint8Array | string): void {
    const size = typeof value === 'string' ? textSize(value) : value.length;
    const at = this.#reserve(4 + size);
    this.#view.setUint32(at, size);
    if (typeof value === 'string') writeText(this.#bytes, at + 4, value);
    else this.#bytes.set(value, at + 4);
  }

  table(table: Table): void {
    const at = this.#reserve(tableSize(table));
    writeTable(this.#view, this.#bytes, at, table);
  }

  /** Bytes as they are, without a length. */
  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Overwrites a `long` written before, such as a frame's size. */
  patchLong(at: number, value: number): void {
    if (at + 4 > this.#length) throw new RangeError(`no long at ${at} of ${this.#length}`);
    this.#view.setUint32(at, unsigned(value, 0xffff_ffff));
  }

  /** A copy of what was written. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  /** What was written, not copied: good until the next write or reset. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Takes back all that was written behind `length`. */
  rewind(length: number): void {
    if (length > this.#length) throw new RangeError(`no byte ${length} of ${this.#length}`);
    this.#length = length;
  }

  /** Forgets what was written and keeps the memory. */
  reset(): void {
    this.#length = 0;
  }
}

function outOfRange(value: number | bigint, highest: number | bigint): CodecError {
  return new CodecError('SYNTAX_ERROR', `${value} is not in 0..${highest}`);
}

function unsigned(value: number, highest: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= highest) return value;
  throw outOfRange(value, highest);
}
