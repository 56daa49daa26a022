import { CodecError } from './codec-error.ts';
import { copyOf } from './copy.ts';
import { decodeText, encodeText, textSize, writeText } from './text.ts';

// Field tables in RabbitMQ's dialect: `s` is a signed 16-bit integer, `b` a signed octet, `l` and `L`
// both signed 64-bit integers. (The specification's own letters for these were never used by anyone.)

export type FieldType =
  | 't'
  | 'b'
  | 'B'
  | 's'
  | 'u'
  | 'I'
  | 'i'
  | 'l'
  | 'L'
  | 'f'
  | 'd'
  | 'D'
  | 'S'
  | 'A'
  | 'T'
  | 'F'
  | 'V'
  | 'x';

/** Value is unscaled / 10^scale; both are unsigned, as RabbitMQ reads them. */
export interface Decimal {
  readonly scale: number;
  readonly unscaled: number;
}

/** A typed value that encodes to the bytes it was decoded from (`T` is in seconds). */
export type Field =
  | { readonly type: 't'; readonly value: boolean }
  | {
      readonly type: 'b' | 'B' | 's' | 'u' | 'I' | 'i' | 'f' | 'd';
      readonly value: number;
    }
  | { readonly type: 'l' | 'L' | 'T'; readonly value: bigint }
  | { readonly type: 'D'; readonly value: Decimal }
  | { readonly type: 'S' | 'x'; readonly value: Uint8Array }
  | { readonly type: 'A'; readonly value: readonly Field[] }
  | { readonly type: 'F'; readonly value: Table }
  | { readonly type: 'V'; readonly value: null };

export type Table = ReadonlyMap<string, Field>;

/**
 * Tables and arrays inside one another, the outermost counted. RabbitMQ knows no limit; ours keeps
 * hostile input off the stack's end, far above what any client has been seen to send.
 */
export const tableDepthMax = 128;

// Shared, so that a table of nothing but empty values costs no more memory than its bytes.
export const emptyTable: Table = new Map();
const emptyArray: readonly Field[] = [];
const voidField: Field = { type: 'V', value: null };
const trueField: Field = { type: 't', value: true };
const falseField: Field = { type: 't', value: false };

function malformed(why: string): CodecError {
  return new CodecError('SYNTAX_ERROR', `malformed table: ${why}`);
}

class TableReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(view: DataView, bytes: Uint8Array, at: number) {
    this.#view = view;
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Takes `count` octets and returns where they start; nothing is read or made before this. */
  #take(count: number, end: number): number {
    const start = this.#at;
    if (count > end - start) throw malformed('a value ends behind its table');
    this.#at = start + count;
    return start;
  }

  #takeLengthPrefixed(end: number): number {
    return this.#take(this.#view.getUint32(this.#take(4, end)), end);
  }

  table(end: number, depth: number): Table {
    const start = this.#takeLengthPrefixed(end);
    const tableEnd = this.#at;
    if (start === tableEnd) return emptyTable;
    if (depth === 0) throw malformed(`nested deeper than ${tableDepthMax}`);
    this.#at = start;
    const fields = new Map<string, Field>();
    while (this.#at < tableEnd) {
      const keyLength = this.#view.getUint8(this.#take(1, tableEnd));
      const keyStart = this.#take(keyLength, tableEnd);
      const key = decodeText(this.#bytes, keyStart, keyStart + keyLength);
      const value = this.#field(tableEnd, depth);
      // Of a key given twice RabbitMQ finds the first value, in arguments as in headers.
      if (!fields.has(key)) fields.set(key, value);
    }
    return fields;
  }

  #array(end: number, depth: number): readonly Field[] {
    const start = this.#takeLengthPrefixed(end);
    const arrayEnd = this.#at;
    if (start === arrayEnd) return emptyArray;
    if (depth === 0) throw malformed(`nested deeper than ${tableDepthMax}`);
    this.#at = start;
    const fields: Field[] = [];
    while (this.#at < arrayEnd) fields.push(this.#field(arrayEnd, depth));
    return fields;
  }

  #field(end: number, depth: number): Field {
    const view = this.#view;
    const type = String.fromCharCode(view.getUint8(this.#take(1, end)));
    switch (type) {
      case 't':
        return view.getUint8(this.#take(1, end)) === 0 ? falseField : trueField;
      case 'b':
        return { type, value: view.getInt8(this.#take(1, end)) };
      case 'B':
        return { type, value: view.getUint8(this.#take(1, end)) };
      case 's':
        return { type, value: view.getInt16(this.#take(2, end)) };
      case 'u':
        return { type, value: view.getUint16(this.#take(2, end)) };
      case 'I':
        return { type, value: view.getInt32(this.#take(4, end)) };
      case 'i':
        return { type, value: view.getUint32(this.#take(4, end)) };
      case 'l':
      case 'L':
        return { type, value: view.getBigInt64(this.#take(8, end)) };
      case 'T':
        return { type, value: view.getBigUint64(this.#take(8, end)) };
      case 'f':
        return { type, value: view.getFloat32(this.#take(4, end)) };
      case 'd':
        return { type, value: view.getFloat64(this.#take(8, end)) };
      case 'V':
        return voidField;
      case 'D': {
        const at = this.#take(5, end);
        return { type, value: { scale: view.getUint8(at), unscaled: view.getUint32(at + 1) } };
      }
      case 'S':
      case 'x': {
        const start = this.#takeLengthPrefixed(end);
        return { type, value: copyOf(this.#bytes, start, this.#at) };
      }
      case 'A':
        return { type, value: this.#array(end, depth - 1) };
      case 'F':
        return { type, value: this.table(end, depth - 1) };
      default:
        throw malformed(`unknown field type ${view.getUint8(this.#at - 1)}`);
    }
  }
}

/**
 * The table whose length word is at `at`, all of it before `end`.
 *
 * A `t` other than 0 and 1 becomes true and a NaN any NaN; all other values encode to the same bytes,
 * and so does a table that names no key twice. Throws CodecError.
 */
export function decodeTable(view: DataView, bytes: Uint8Array, at: number, end: number): Table {
  return new TableReader(view, bytes, at).table(end, tableDepthMax);
}

function fieldSize(field: Field): number {
  switch (field.type) {
    case 'V':
      return 1;
    case 't':
    case 'b':
    case 'B':
      return 2;
    case 's':
    case 'u':
      return 3;
    case 'I':
    case 'i':
    case 'f':
      return 5;
    case 'D':
      return 6;
    case 'l':
    case 'L':
    case 'T':
    case 'd':
      return 9;
    case 'S':
    case 'x':
      return 5 + field.value.length;
    case 'F':
      return 1 + tableSize(field.value);
    case 'A': {
      let size = 5;
      for (const item of field.value) size += fieldSize(item);
      return size;
    }
  }
}

/** Bytes that `writeTable` will write, the length word included. */
export function tableSize(table: Table): number {
  let size = 4;
  for (const [key, field] of table) size += 1 + textSize(key) + fieldSize(field);
  return size;
}

function inRange(value: number, lowest: number, highest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new CodecError('SYNTAX_ERROR', `${value} is not in ${lowest}..${highest}`);
}

function writeField(view: DataView, bytes: Uint8Array, at: number, field: Field): number {
  view.setUint8(at, field.type.charCodeAt(0));
  const to = at + 1;
  switch (field.type) {
    case 'V':
      return to;
    case 't':
      view.setUint8(to, field.value ? 1 : 0);
      return to + 1;
    case 'b':
      view.setInt8(to, inRange(field.value, -0x80, 0x7f));
      return to + 1;
    case 'B':
      view.setUint8(to, inRange(field.value, 0, 0xff));
      return to + 1;
    case 's':
      view.setInt16(to, inRange(field.value, -0x8000, 0x7fff));
      return to + 2;
    case 'u':
      view.setUint16(to, inRange(field.value, 0, 0xffff));
      return to + 2;
    case 'I':
      view.setInt32(to, inRange(field.value, -0x8000_0000, 0x7fff_ffff));
      return to + 4;
    case 'i':
      view.setUint32(to, inRange(field.value, 0, 0xffff_ffff));
      return to + 4;
    case 'f':
      view.setFloat32(to, field.value);
      return to + 4;
    case 'd':
      view.setFloat64(to, field.value);
      return to + 8;
    case 'l':
    case 'L':
    case 'T':
      return writeWide(view, to, field.value, field.type === 'T');
    case 'D':
      view.setUint8(to, inRange(field.value.scale, 0, 0xff));
      view.setUint32(to + 1, inRange(field.value.unscaled, 0, 0xffff_ffff));
      return to + 5;
    case 'S':
    case 'x':
      view.setUint32(to, field.value.length);
      bytes.set(field.value, to + 4);
      return to + 4 + field.value.length;
    case 'F':
      return writeTable(view, bytes, to, field.value);
    case 'A':
      return writeArray(view, bytes, to, field.value);
  }
}

function writeWide(view: DataView, at: number, value: bigint, unsigned: boolean): number {
  const kept = unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
  if (kept !== value) throw new CodecError('SYNTAX_ERROR', `${value} does not fit in 64 bits`);
  view.setBigInt64(at, value);
  return at + 8;
}

function writeArray(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  items: readonly Field[],
): number {
  let to = at + 4;
  for (const item of items) to = writeField(view, bytes, to, item);
  view.setUint32(at, to - at - 4);
  return to;
}

/** Writes length word and fields at `at`, where there is room, and returns the offset behind them. */
export function writeTable(view: DataView, bytes: Uint8Array, at: number, table: Table): number {
  let to = at + 4;
  for (const [key, field] of table) {
    const keyEnd = writeText(bytes, to + 1, key);
    if (keyEnd - to - 1 > 0xff)
      throw new CodecError('SYNTAX_ERROR', 'a table key is over 255 bytes');
    view.setUint8(to, keyEnd - to - 1);
    to = writeField(view, bytes, keyEnd, field);
  }
  view.setUint32(at, to - at - 4);
  return to;
}

export function longstr(text: string): Field {
  return { type: 'S', value: encodeText(text) };
}

/** A whole number as RabbitMQ writes its own. */
export function int(value: number | bigint): Field {
  return { type: 'l', value: BigInt(value) };
}

export function bool(value: boolean): Field {
  return value ? trueField : falseField;
}

/** The text of a string field; undefined for every other type. */
export function textOf(field: Field | undefined): string | undefined {
  if (field?.type !== 'S') return undefined;
  return decodeText(field.value, 0, field.value.length);
}

/**
 * The number in a field of an integer type, undefined for every other type (`T` is no integer to
 * RabbitMQ). Beyond ±2^53 it is the nearest double, which is out of every argument's range.
 */
export function integerOf(field: Field | undefined): number | undefined {
  switch (field?.type) {
    case 'b':
    case 'B':
    case 's':
    case 'u':
    case 'I':
    case 'i':
      return field.value;
    case 'l':
    case 'L':
      return Number(field.value);
    default:
      return undefined;
  }
}

/** What `table()` takes for a field: strings become `S`, numbers and bigints `l`, booleans `t`. */
export type FieldLike = Field | string | number | bigint | boolean;

function fieldFrom(value: FieldLike): Field {
  if (typeof value === 'string') return longstr(value);
  if (typeof value === 'boolean') return bool(value);
  return typeof value === 'object' ? value : int(value);
}

/** A table from a plain object, in the order of its keys. */
export function table(fields: Readonly<Record<string, FieldLike>>): Table {
  return new Map(Object.entries(fields).map(([key, value]) => [key, fieldFrom(value)]));
}
