import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';

/** A table of arguments as RabbitMQ's tools print it: `[{"x-max-length",5}]`. */
export function argumentsTerm(table: JsonObject): string {
  const pairs = Object.entries(table)
    // Tables are sorted on their way into RabbitMQ.
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `{${quoted(key)},${term(value)}}`);
  return `[${pairs.join(',')}]`;
}

function term(value: JsonValue): string {
  if (typeof value === 'string') return quoted(value);
  if (isJsonList(value)) return `[${value.map(term).join(',')}]`;
  if (isJsonObject(value)) return argumentsTerm(value);
  return value === null ? 'undefined' : String(value);
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
