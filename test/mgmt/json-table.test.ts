import { expect, it } from 'vitest';
import { type Field, longstr, type Table, table } from '../../src/codec/table.ts';
import type { JsonObject } from '../../src/kit/json.ts';
import { jsonText } from '../../src/kit/json-text.ts';
import { HttpError } from '../../src/mgmt/http-error.ts';
import { jsonOf, tableOf } from '../../src/mgmt/json-table.ts';

function tableWith(field: Field): Table {
  return new Map([['key', field]]);
}

it('gives values the types that RabbitMQ gives them', () => {
  const json = {
    text: 'é',
    whole: -5,
    part: 1.5,
    yes: true,
    object: { list: ['a', 1, [false]] },
  };
  expect(Object.fromEntries(tableOf(json))).toEqual({
    text: longstr('é'),
    whole: { type: 'l', value: -5n },
    part: { type: 'd', value: 1.5 },
    yes: { type: 't', value: true },
    object: {
      type: 'F',
      value: new Map([
        [
          'list',
          {
            type: 'A',
            value: [
              longstr('a'),
              { type: 'l', value: 1n },
              { type: 'A', value: [{ type: 't', value: false }] },
            ],
          },
        ],
      ]),
    },
  });
});

it('brings tables back as they were', () => {
  const json = { a: 1, b: 'x', c: { d: [1.5, true, { e: [] }] }, f: 9007199254740993n };
  expect(jsonOf(tableOf(json))).toEqual(json);
});

it('puts keys in their order, as Erlang does', () => {
  expect([...tableOf({ b: 1, a: 2, c: 3 }).keys()]).toEqual(['a', 'b', 'c']);
});

it('prints 64-bit integers digit by digit', () => {
  expect(jsonText(jsonOf(table({ a: 2n ** 63n - 1n, b: -(2n ** 63n), c: 7n })))).toBe(
    '{"a":9223372036854775807,"b":-9223372036854775808,"c":7}',
  );
});

it.each<[string, Field, unknown]>([
  ['a timestamp as seconds', { type: 'T', value: 1_700_000_000n }, 1_700_000_000],
  ['void as null', { type: 'V', value: null }, null],
  ['a decimal as a number', { type: 'D', value: { scale: 2, unscaled: 314 } }, 3.14],
  ['a byte', { type: 'b', value: -3 }, -3],
  ['a byte array that is UTF-8 as text', { type: 'x', value: Buffer.from('né') }, 'né'],
  ['a number that JSON cannot write as text', { type: 'd', value: Infinity }, 'Infinity'],
  [
    'other bytes in base64',
    { type: 'x', value: Buffer.from([255, 0]) },
    'Not UTF-8, base64 is: /wA=',
  ],
])('shows %s', (_, field, expected) => {
  expect(jsonOf(tableWith(field))).toEqual({ key: expected });
});

it('breaks base64 after sixty characters', () => {
  const shown = jsonOf(tableWith({ type: 'S', value: Buffer.alloc(46, 255) }));
  expect(shown).toEqual({ key: `Not UTF-8, base64 is: ${'/'.repeat(60)}\n/w==` });
  const whole = jsonOf(tableWith({ type: 'S', value: Buffer.alloc(45, 255) }));
  expect(whole).toEqual({ key: `Not UTF-8, base64 is: ${'/'.repeat(60)}\n` });
});

it.each<[string, JsonObject, string]>([
  ['null', { a: null }, 'null_not_allowed'],
  ['more than 64 bits', { a: 2n ** 63n }, '9223372036854775808 does not fit in 64 bits'],
  ['more than 64 bits in a double', { a: 1e20 }, '100000000000000000000 does not fit in 64 bits'],
  ['a long name', { ['é'.repeat(128)]: 1 }, 'an argument has a name of more than 255 bytes'],
  ['too much depth', nested(130), 'arguments are nested too deep'],
])('refuses %s', (_, json, reason) => {
  const expected = new HttpError(400, 'bad_request', reason);
  expect(() => tableOf(json)).toThrow(expected);
});

it('takes as much depth as a frame may have', () => {
  expect(jsonOf(tableOf(nested(127)))).toEqual(nested(127));
});

function nested(depth: number): JsonObject {
  return depth === 0 ? {} : { a: nested(depth - 1) };
}
