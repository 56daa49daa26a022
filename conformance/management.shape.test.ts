import { describe, expect, it } from 'vitest';
import { shapeFaults, shapeOf, type Tolerance } from './management/shape.ts';

const strict: Tolerance = {
  optional: new Set(['since']),
  measured: new Set(['rate']),
  maps: new Set(['data']),
  maybeEmpty: new Set(['files']),
};

const faults = (expected: unknown, actual: unknown) =>
  shapeFaults(shapeOf(expected), shapeOf(actual), strict);

describe('the shape of an answer', () => {
  it('is that of all elements of a list together', () => {
    const list = [{ n: 1, s: 'a' }, { n: 1.5 }, { n: null, s: 'b', l: [1] }];
    expect(shapeOf(list)).toEqual([{ n: 'null|number', 's?': 'string', 'l?': ['integer'] }]);
    expect(shapeOf([{ o: {} }, { o: [] }])).toEqual([{ o: { '|': [{}, []] } }]);
    expect(shapeOf([[], [true]])).toEqual([['boolean']]);
  });

  it.each([
    ['a key', { a: 1 }, {}, '$.a: missing'],
    ['a key too many', {}, { a: 1 }, '$.a: too much'],
    ['a key of some elements', [{ a: 1 }, { a: 2 }], [{ a: 1 }, {}], '$[].a: only sometimes'],
    ['a key of all elements', [{ a: 1 }, {}], [{ a: 1 }], '$[].a: always'],
    ['another type', { a: { b: 1 } }, { a: { b: '1' } }, '$.a.b: string instead of integer'],
    ['a broken number', { n: 1 }, { n: 1.5 }, '$.n: number instead of integer'],
    ['a list instead of an object', { a: {} }, { a: [] }, '$.a: a list instead of an object'],
    ['an empty list', { a: [1] }, { a: [] }, '$.a: empty'],
    ['a list that is not empty', { a: [] }, { a: [1] }, '$.a: not empty'],
    ['nothing at all', { a: 'x' }, { a: null }, '$.a: null instead of string'],
  ])('differs by %s', (_, expected, actual, fault) => {
    expect(faults(expected, actual)).toEqual([fault]);
  });

  it.each([
    ['the order of keys', { a: 1, b: 2 }, { b: 1, a: 2 }],
    ['a whole number', { a: 1.5 }, { a: 1 }],
    ['a measured number', { rate: 0 }, { rate: 0.4 }],
    ['one of several types', [{ a: 1 }, { a: null }], [{ a: null }]],
    ['one of several containers', [{ a: {} }, { a: [] }], [{ a: [] }]],
    ['what depends on the moment', { since: 'now' }, {}],
    ['keys that are data', { data: { a: 1 } }, { data: { b: 'x' } }],
    ['a list that may be empty', { files: ['x'] }, { files: [] }],
  ])('does not differ by %s', (_, expected, actual) => {
    expect(faults(expected, actual)).toEqual([]);
  });
});
