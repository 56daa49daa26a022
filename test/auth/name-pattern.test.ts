import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILTER_LENGTH_MAX, literally, namePattern } from '../../src/auth/name-pattern.ts';

function matches(pattern: string, name: string): boolean {
  return namePattern(pattern).matches(name);
}

describe('a pattern over names', () => {
  // Asked of RabbitMQ 3.10.8.
  it.each([
    ['', 'q', false],
    ['', '', true],
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['b$', 'abc', false],
    ['\\Aab\\Z', 'ab', true],
    ['\\Aab\\z', 'abc', false],
    ['a\\_b', 'a_b', true],
    ['[[:digit:]]', 'q1', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['\\Qa.b\\E', 'a-b', false],
    ['\\Q\\Z\\E', '\\Z', true],
    ['^(?<type>mail|news)$', 'news', true],
    ['(?i)^MAIL', 'mail.in', true],
    ['(?<=q)1', 'q1', true],
    ['(?<!q)1', 'q1', false],
    ['a{2}', 'caat', true],
  ])('%j of %j: %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });

  it('takes capitals for small letters when it is asked to', () => {
    expect(namePattern('^Mail', { ignoreCase: true }).matches('mAIL')).toBe(true);
    expect(namePattern('^Mail').matches('mAIL')).toBe(false);
  });

  it('is refused when it is longer than it may be', () => {
    const maxLength = FILTER_LENGTH_MAX;
    expect(namePattern('a'.repeat(1024), { maxLength }).matches('a'.repeat(1024))).toBe(true);
    expect(() => namePattern('a'.repeat(1025), { maxLength })).toThrow(
      'a regular expression of more than 1024 characters',
    );
  });

  it.each([
    ['(', 'missing closing )'],
    ['*', 'missing argument to repetition operator'],
    ['[', 'missing closing ]'],
    ['(a)\\1', 'backreferences are not taken'],
    ['(?<x>a)\\k<x>', 'backreferences are not taken'],
    ['a(?=b)', 'look-ahead is taken at the start only'],
    ['^(?!a)b|c', 'look-ahead is taken at the start only'],
    ['a++', 'invalid nested repetition operator'],
    ['(?>a)', 'unsupported Perl syntax'],
    ['(?:[^x]{0,100}){0,9}'.repeat(30), 'too many repetitions'],
  ])('%j is refused, and it is said why', (pattern, reason) => {
    expect(() => namePattern(pattern)).toThrow(SyntaxError);
    expect(() => namePattern(pattern)).toThrow(reason);
  });

  it('finds in whatever text what it stands for literally, and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, other) => {
        const pattern = namePattern(`^${literally(text)}\\z`);
        expect(pattern.matches(text)).toBe(true);
        expect(pattern.matches(other)).toBe(text === other);
      }),
    );
  });

  it('takes no longer for patterns on which others never come to an end', () => {
    const name = 'a'.repeat(255);
    expect(matches('^(a*)*b$', name)).toBe(false);
    expect(matches('^(a|aa)+$', `${name}!`)).toBe(false);
    expect(matches('^(?!(a+)+!)(a|a?)+b', name)).toBe(false);
  });
});

describe('a look-ahead at the start', () => {
  it.each([
    ['^(?!amq\\.).*', 'amq.gen-1', false],
    ['^(?!amq\\.).*', 'orders', true],
    ['^(?!amq\\.|test\\.)(?!.*\\.dlq$).+', 'orders', true],
    ['^(?!amq\\.|test\\.)(?!.*\\.dlq$).+', 'test.orders', false],
    ['^(?!amq\\.|test\\.)(?!.*\\.dlq$).+', 'orders.dlq', false],
    ['(?i)^(?=.*EU)(?!.*TEST)', 'orders.eu', true],
    ['(?i)^(?=.*EU)(?!.*TEST)', 'test.eu', false],
    ['\\A(?![)(|]|\\))a', 'ab', true],
    ['^(?!a(b|c)d)a(x|b)', 'abd', false],
    ['^(?!a(b|c)d)a(x|b)', 'abx', true],
  ])('%j of %j: %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });

  it('means what it means to an engine that has look-aheads', () => {
    const part = fc.constantFrom('a', 'b', 'a|b', 'ab', '.*b', 'a$', '[ab)]', '\\)', '(a|b)b');
    const ahead = fc
      .tuple(fc.constantFrom('=', '!'), part)
      .map(([kind, text]) => `(?${kind}${text})`);
    const rest = fc.constantFrom('', '.*', 'a', '(a|b)+', '.$');
    const patterns = fc
      .tuple(fc.array(ahead, { maxLength: 3 }), rest)
      .map(([aheads, text]) => `^${aheads.join('')}${text}`);
    const names = fc.string({ unit: fc.constantFrom('a', 'b', ')'), maxLength: 4 });
    fc.assert(
      fc.property(patterns, names, (pattern, name) => {
        expect(matches(pattern, name)).toBe(new RegExp(pattern).test(name));
      }),
    );
  });
});
