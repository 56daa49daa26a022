import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { jsonText } from '../kit/json-text.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import type { Column } from './table.ts';

/** A column of a list that the HTTP API gives. */
export interface ApiColumn extends Column {
  /** Where it stands in the API's object: keys with dots between them. */
  readonly path: string;
}

/** A column, the heading first; its path if that is spelt otherwise. */
export function column(name: string, path = name): ApiColumn {
  return { name, path, of: (object) => valueAt(object, path) };
}

/** A column of objects that are shown as JSON. */
export function jsonColumn(name: string, path = name): ApiColumn {
  return { name, path, of: (object) => jsonText(valueAt(object, path)) };
}

export function columns(...names: readonly string[]): readonly ApiColumn[] {
  return names.map((name) => column(name));
}

/**
 * The columns that somebody asks for by name, or the first `initial` of them. A name with a dot in it is
 * a path in the API's object.
 * @throws CommandError for names that mean nothing
 */
export function chosen(
  known: readonly ApiColumn[],
  names: readonly string[],
  initial: readonly string[],
): readonly ApiColumn[] {
  const wanted = names.flatMap((name) => name.split(',')).filter((name) => name !== '');
  const strangers = wanted.filter(
    (name) => !name.includes('.') && !known.some((each) => each.name === name),
  );
  if (strangers.length > 0) {
    const keys = strangers.join(', ');
    throw new CommandError(exitCodes.usage, `Info key(s) ${keys} are not supported`);
  }
  const shown = wanted.length === 0 ? initial : wanted;
  return shown.map((name) => known.find((each) => each.name === name) ?? column(name));
}

/** The query by which the API leaves out what is not shown. */
export function queryFor(shown: readonly ApiColumn[]): string {
  const paths = [...new Set(shown.map(({ path }) => path))];
  return `columns=${encodeURIComponent(paths.join(','))}`;
}

function valueAt(object: JsonObject, path: string): JsonValue {
  const direct = object[path];
  if (direct !== undefined) return direct;
  let value: JsonValue = object;
  for (const key of path.split('.')) {
    if (!isJsonObject(value)) return null;
    value = value[key] ?? null;
  }
  return value;
}
