import { isJsonList, type JsonValue } from './json.ts';

// `JSON` rounds whole numbers beyond ±2^53 when it reads and throws a TypeError at bigints when it
// writes. Hardly any text has such numbers, so that it does the work, and this file the rest.

/** Sixteen digits or more: what may be beyond 2^53. */
const LONG_NUMBER = /\d{16}/;

/** JSON without spaces. Bigints are written digit by digit. */
export function jsonText(value: JsonValue): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError) return writtenOut(value);
    throw error;
  }
}

/** @throws SyntaxError */
export function parseJson(text: string): JsonValue {
  const parsed: JsonValue = JSON.parse(text);
  return LONG_NUMBER.test(text) ? new JsonReader(text).value() : parsed;
}

function writtenOut(value: JsonValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isJsonList(value)) return `[${value.map(writtenOut).join(',')}]`;
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${JSON.stringify(key)}:${writtenOut(member)}`],
  );
  return `{${members.join(',')}}`;
}

/** Reads a text that `JSON.parse` has found well formed. */
class JsonReader {
  readonly #tokens: Iterator<RegExpMatchArray>;
  #token = '';

  constructor(text: string) {
    this.#tokens = text.matchAll(/"(?:\\.|[^"\\])*"|[-\d][-+.\deE]*|true|false|null|[[\]{}]/g);
    this.#next();
  }

  value(): JsonValue {
    const token = this.#token;
    if (token === '[') return this.#list();
    if (token === '{') return this.#object();
    this.#next();
    return /^-?\d+$/.test(token) ? wholeNumber(token) : JSON.parse(token);
  }

  #list(): JsonValue {
    const list: JsonValue[] = [];
    this.#next();
    while (this.#token !== ']') list.push(this.value());
    this.#next();
    return list;
  }

  #object(): JsonValue {
    const members: [string, JsonValue][] = [];
    this.#next();
    while (this.#token !== '}') {
      const key = String(JSON.parse(this.#token));
      this.#next();
      members.push([key, this.value()]);
    }
    this.#next();
    return Object.fromEntries(members);
  }

  #next(): void {
    this.#token = this.#tokens.next().value?.[0] ?? '';
  }
}

function wholeNumber(digits: string): number | bigint {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}
