import { RE2JS, RE2JSException } from 're2js';
import { splitLookAheads } from './look-aheads.ts';

/** A regular expression over names: of queues, exchanges, routing keys. */
export interface NamePattern {
  readonly source: string;
  /** Holds of every name, so that nobody need ask. */
  readonly matchesAll: boolean;
  matches(name: string): boolean;
}

export interface PatternOptions {
  /** `A` matches `a` as well. */
  readonly ignoreCase?: boolean;
  /** Characters; no limit by default. */
  readonly maxLength?: number;
}

/** Characters of a filter that somebody types: what RabbitMQ takes. */
export const FILTER_LENGTH_MAX = 1024;

// `^.*$` is not one of them: names may hold line feeds, which a dot does not match.
const EVERYTHING: ReadonlySet<string> = new Set(['.*', '^.*', '.*$']);

// What PCRE writes otherwise than RE2; texts between \Q and \E stay as they are.
const ESCAPED = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]/g;
const RESPELT: ReadonlyMap<string, string> = new Map([
  ['\\Z', '\\z'],
  ['\\_', '_'],
]);

// A match takes time in proportion to the name and to this.
const INSTRUCTIONS_MAX = 20_000;

/**
 * A pattern as RabbitMQ reads it: found anywhere in the name unless anchored, and empty text stands
 * for `^$`, which matches nothing but the empty name. Matching takes time linear in the name.
 *
 * PCRE's backreferences, possessive quantifiers, atomic groups and free spacing are not taken, and
 * look-aheads only where they begin an anchored pattern, as in `^(?!amq\.)`.
 * @throws SyntaxError when the text is no regular expression, or one that is not taken
 */
export function namePattern(source: string, options: PatternOptions = {}): NamePattern {
  const { ignoreCase = false, maxLength = Infinity } = options;
  if (source.length > maxLength) {
    throw new SyntaxError(`a regular expression of more than ${maxLength} characters`);
  }
  const text = source.replaceAll(ESCAPED, (pair) => RESPELT.get(pair) ?? pair);
  const { conditions, rest } = splitLookAheads(source === '' ? '^$' : text);
  const flags = RE2JS.LOOKBEHINDS | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  const expression = compile(source, rest, flags);
  const compiled = conditions.map(({ pattern, holds }) => {
    const condition = compile(source, pattern, flags);
    return (name: string): boolean => condition.test(name) === holds;
  });
  return {
    source,
    matchesAll: EVERYTHING.has(source),
    matches: (name) => expression.test(name) && compiled.every((holds) => holds(name)),
  };
}

/** A pattern that matches this text and no other. */
export function literally(text: string): string {
  return RE2JS.quote(text);
}

function compile(source: string, text: string, flags: number): RE2JS {
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(text, flags);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new SyntaxError(`${reason(error.message)} in regular expression '${source}'`);
  }
  if (expression.programSize() <= INSTRUCTIONS_MAX) return expression;
  throw new SyntaxError(`too many repetitions in regular expression '${source}'`);
}

function reason(message: string): string {
  const text = message.replace(/^error parsing regexp: /, '');
  if (/`\(\?[=!]/.test(text))
    return 'look-ahead is taken at the start only, as in ^(?!amq\\.), not';
  if (/`\\[1-9gk]/.test(text)) return 'backreferences are not taken,';
  return text;
}
