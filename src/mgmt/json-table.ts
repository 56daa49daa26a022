import { type Field, longstr, type Table, tableDepthMax } from '../codec/table.ts';
import { decodeStrictText, textSize } from '../codec/text.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { badRequest } from './http-error.ts';

const KEY_BYTES_MAX = 255;
const BASE64_LINE = 60;

/**
 * Arguments or headers that came as JSON: whole numbers become `l`, others `d`, texts `S`, booleans
 * `t`, objects `F`, arrays `A`. Keys are in their order, as RabbitMQ keeps them.
 * @throws HttpError 400 for null, numbers over 64 bits, keys over 255 bytes, and what is too deep
 */
export function tableOf(json: JsonObject): Table {
  return tableAt(json, tableDepthMax);
}

/**
 * A field table as JSON. 64-bit integers that a double cannot hold are bigints. Bytes that are not UTF-8
 * come in RabbitMQ's words: `Not UTF-8, base64 is: …`.
 */
export function jsonOf(table: Table): JsonObject {
  return Object.fromEntries([...table].map(([key, field]) => [key, jsonOfField(field)]));
}

/** One field as JSON. */
function jsonOfField(field: Field): JsonValue {
  switch (field.type) {
    case 'S':
    case 'x':
      return textOfBytes(field.value);
    case 'F':
      return jsonOf(field.value);
    case 'A':
      return field.value.map(jsonOfField);
    case 'l':
    case 'L':
    case 'T':
      return numberOf(field.value);
    case 'D':
      return field.value.unscaled / 10 ** field.value.scale;
    case 'f':
    case 'd':
      // JSON has no words for these.
      return Number.isFinite(field.value) ? field.value : String(field.value);
    default:
      return field.value;
  }
}

/** UTF-8 as text, other bytes in RabbitMQ's words. */
function textOfBytes(bytes: Uint8Array): string {
  try {
    return decodeStrictText(bytes, 0, bytes.length);
  } catch {
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
    const lines = base64.match(new RegExp(`.{1,${BASE64_LINE}}`, 'g')) ?? [];
    const ended = base64.length % BASE64_LINE === 0 ? [...lines, ''] : lines;
    return `Not UTF-8, base64 is: ${ended.join('\n')}`;
  }
}

/** A 64-bit integer as a number where that is exact. */
function numberOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function tableAt(json: JsonObject, depth: number): Table {
  if (depth === 0) throw badRequest('arguments are nested too deep');
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(entries.map(([key, value]) => [checkedKey(key), fieldOf(value, depth)]));
}

function fieldOf(value: JsonValue, depth: number): Field {
  if (isJsonObject(value)) return { type: 'F', value: tableAt(value, depth - 1) };
  switch (typeof value) {
    case 'string':
      return longstr(value);
    case 'boolean':
      return { type: 't', value };
    case 'number':
      return Number.isInteger(value) ? longOf(BigInt(value)) : { type: 'd', value };
    case 'bigint':
      return longOf(value);
    default:
      if (value === null) throw badRequest('null_not_allowed');
      return { type: 'A', value: itemsOf(value, depth - 1) };
  }
}

function itemsOf(items: readonly JsonValue[], depth: number): readonly Field[] {
  if (depth === 0) throw badRequest('arguments are nested too deep');
  return items.map((item) => fieldOf(item, depth));
}

function longOf(value: bigint): Field {
  if (BigInt.asIntN(64, value) !== value) throw badRequest(`${value} does not fit in 64 bits`);
  return { type: 'l', value };
}

function checkedKey(key: string): string {
  if (textSize(key) <= KEY_BYTES_MAX) return key;
  throw badRequest('an argument has a name of more than 255 bytes');
}
