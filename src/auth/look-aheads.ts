/** What a pattern is split into: all of it holds of a name, or the pattern does not match. */
export interface SplitPattern {
  readonly conditions: readonly {
    readonly pattern: string;
    /** Whether it has to match, or must not. */
    readonly holds: boolean;
  }[];
  readonly rest: string;
}

// Options in front, then the start of the text.
const ANCHORED = /^(\(\?[is]+\))?(?:\^|\\A)/;
const LOOK_AHEAD = /^\(\?[=!]/;
const QUANTIFIER = /^[*+?{]/;
// Quoted text, an escape, a class of characters, or a single character.
const TOKEN = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|[\s\S]/g;

/**
 * Takes the look-aheads off an anchored pattern: `^(?!amq\.)(?=a).*` matches what `^.*` and `^(?:a)`
 * match and `^(?:amq\.)` does not. Engines of linear time have no look-aheads, and everybody's
 * policies have this one. A pattern of another form stays as it is.
 */
export function splitLookAheads(text: string): SplitPattern {
  const whole = { conditions: [], rest: text };
  const anchored = ANCHORED.exec(text);
  if (anchored === null) return whole;
  const [start, options = ''] = anchored;
  const conditions: { pattern: string; holds: boolean }[] = [];
  let left = text.slice(start.length);
  for (let length = groupLength(left); length > 0; length = groupLength(left)) {
    const inside = left.slice('(?='.length, length - 1);
    conditions.push({ pattern: `${options}^(?:${inside})`, holds: left[2] === '=' });
    left = left.slice(length);
  }
  // Another alternative would not be anchored, and a repeated look-ahead holds of everything.
  if (QUANTIFIER.test(left) || hasAlternatives(left)) return whole;
  return { conditions, rest: start + left };
}

// Characters of the look-ahead that a text begins with; 0 when there is none, or none that ends.
function groupLength(text: string): number {
  if (!LOOK_AHEAD.test(text)) return 0;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    if (depth === 0) return index + 1;
  }
  return 0;
}

function hasAlternatives(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (token === '|' && depth === 0) return true;
  }
  return false;
}
