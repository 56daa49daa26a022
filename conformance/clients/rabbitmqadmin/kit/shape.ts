// What a command printed, reduced to what two brokers with the same objects must have in common: a
// set of lines. Of a table its columns, what stands in the columns that tell objects apart, and what
// kind of thing stands in the others; of JSON every path with the types found there.

import { basename } from 'node:path';

/** Names of this run that stand in outputs, and what is put in their place. */
export type Masks = ReadonlyMap<string, string>;

const IDENTITY = new Set(
  `Protocol auto_delete applyto apply-to apply_to arguments component configure consumer_tag
   default_queue_type definition deprecation_phase destination destination_type durable
   exclusive internal key metadata name operator_policy pattern policy priority properties_key
   queue_type read redelivered routing_key source stability state tags type user username value
   vhost write`.split(/\s+/),
);

export function masked(text: string, masks: Masks): string {
  let result = text
    .replaceAll(/\w+-cluster-id-[\w-]+/g, 'CLUSTER')
    .replaceAll(/127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+/g, 'CONNECTION')
    .replaceAll(/(%[0-9A-F]{2}|[\w.-])~[\w-]{6}(?![\w-])/g, '$1~HASH');
  for (const [from, to] of masks) result = result.replaceAll(from, to);
  return result;
}

/** Objects say the same in any order of their keys. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sortedKeys(each)]));
}

/** A value in full, with lists in an order of their own. */
export function canonical(value: unknown): string {
  const sorted = sortedKeys(value);
  if (!Array.isArray(sorted)) return JSON.stringify(sorted);
  return `[${sorted
    .map((each) => JSON.stringify(each))
    .sort()
    .join()}]`;
}

function told(cell: string): string {
  if (!cell.startsWith('{')) return cell;
  try {
    return canonical(JSON.parse(cell));
  } catch {
    return cell;
  }
}

function kind(cell: string): string {
  if (cell === '') return 'nothing';
  if (/^-?\d+(\.\d+)?(e[-+]?\d+)?%?$/.test(cell)) return 'number';
  return /^(true|false)$/i.test(cell) ? 'boolean' : 'text';
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Columns begin below the words of the first line. */
function borderlessTable(text: string): Table {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const starts = [...(lines[0] ?? '').matchAll(/\S+/g)].map(({ index }) => index);
  const [columns = [], ...rows] = lines.map((line) =>
    starts.map((start, at) => line.slice(start, starts[at + 1]).trim()),
  );
  return { title: '', columns, rows };
}

/** Rows of cells with something between them; the borders have neither letters nor digits. */
function drawnTable(text: string, separator: string): Table {
  const rows = text
    .split('\n')
    .filter((line) => /[\p{L}\p{N}]/u.test(line))
    .map((line) => {
      const cells = line.split(separator).map((cell) => cell.trim());
      if (cells[0] === '' && cells.length > 1 && separator !== '\t') cells.shift();
      if (cells.at(-1) === '' && separator !== '\t') cells.pop();
      return cells;
    });
  const [first = [], second] = rows;
  const titled = first.length === 1 && second !== undefined && second.length > 1;
  return {
    title: titled ? (first[0] ?? '') : '',
    columns: (titled ? second : first) ?? [],
    rows: rows.slice(titled ? 2 : 1),
  };
}

/** `--format=long` and `kvp` of the old tool: each row brings the columns along. */
function namedCells(rows: readonly (readonly (readonly [string, string])[])[]): Table {
  const columns = (rows[0] ?? []).map(([name]) => name);
  return { title: '', columns, rows: rows.map((row) => row.map(([, value]) => value)) };
}

function longTable(text: string): Table {
  const rows = text
    .split(/^-{80}$/m)
    .map((row) =>
      [...row.matchAll(/^ *([\w.-]+): (.*)$/gm)].map(
        ([, name = '', value = '']) => [name, value] as const,
      ),
    );
  return namedCells(rows.filter((row) => row.length > 0));
}

function pairTable(text: string): Table {
  const rows = text
    .trimEnd()
    .split('\n')
    .map((row) =>
      [...row.matchAll(/(?:^| )([\w.-]+)="(.*?)"(?= [\w.-]+="|$)/g)].map(
        ([, name = '', value = '']) => [name, value] as const,
      ),
    );
  return namedCells(rows);
}

/** Text values of a key in a list of facts are the broker's own. */
function tableLines({ title, columns, rows }: Table): string[] {
  const lines = new Set(title === '' ? [] : [`title: ${title}`]);
  lines.add(`columns: ${columns.join(', ')}`);
  const facts = columns.includes('key');
  for (const row of rows) {
    const cells = row.map((cell, at) => {
      const column = columns[at] ?? '';
      // Links to documents of RabbitMQ's own.
      if (column === 'doc_url') return '<link>';
      if (column === 'value' && facts) return `<${kind(cell)}>`;
      return IDENTITY.has(column) ? told(cell) : `<${kind(cell)}>`;
    });
    lines.add(`row: ${cells.join(' | ')}`);
  }
  return [...lines];
}

function jsonLines(value: unknown, path: string, lines: Set<string>): void {
  if (Array.isArray(value)) {
    if (value.length === 0) lines.add(`${path}: []`);
    for (const each of value) jsonLines(each, `${path}[]`, lines);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) lines.add(`${path}: {}`);
    for (const [key, each] of entries) {
      // Depends on how long a run takes.
      if (key === 'idle_since') continue;
      const next = `${path}.${key}`;
      if (IDENTITY.has(key) && typeof each === 'string' && path === '[]')
        lines.add(`${next}: ${JSON.stringify(each)}`);
      else jsonLines(each, next, lines);
    }
  } else lines.add(`${path}: ${value === null ? 'null' : typeof value}`);
}

function jsonShape(text: string): string[] {
  const lines = new Set<string>();
  jsonLines(JSON.parse(text), '', lines);
  return [...lines];
}

const SEPARATORS: Readonly<Record<string, string>> = {
  ascii: '|',
  dots: ':',
  markdown: '|',
  modern: '│',
  psql: '|',
  sharp: '│',
};

function plainLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `text: ${line}`);
}

/** What the old tool printed. */
function oldShape(run: string, text: string): string[] {
  const format = /--format=(\w+)/.exec(run)?.[1] ?? 'table';
  switch (format) {
    case 'long':
      return tableLines(longTable(text));
    case 'kvp':
      return tableLines(pairTable(text));
    case 'tsv':
      return tableLines(drawnTable(text, '\t'));
    default:
      return text.startsWith('+-') ? tableLines(drawnTable(text, '|')) : plainLines(text);
  }
}

/** What the new tool printed. */
function newShape(run: string, text: string): string[] {
  const style = /--table-style (\w+)/.exec(run)?.[1] ?? 'modern';
  if (run.includes('--non-interactive')) {
    return plainLines(text).map((line) => line.replace(/^(text: *\S*).*/, '$1'));
  }
  if (style === 'modern' && !text.startsWith('╭')) return plainLines(text);
  if (style === 'borderless') return tableLines(borderlessTable(text));
  return tableLines(drawnTable(text, SEPARATORS[style] ?? '│'));
}

/** The lines that a command's output comes to, sorted. */
export function shapeOf(tool: string, run: string, text: string, masks: Masks): string[] {
  // Masks would spoil JSON where they take the place of numbers.
  const lines = /^\s*[[{]/.test(text)
    ? jsonShape(text).map((line) => masked(line, masks))
    : tool === 'v1'
      ? oldShape(run, masked(text, masks))
      : newShape(run, masked(text, masks));
  return [...new Set(lines)].sort();
}

/** The shape of a file that a command wrote. */
export function fileShape(path: string, text: string, masks: Masks): string[] {
  return shapeOf('', '', text, masks).map((line) => `${basename(path)}: ${line}`);
}
