import { longstr } from '../codec/table.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { erlangTerm } from './erlang-term.ts';

/** A JSON value as RabbitMQ prints it once it is a term: `<<"text">>`, `[1,true]`, `#{<<"a">> => 1}`. */
export function jsonTerm(value: JsonValue): string {
  if (typeof value === 'string') return erlangTerm(longstr(value));
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return erlangTerm({ type: 'd', value });
  }
  if (isJsonObject(value)) {
    return `#{${entriesOf(value, (key, item) => `${key} => ${item}`)}}`;
  }
  if (typeof value === 'object' && value !== null) return `[${value.map(jsonTerm).join(',')}]`;
  return String(value);
}

/** A JSON object as the list of pairs that RabbitMQ makes of it: `[{<<"a">>,1}]`. */
export function jsonProplist(value: JsonObject): string {
  return `[${entriesOf(value, (key, item) => `{${key},${item}}`)}]`;
}

// In the order of Erlang's small maps.
function entriesOf(object: JsonObject, entry: (key: string, item: string) => string): string {
  return Object.entries(object)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => entry(jsonTerm(key), jsonTerm(item)))
    .join(',');
}
