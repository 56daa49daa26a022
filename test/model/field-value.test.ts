import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Field, longstr, type Table, table } from '../../src/codec/table.ts';
import { tableIdentity, valuesEqual, valuesIdentical } from '../../src/model/field-value.ts';
import { fieldsByTypeName } from './fields.ts';

const short = (value: number): Field => ({ type: 's', value });
const double = (value: number): Field => ({ type: 'd', value });
const long = (value: bigint): Field => ({ type: 'l', value });
const array = (...value: Field[]): Field => ({ type: 'A', value });
const nested = (value: Table): Field => ({ type: 'F', value });
const binary = (text: string): Field => ({ type: 'x', value: Buffer.from(text) });
const decimal = (scale: number, unscaled: number): Field => ({
  type: 'D',
  value: { scale, unscaled },
});

// Each pair was tried as a headers binding and a message's header on RabbitMQ 3.10.8.
const equal: [string, Field, Field][] = [
  ['integers of different widths', short(1), { type: 'I', value: 1 }],
  ['an integer and a double', short(1), double(1)],
  ['an integer and a timestamp', short(5), { type: 'T', value: 5n }],
  ['a string and a byte array', longstr('x'), binary('x')],
  ['booleans', { type: 't', value: true }, { type: 't', value: true }],
  ['voids', { type: 'V', value: null }, { type: 'V', value: null }],
  ['a 64-bit integer and a double', long(2n ** 53n), double(2 ** 53)],
  ['a float and a double that are both 0.5', { type: 'f', value: 0.5 }, double(0.5)],
  ['arrays of the same types', array(short(1)), array(short(1))],
  ['tables in the same order', nested(table({ b: 1, c: 2 })), nested(table({ b: 1, c: 2 }))],
  ['an empty table and an empty array', nested(table({})), array()],
  ['decimals', decimal(1, 10), decimal(1, 10)],
];

const different: [string, Field, Field][] = [
  ['an integer and 1.5', short(1), double(1.5)],
  ['a string and an integer', longstr('1'), short(1)],
  ['a boolean and a string', { type: 't', value: true }, longstr('true')],
  ['an integer and a void', short(1), { type: 'V', value: null }],
  ['arrays of different widths', array(short(1)), array({ type: 'I', value: 1 })],
  ['arrays of different lengths', array(short(1)), array(short(1), short(1))],
  ['tables in another order', nested(table({ b: 1, c: 2 })), nested(table({ c: 2, b: 1 }))],
  ['decimals of the same number', decimal(2, 100), decimal(1, 10)],
  ['a float and a double of 0.1', { type: 'f', value: Math.fround(0.1) }, double(0.1)],
  ['a 64-bit integer and the nearest double', long(2n ** 53n + 1n), double(2 ** 53)],
  ['strings', longstr('x'), longstr('y')],
  ['strings of different lengths', longstr('x'), longstr('xx')],
];

describe('values', () => {
  it.each(equal)('are equal: %s', (_what, a, b) => {
    expect([valuesEqual(a, b), valuesEqual(b, a)]).toEqual([true, true]);
  });

  it.each(different)('are different: %s', (_what, a, b) => {
    expect([valuesEqual(a, b), valuesEqual(b, a)]).toEqual([false, false]);
  });

  it('are equal to themselves in every type', () => {
    for (const field of Object.values(fieldsByTypeName))
      expect(valuesEqual(field, field)).toBe(true);
  });

  it('are not identical when one is a float and the other an integer', () => {
    expect(valuesIdentical(short(1), double(1))).toBe(false);
    expect(valuesIdentical(short(1), long(1n))).toBe(true);
  });
});

describe('the identity of a table', () => {
  const identity = (fields: Record<string, Field>) => tableIdentity(table(fields));

  it('does not depend on the order of the outermost keys', () => {
    const [a, b] = [short(1), short(2)];
    expect(identity({ a, b })).toBe(identity({ b, a }));
  });

  // As RabbitMQ 3.10.8 counted bindings with these arguments.
  it.each<[string, Field, Field]>([
    ['integers of different widths', short(1), { type: 'I', value: 1 }],
    ['an integer and a double', short(1), double(1)],
    ['a string and a byte array', longstr('x'), binary('x')],
    ['an integer and a timestamp', long(1n), { type: 'T', value: 1n }],
    ['a float and a double', { type: 'f', value: 1 }, double(1)],
    ['tables in another order', nested(table({ c: 1, d: 2 })), nested(table({ d: 2, c: 1 }))],
  ])('tells apart %s', (_what, a, b) => {
    expect(identity({ a })).not.toBe(identity({ a: b }));
  });

  it('tells apart what would read the same without lengths', () => {
    const fields = fc.dictionary(
      fc.string({ maxLength: 3 }),
      fc.oneof(
        fc.string({ maxLength: 6 }).map(longstr),
        fc.integer({ min: 0, max: 20 }).map(short),
        fc
          .array(fc.constantFrom(longstr('s1:a'), short(1)), { maxLength: 3 })
          .map((a) => array(...a)),
      ),
      { maxKeys: 3 },
    );
    const sortedJson = (all: Record<string, Field>) =>
      JSON.stringify(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        expect(identity(a) === identity(b)).toBe(sortedJson(a) === sortedJson(b));
      }),
    );
  });
});
