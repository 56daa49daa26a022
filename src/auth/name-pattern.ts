/** One permission's regular expression over names of queues and exchanges. */
export interface NamePattern {
  readonly source: string;
  /** Holds of every name, so that nobody need ask. */
  readonly matchesAll: boolean;
  matches(name: string): boolean;
}

// `^.*$` is not one of them: names may hold line feeds, which a dot does not match.
const EVERYTHING: ReadonlySet<string> = new Set(['.*', '^.*', '.*$']);

// What PCRE writes otherwise than JavaScript: the ends of the text.
const RESPELT: ReadonlyMap<string, string> = new Map([
  ['\\A', '^'],
  ['\\Z', '$'],
  ['\\z', '$'],
]);

/**
 * A pattern as RabbitMQ reads it: found anywhere in the name unless anchored, and empty text stands
 * for `^$`, which matches nothing but the empty name.
 * @throws SyntaxError when the text is no regular expression
 */
export function namePattern(source: string): NamePattern {
  const [flags, body] = splitFlags(source);
  const text = body.replaceAll(/\\[\s\S]/g, (pair) => RESPELT.get(pair) ?? pair);
  const expression = new RegExp(source === '' ? '^$' : text, flags);
  return {
    source,
    matchesAll: EVERYTHING.has(source),
    matches: (name) => expression.test(name),
  };
}

// PCRE sets options in front, `(?i)name`; JavaScript takes them apart.
function splitFlags(source: string): [flags: string, body: string] {
  const found = /^\(\?([ims]+)\)/.exec(source);
  return found === null ? ['', source] : [found[1] ?? '', source.slice(found[0].length)];
}
