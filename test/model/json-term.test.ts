import { describe, expect, it } from 'vitest';
import { jsonProplist, jsonTerm } from '../../src/model/json-term.ts';

describe('a JSON value as a term', () => {
  it.each([
    ['text', '<<"text">>'],
    ['', '<<>>'],
    ['a "b"', '<<"a \\"b\\"">>'],
    [5, '5'],
    [-1.5, '-1.5'],
    [true, 'true'],
    [null, 'null'],
    [[], '[]'],
    [[1, 'a', [false]], '[1,<<"a">>,[false]]'],
    [{}, '#{}'],
    [{ b: 1, a: { c: [] } }, '#{<<"a">> => #{<<"c">> => []},<<"b">> => 1}'],
  ])('is printed: %j', (value, term) => {
    expect(jsonTerm(value)).toBe(term);
  });

  it('is a list of pairs when an object stands alone', () => {
    expect(jsonProplist({ z: 'x', 'max-cats': 5 })).toBe('[{<<"max-cats">>,5},{<<"z">>,<<"x">>}]');
    expect(jsonProplist({})).toBe('[]');
  });
});
