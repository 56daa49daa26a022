import type { JsonValue } from '../kit/json.ts';

/** What of an object is wanted: for each key the rest of the wanted paths, or `all` of the value. */
export type Columns = ReadonlyMap<string, 'all' | Columns>;

/** The paths of `columns=a,b.c.d`; undefined where nothing is left out. */
export function columnsOf(query: URLSearchParams): Columns | undefined {
  const given = query.get('columns');
  if (given === null || given === '') return undefined;
  const root: Tree = new Map();
  for (const column of given.split(',')) plant(root, column.split('.'));
  return root;
}

/**
 * The wanted part of a value. Lists are looked through; an object of which nothing is wanted is an
 * empty list, as it is in RabbitMQ.
 */
export function project(value: JsonValue, columns: Columns): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => project(item, columns));
  const wanted: [string, JsonValue][] = [];
  for (const [key, rest] of columns) {
    const member = value[key];
    if (member === undefined) continue;
    wanted.push([key, rest === 'all' ? member : project(member, rest)]);
  }
  return wanted.length === 0 ? [] : Object.fromEntries(wanted);
}

type Tree = Map<string, 'all' | Tree>;

function plant(tree: Tree, [key = '', ...rest]: readonly string[]): void {
  const below = tree.get(key);
  if (below === 'all') return;
  if (rest.length === 0) {
    tree.set(key, 'all');
    return;
  }
  const branch = below ?? new Map();
  tree.set(key, branch);
  plant(branch, rest);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
