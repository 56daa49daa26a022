import {
  decodeTable,
  type Field,
  integerOf,
  type Table,
  tableSize,
  textOf,
  writeTable,
} from '../codec/table.ts';
import { writeText } from '../codec/text.ts';
import type { JsonValue } from '../kit/json.ts';
import { jsonText, parseJson } from '../kit/json-text.ts';

const LENGTH_BYTES = 4;
const FIRST_BYTES = 16 * 1024;
// The longest UTF-8 of one UTF-16 unit.
const UNIT_BYTES = 3;

/**
 * Writes a fact's payload: a field table, with its length in front. It is what `writeTable` would make
 * of the fields, without a table in between, for there may be very many of them at once.
 */
export class FieldWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = LENGTH_BYTES;

  text(name: string, value: string): void {
    this.#key(name, 'S', LENGTH_BYTES + value.length * UNIT_BYTES);
    this.#string(value);
  }

  number(name: string, value: number): void {
    this.#key(name, 'l', 8);
    this.#view.setBigInt64(this.#at, BigInt(value));
    this.#at += 8;
  }

  flag(name: string, value: boolean): void {
    this.#key(name, 't', 1);
    this.#view.setUint8(this.#at, value ? 1 : 0);
    this.#at += 1;
  }

  texts(name: string, values: readonly string[]): void {
    this.#key(name, 'A', LENGTH_BYTES);
    const start = this.#at;
    this.#at += LENGTH_BYTES;
    for (const value of values) {
      this.#room(1 + LENGTH_BYTES + value.length * UNIT_BYTES);
      this.#type('S');
      this.#string(value);
    }
    this.#view.setUint32(start, this.#at - start - LENGTH_BYTES);
  }

  json(name: string, value: JsonValue): void {
    this.text(name, jsonText(value));
  }

  table(name: string, value: Table): void {
    this.#key(name, 'F', tableSize(value));
    this.#at = writeTable(this.#view, this.#bytes, this.#at, value);
  }

  /** What has been written; the next field is the first of another payload. */
  take(): Uint8Array {
    this.#view.setUint32(0, this.#at - LENGTH_BYTES);
    const payload = this.#bytes.slice(0, this.#at);
    this.#at = LENGTH_BYTES;
    return payload;
  }

  #key(name: string, type: string, valueBytes: number): void {
    this.#room(2 + name.length * UNIT_BYTES + valueBytes);
    const end = writeText(this.#bytes, this.#at + 1, name);
    this.#view.setUint8(this.#at, end - this.#at - 1);
    this.#at = end;
    this.#type(type);
  }

  #type(type: string): void {
    this.#view.setUint8(this.#at, type.charCodeAt(0));
    this.#at += 1;
  }

  #string(value: string): void {
    const end = writeText(this.#bytes, this.#at + LENGTH_BYTES, value);
    this.#view.setUint32(this.#at, end - this.#at - LENGTH_BYTES);
    this.#at = end;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** @throws CodecError when the payload is no field table */
export function fieldsOf(kind: number, payload: Uint8Array): Fields {
  // Text is taken out of a Buffer several times faster.
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return new Fields(kind, decodeTable(view, bytes, 0, bytes.length));
}

/** What a fact says, field by field. */
export class Fields {
  readonly #kind: number;
  readonly #table: Table;

  constructor(kind: number, table: Table) {
    this.#kind = kind;
    this.#table = table;
  }

  has(name: string): boolean {
    return this.#table.has(name);
  }

  text(name: string): string {
    return this.#given(name, textOf(this.#table.get(name)));
  }

  number(name: string): number {
    return this.#given(name, integerOf(this.#table.get(name)));
  }

  flag(name: string): boolean {
    const field = this.#table.get(name);
    return this.#given(name, field?.type === 't' ? field.value : undefined);
  }

  table(name: string): Table {
    const field = this.#table.get(name);
    return this.#given(name, field?.type === 'F' ? field.value : undefined);
  }

  json(name: string): JsonValue {
    try {
      return parseJson(this.text(name));
    } catch {
      throw this.fault(name);
    }
  }

  texts(name: string): readonly string[] {
    const field = this.#table.get(name);
    const items: readonly Field[] | undefined = field?.type === 'A' ? field.value : undefined;
    return this.#given(name, items).map((item) => this.#given(name, textOf(item)));
  }

  /** What to throw for a field that is not there, or is not what it should be. */
  fault(name: string): Error {
    return new Error(`a definition in the log (kind ${this.#kind}) has no usable '${name}'`);
  }

  #given<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw this.fault(name);
    return value;
  }
}
