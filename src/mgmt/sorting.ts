import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';

/** A value to sort by; undefined where there is none. */
export type SortKey = JsonValue | undefined;

/** The value at a path such as `message_stats.publish_details.rate`. */
export function valueAt(item: JsonObject, path: string): SortKey {
  const whole = item[path];
  if (whole !== undefined || !path.includes('.')) return whole;
  let value: SortKey = item;
  for (const key of path.split('.')) {
    if (!isJsonObject(value)) return undefined;
    value = value[key];
  }
  return value;
}

/** Erlang's order of terms, in which RabbitMQ sorts; what is missing comes first. */
export function compareKeys(a: SortKey, b: SortKey): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  const ranks = rankOf(a) - rankOf(b);
  if (ranks !== 0) return ranks;
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : Number(a > b);
  if (typeof a === 'object' && typeof b === 'object') {
    return compareTexts(JSON.stringify(a), JSON.stringify(b));
  }
  return compareTexts(String(a), String(b));
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function isNumber(value: SortKey): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

// Numbers come before atoms (true, false, null), those before lists and maps, binaries last.
function rankOf(value: SortKey): number {
  if (value === undefined) return 0;
  if (isNumber(value)) return 1;
  if (typeof value === 'boolean' || value === null) return 2;
  return typeof value === 'object' ? 3 : 4;
}
