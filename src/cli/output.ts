import type { JsonObject, JsonValue } from '../kit/json.ts';
import { jsonText } from '../kit/json-text.ts';
import { type Column, cellText, type Format, tableText } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface OutputOptions {
  readonly format: Format;
  /** No headings of what is done. */
  readonly isQuiet: boolean;
  /** Headings of columns. */
  readonly headers: boolean;
}

/** What a command prints, in the format that was asked for. */
export class Output {
  readonly #terminal: Terminal;
  readonly #options: OutputOptions;

  constructor(terminal: Terminal, options: OutputOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /** Whether programs read it. */
  get isForPrograms(): boolean {
    return this.#options.format === 'json' || this.#options.format === 'csv';
  }

  get isJson(): boolean {
    return this.#options.format === 'json';
  }

  /** What is about to be done. */
  heading(text: string): void {
    if (!this.isForPrograms && !this.#options.isQuiet) this.#line(cellText(text));
  }

  /** What came of it. */
  result(text: string): void {
    if (this.isJson) this.#line(jsonText({ result: 'ok', message: text }));
    else this.#line(cellText(text));
  }

  /** What came of it, for those who want to know. */
  remark(text: string): void {
    if (!this.isForPrograms && !this.#options.isQuiet) this.#line(cellText(text));
  }

  rows(columns: readonly Column[], objects: readonly JsonObject[]): void {
    const { format, headers } = this.#options;
    const isBold = this.#terminal.isRead.output;
    this.#terminal.write(tableText(columns, objects, format, { headers, isBold }));
  }

  /** A value as JSON, whatever the format. */
  json(value: JsonValue): void {
    this.#line(jsonText(value));
  }

  /** Titles with lines below each; the value itself for programs. */
  sections(parts: readonly Section[], value: JsonObject): void {
    if (this.isJson) {
      this.json(value);
      return;
    }
    const isBold = this.#terminal.isRead.output;
    const blocks = parts.map(({ title, lines }) => {
      const head = title === '' ? [] : [isBold ? `\u001b[1m${title}\u001b[0m` : title, ''];
      return [...head, ...lines.map(cellText)].join('\n');
    });
    this.#line(blocks.join('\n\n'));
  }

  /** Text that is printed as it is. */
  text(text: string): void {
    this.#terminal.write(text);
  }

  #line(text: string): void {
    this.#terminal.write(`${text}\n`);
  }
}

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}
