import { namePattern } from '../auth/name-pattern.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { erlangString } from '../model/erlang-term.ts';
import { jsonProplist, jsonTerm } from '../model/json-term.ts';
import { applyToOf, type PolicyKind } from './policy.ts';
import { definitionFault } from './policy-rules.ts';

type TermCheck = (value: JsonValue) => string | undefined;

/**
 * What is wrong with a policy as a parameter's value, in RabbitMQ's words and order: one line for
 * each term of it. Undefined when nothing is.
 */
export function policyFault(kind: PolicyKind, name: string, value: JsonValue): string | undefined {
  if (!isJsonObject(value)) return `${name} not a list ${jsonTerm(value)}`;
  const checks: readonly (readonly [term: string, check: TermCheck, optional: boolean])[] = [
    ['priority', priorityFault, false],
    ['pattern', patternFault, false],
    ['apply-to', applyToFault, true],
    ['definition', (definition) => settingsFault(kind, name, definition), false],
  ];
  const faults: string[] = [];
  const strangers: Record<string, JsonValue> = { ...value };
  for (const [term, check, optional] of checks) {
    const given = value[term];
    delete strangers[term];
    let fault: string | undefined;
    if (given !== undefined) fault = check(given);
    else if (!optional) fault = `Key "${term}" not found in ${name}`;
    if (fault !== undefined) faults.unshift(fault);
  }
  const strange = unrecognised(name, strangers);
  if (strange !== undefined) faults.unshift(strange);
  return faults.length === 0 ? undefined : faults.join('\n');
}

function unrecognised(name: string, terms: JsonObject): string | undefined {
  if (Object.keys(terms).length === 0) return undefined;
  return `Unrecognised terms ${jsonProplist(terms)} in ${name}`;
}

function priorityFault(value: JsonValue): string | undefined {
  if (typeof value === 'number') return undefined;
  return `priority should be a number, actually was ${jsonTerm(value)}`;
}

function applyToFault(value: JsonValue): string | undefined {
  if (applyToOf(value) !== undefined) return undefined;
  const given = typeof value === 'string' ? value : jsonTerm(value);
  // Two blanks, as RabbitMQ has them.
  return (
    `apply-to '${given}' unrecognised; should be one of: 'queues', 'classic_queues', ` +
    " 'quorum_queues', 'streams', 'exchanges', or 'all'"
  );
}

function settingsFault(kind: PolicyKind, name: string, value: JsonValue): string | undefined {
  if (isJsonObject(value)) return definitionFault(kind, value);
  const validator = `${kind}_validator`;
  return `parse error while reading policy ${name}: ${jsonTerm(value)}. Validator: ${validator}.`;
}

function patternFault(value: JsonValue): string | undefined {
  if (typeof value !== 'string') return `pattern should be a binary but was ${jsonTerm(value)}`;
  try {
    namePattern(value);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { text, at } = syntaxFault(value) ?? { text: error.message, at: 0 };
    const intro = 'pattern should be regular expression but is invalid: ';
    return intro + brokenTuple(erlangString(text), String(at), intro.length);
  }
}

const LINE_LENGTH = 80;

// Erlang breaks lines that get too long and indents what follows.
function brokenTuple(first: string, second: string, column: number): string {
  const line = `{${first},${second}}`;
  if (column + line.length < LINE_LENGTH) return line;
  return `{${first},\n${' '.repeat(column + 1)}${second}}`;
}

// What PCRE calls the faults that a pattern's brackets and ends may have, and where it sees them.
export function syntaxFault(pattern: string): { text: string; at: number } | undefined {
  const end = pattern.length;
  let depth = 0;
  let at = 0;
  while (at < end) {
    const character = pattern[at];
    if (character === '\\') {
      if (at + 1 === end) return { text: '\\ at end of pattern', at: end };
      at += 1;
    } else if (character === '[') {
      at = classEnd(pattern, at);
      if (at < 0) return { text: 'missing terminating ] for character class', at: end };
    } else if (character === '(') depth += 1;
    else if (character === ')') {
      if (depth === 0) return { text: 'unmatched closing parenthesis', at };
      depth -= 1;
    } else if (isQuantifier(character) && !isRepeatable(pattern, at)) {
      return { text: 'quantifier does not follow a repeatable item', at };
    }
    at += 1;
  }
  return depth === 0 ? undefined : { text: 'missing closing parenthesis', at: end };
}

function isQuantifier(character: string | undefined): boolean {
  return character === '*' || character === '+' || character === '?';
}

// At the start there is nothing to repeat; in `(?…` the mark has another meaning.
function isRepeatable(pattern: string, at: number): boolean {
  const before = pattern[at - 1];
  if (before === '(') return pattern[at] === '?';
  return before !== undefined && before !== '|';
}

// Where the class of characters that begins here ends; -1 when it does not. A `]` in front is one of
// the characters.
function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === '^') at += 1;
  if (pattern[at] === ']') at += 1;
  for (; at < pattern.length; at++) {
    if (pattern[at] === ']') return at;
    if (pattern[at] === '\\') at += 1;
  }
  return -1;
}
