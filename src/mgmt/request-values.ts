import type { Table } from '../codec/table.ts';
import { emptyTable } from '../codec/table.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { badRequest } from './http-error.ts';
import { tableOf } from './json-table.ts';

// A term of this length no longer fits on a line of Erlang's.
const TERM_LENGTH_MAX = 78;

/** Refuses a body that lacks a key, in RabbitMQ's words. @throws HttpError 400 */
export function requireKeys(body: JsonObject, keys: readonly string[]): void {
  const missing = keys.filter((key) => body[key] === undefined);
  if (missing.length === 0) return;
  const terms = missing.map((key) => `{key_missing,${key}}`);
  const line = `[${terms.join(',')}]`;
  throw badRequest(line.length > TERM_LENGTH_MAX ? `[${terms.join(',\n ')}]` : line);
}

/** A boolean, also as text. @throws HttpError 400 */
export function booleanOf(value: JsonValue | undefined, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw badRequest(['not_boolean', value]);
}

/** A number, also as text; what lies behind the point goes. @throws HttpError 400 */
export function integerOf(value: JsonValue): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Math.trunc(Number(value));
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) return Number(value);
  throw badRequest(['not_integer', value]);
}

/** @throws HttpError 400 */
export function textOf(value: JsonValue | undefined, key: string, otherwise: string): string {
  if (value === undefined) return otherwise;
  if (typeof value === 'string') return value;
  throw badRequest(['not_string', key]);
}

/** The arguments of a declaration; a list without items counts as none. @throws HttpError 400 */
export function argumentsOf(body: JsonObject): Table {
  const { arguments: given } = body;
  if (given === undefined || (Array.isArray(given) && given.length === 0)) return emptyTable;
  if (!isJsonObject(given)) throw badRequest(['not_object', 'arguments']);
  return tableOf(given);
}
