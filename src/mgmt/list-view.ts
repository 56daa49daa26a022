import { afterReads } from '../kit/clock.ts';
import type { JsonObject, JsonValue } from '../kit/json.ts';
import { jsonText } from '../kit/json-text.ts';
import { type Columns, columnsOf, project } from './columns.ts';
import { type Answer, type Call, ok } from './endpoint.ts';
import { cut, type Page, pageOf } from './paging.ts';
import { compareKeys, type SortKey, valueAt } from './sorting.ts';
import { WrittenJson } from './written-json.ts';

/** How a list is shown. */
export interface ListOptions {
  /** Whether `page` means something; plain lists know nothing of it. */
  readonly paged: boolean;
  /** What it is sorted by unless the request says otherwise, and after what the request says. */
  readonly order?: readonly string[];
}

/** How a list of things is shown of which a view is built only when it is needed. */
export interface LazyListOptions<T> extends ListOptions {
  readonly view: (subject: T) => JsonObject;
  /**
   * Keys of the view that can be had without it, by their paths; those of `order` and `name`, where it
   * has names, belong to them. A list that is sorted by one of them builds the views of one page, and
   * one that shows no other columns builds none.
   */
  readonly keys: Readonly<Record<string, (subject: T) => SortKey>>;
}

const ORDER: readonly string[] = ['vhost', 'name'];
// Lists of more are made bit by bit, so that messages get their turn in between.
const AT_ONCE_MAX = 200;
// Views between two turns of the event loop: some milliseconds.
const STEP = 50;

/** A list as the request wants it: sorted, cut to a page, reduced to columns. @throws HttpError 400 */
export function listed(call: Call, items: readonly JsonObject[], options: ListOptions): Answer {
  return listedLazily(call, items, { ...options, view: (item) => item, keys: {} });
}

/** The same for things that are not views yet. @throws HttpError 400 */
export function listedLazily<T>(
  call: Call,
  subjects: readonly T[],
  options: LazyListOptions<T>,
): Answer {
  const page = options.paged ? pageOf(call.query) : undefined;
  const list = new List(call.query, subjects, options);
  if (subjects.length > AT_ONCE_MAX) return { status: 200, later: () => list.inSteps(page) };
  return list.atOnce(page);
}

/** One object, reduced to the columns that the request wants. */
export function projected({ query }: Call, object: JsonObject): Answer {
  const columns = columnsOf(query);
  return ok(columns === undefined ? object : project(object, columns));
}

/** A thing in a list, and its view once somebody has asked for it. */
class Row<T> {
  readonly subject: T;
  readonly #build: (subject: T) => JsonObject;
  #view: JsonObject | undefined = undefined;

  constructor(subject: T, build: (subject: T) => JsonObject) {
    this.subject = subject;
    this.#build = build;
  }

  get view(): JsonObject {
    return this.build();
  }

  build(): JsonObject {
    this.#view ??= this.#build(this.subject);
    return this.#view;
  }

  /** The view of a row that is not looked at again. */
  lastView(): JsonObject {
    return this.#view ?? this.#build(this.subject);
  }
}

class List<T> {
  readonly #rows: readonly Row<T>[];
  readonly #options: LazyListOptions<T>;
  readonly #columns: Columns | undefined;
  readonly #sortedBy: string;
  readonly #reversed: boolean;

  constructor(query: URLSearchParams, subjects: readonly T[], options: LazyListOptions<T>) {
    this.#options = options;
    this.#columns = columnsOf(query);
    this.#sortedBy = query.get('sort') ?? '';
    this.#reversed = query.get('sort_reverse') === 'true';
    const build = this.#cheapView() ?? options.view;
    this.#rows = subjects.map((subject) => new Row(subject, build));
  }

  atOnce(page: Page | undefined): Answer {
    if (page !== undefined) return this.#cut(page);
    return ok(this.#sorted(this.#rows).map((row) => this.#shown(row)));
  }

  async inSteps(page: Page | undefined): Promise<Answer> {
    await this.#buildWhatSortingNeeds();
    if (page !== undefined) return this.#cut(page);
    const parts: Buffer[] = [];
    const sorted = this.#sorted(this.#rows);
    for (let from = 0; from < sorted.length; from += STEP) {
      const texts = sorted.slice(from, from + STEP).map((row) => jsonText(this.#shown(row)));
      parts.push(Buffer.from(`${from === 0 ? '[' : ','}${texts.join(',')}`));
      await turn();
    }
    parts.push(Buffer.from(']'));
    return { status: 200, written: new WrittenJson(Buffer.concat(parts)) };
  }

  #cut(page: Page): Answer {
    const matching = this.#rows.filter((row) => page.matches(this.#nameOf(row)));
    const items = cut(page, this.#sorted(matching)).map((row) => this.#shown(row));
    return ok({
      filtered_count: matching.length,
      item_count: items.length,
      items,
      page: page.number,
      page_count: Math.ceil(matching.length / page.size),
      page_size: page.size,
      total_count: this.#rows.length,
    });
  }

  async #buildWhatSortingNeeds(): Promise<void> {
    if (this.#sortKeys().every((path) => this.#options.keys[path] !== undefined)) return;
    for (const [index, row] of this.#rows.entries()) {
      row.build();
      if (index % STEP === 0) await turn();
    }
  }

  #sorted(rows: readonly Row<T>[]): readonly Row<T>[] {
    const keys = this.#sortKeys().map((path) => this.#key(path));
    const keyed = rows.map((row) => ({ row, keys: keys.map((key) => key(row)) }));
    keyed.sort((a, b) => compareAll(a.keys, b.keys));
    if (this.#reversed) keyed.reverse();
    return keyed.map(({ row }) => row);
  }

  #sortKeys(): readonly string[] {
    const { order = ORDER } = this.#options;
    return this.#sortedBy === '' ? order : [this.#sortedBy, ...order];
  }

  #nameOf(row: Row<T>): string {
    const name = this.#key('name')(row);
    return typeof name === 'string' ? name : '';
  }

  #key(path: string): (row: Row<T>) => SortKey {
    const cheap = this.#options.keys[path];
    if (cheap !== undefined) return (row) => cheap(row.subject);
    return (row) => valueAt(row.view, path);
  }

  #shown(row: Row<T>): JsonValue {
    const view = row.lastView();
    return this.#columns === undefined ? view : project(view, this.#columns);
  }

  // A view of nothing but columns that can be had without the whole; undefined where others are wanted.
  #cheapView(): ((subject: T) => JsonObject) | undefined {
    const { keys, paged } = this.#options;
    if (this.#columns === undefined) return undefined;
    const wanted = [...this.#columns.keys()];
    const needed = [...wanted, ...this.#sortKeys(), ...(paged ? ['name'] : [])];
    if (!needed.every((path) => keys[path] !== undefined)) return undefined;
    return (subject) => {
      const shown: { [key: string]: JsonValue } = {};
      for (const path of wanted) {
        const value = keys[path]?.(subject);
        if (value !== undefined) shown[path] = value;
      }
      return shown;
    };
  }
}

function compareAll(a: readonly SortKey[], b: readonly SortKey[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareKeys(a[i], b[i]);
    if (order !== 0) return order;
  }
  return 0;
}

function turn(): Promise<void> {
  return new Promise((resolve) => afterReads(resolve));
}
