import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText, parseJson } from '../../src/kit/json-text.ts';

it('reads and writes whole numbers beyond 2^53 digit by digit', () => {
  const text = '{"a":[9007199254740993,-9223372036854775808,1],"b":{"c":18446744073709551615}}';
  expect(parseJson(text)).toEqual({
    a: [9007199254740993n, -9223372036854775808n, 1],
    b: { c: 18446744073709551615n },
  });
  expect(jsonText(parseJson(text))).toBe(text);
});

it('brings every text back that JSON writes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify({ value, long: '1234567890123456' });
      expect(jsonText(parseJson(text))).toBe(text);
    }),
  );
});

it('leaves digits in texts and keys, fractions and exponents alone', () => {
  const text =
    '{ "1234567890123456789": "9007199254740993", "q\\"[{9007199254740993": [0.12345678901234567, 1e20, -0, true, null, {}, []] }';
  expect(parseJson(text)).toEqual(JSON.parse(text));
});

it('keeps a key that is the name of a prototype', () => {
  const parsed = parseJson('{"__proto__":{"a":9007199254740993}}');
  expect(jsonText(parsed)).toBe('{"__proto__":{"a":9007199254740993}}');
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
});

it('refuses what is no JSON, with long numbers and without', () => {
  for (const text of ['{', '[1,]', '9007199254740993 1', '{"a":9007199254740993']) {
    expect(() => parseJson(text), text).toThrow(SyntaxError);
  }
});
