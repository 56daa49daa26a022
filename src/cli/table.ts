import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { jsonText } from '../kit/json-text.ts';
import { argumentsTerm } from './erlang-term.ts';

/** How lists are printed. */
export const formats = ['table', 'pretty_table', 'csv', 'json'] as const;
export type Format = (typeof formats)[number];

/** A column of a list: its heading, and what of an object stands below it. */
export interface Column {
  readonly name: string;
  of(object: JsonObject): JsonValue;
}

export type Rows = readonly (readonly JsonValue[])[];

/** A list with a line for each row, the last one ended too; nothing if a table has no rows. */
export function tableText(
  columns: readonly Column[],
  objects: readonly JsonObject[],
  format: Format,
  { headers, isBold = false }: { readonly headers: boolean; readonly isBold?: boolean },
): string {
  const names = columns.map(({ name }) => name);
  const rows = objects.map((object) => columns.map((column) => column.of(object)));
  if (format === 'json') return jsonList(names, rows);
  if (format === 'csv') return csv(names, rows, headers);
  if (rows.length === 0) return '';
  if (format === 'pretty_table') return framed(names, rows, headers, isBold);
  const lines = [...(headers ? [names] : []), ...rows.map((row) => row.map(cellText))];
  return lines.map((cells) => `${cells.join('\t')}\n`).join('');
}

/** A value as it stands in a cell: on one line, and without what would move a terminal's cursor. */
export function cellText(value: JsonValue): string {
  return plainText(value).replaceAll(/[\p{Cc}\u2028\u2029]/gu, escaped);
}

function plainText(value: JsonValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  // Tags, arguments: what RabbitMQ's tools print is Erlang's spelling.
  if (isJsonList(value)) return `[${value.map(plainText).join(', ')}]`;
  return isJsonObject(value) ? argumentsTerm(value) : String(value);
}

const SHORT_ESCAPES = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return SHORT_ESCAPES.get(character) ?? `\\u${code.toString(16).padStart(4, '0')}`;
}

function jsonList(names: readonly string[], rows: Rows): string {
  const objects = rows.map((row) =>
    jsonText(Object.fromEntries(names.map((name, i) => [name, row[i] ?? '']))),
  );
  return `[\n${objects.join('\n,')}${objects.length === 0 ? '' : '\n'}]\n`;
}

function csv(names: readonly string[], rows: Rows, headers: boolean): string {
  const lines = [...(headers ? [names] : []), ...rows];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

function csvCell(value: JsonValue): string {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value);
  }
  return `"${plainText(value).replaceAll('"', '""')}"`;
}

function framed(names: readonly string[], rows: Rows, headers: boolean, isBold: boolean): string {
  const texts = rows.map((row) => row.map(cellText));
  const all = headers ? [names, ...texts] : texts;
  const widths = names.map((_, i) => Math.max(...all.map((cells) => lengthOf(cells[i] ?? ''))));
  const rule = (left: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}\n`;
  const line = (cells: readonly string[], paint: (text: string) => string): string => {
    const padded = cells.map((cell, i) => {
      const gap = ' '.repeat((widths[i] ?? 0) - lengthOf(cell));
      return ` ${paint(cell)}${gap} `;
    });
    return `│${padded.join('│')}│\n`;
  };
  const head = headers
    ? [line(names, (text) => (isBold ? `\u001b[1m${text}\u001b[0m` : text))]
    : [];
  const body = [...head, ...texts.map((cells) => line(cells, (text) => text))];
  return [rule('┌', '┬', '┐'), body.join(rule('├', '┼', '┤')), rule('└', '┴', '┘')].join('');
}

// In characters, not in halves of them.
function lengthOf(text: string): number {
  return [...text].length;
}
