import { FILTER_LENGTH_MAX, namePattern } from '../auth/name-pattern.ts';
import { badRequest, HttpError } from './http-error.ts';

/** Which part of a list is asked for. */
export interface Page {
  /** Counted from 1. */
  readonly number: number;
  readonly size: number;
  /** Which names are in the list at all. */
  readonly matches: (name: string) => boolean;
}

const SIZE_MAX = 500;
const SIZE_DEFAULT = 100;

/** What `page`, `page_size`, `name` and `use_regex` ask for; undefined without `page`. @throws HttpError */
export function pageOf(query: URLSearchParams): Page | undefined {
  const given = query.get('page');
  if (given === null) return undefined;
  const number = wholeOf(given);
  const size = wholeOf(query.get('page_size') ?? String(SIZE_DEFAULT));
  if (number < 1 || size < 1 || size > SIZE_MAX) {
    throw new HttpError(
      400,
      'invalid_pagination_parameters',
      `Invalid pagination parameters: page number ${number}, page size ${size}`,
    );
  }
  return { number, size, matches: nameFilter(query) };
}

/** The items of a page. @throws HttpError 400 for a page beyond the end */
export function cut<T>({ number, size }: Page, items: readonly T[]): readonly T[] {
  const from = (number - 1) * size;
  if (from <= items.length) return items.slice(from, from + size);
  throw new HttpError(
    400,
    'page_out_of_range',
    `Page out of range, page: ${number} page size: ${size}, len: ${items.length}`,
  );
}

function nameFilter(query: URLSearchParams): (name: string) => boolean {
  const name = query.get('name') ?? '';
  if (name === '') return () => true;
  if (query.get('use_regex') === 'true') return patternFilter(name);
  const part = name.toLowerCase();
  return (candidate) => candidate.toLowerCase().includes(part);
}

// What is no pattern matches nothing.
function patternFilter(source: string): (name: string) => boolean {
  try {
    const pattern = namePattern(source, { ignoreCase: true, maxLength: FILTER_LENGTH_MAX });
    return (name) => pattern.matches(name);
  } catch (error) {
    if (error instanceof SyntaxError) return () => false;
    throw error;
  }
}

function wholeOf(text: string): number {
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw badRequest('Pagination parameters are invalid');
}
