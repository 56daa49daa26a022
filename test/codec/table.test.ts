import { describe, expect, it } from 'vitest';
import { Reader, Writer } from '../../src/codec/bytes.ts';
import { CodecError } from '../../src/codec/codec-error.ts';
import {
  bool,
  type Field,
  int,
  integerOf,
  longstr,
  type Table,
  table,
  tableDepthMax,
  textOf,
} from '../../src/codec/table.ts';

function encode(from: Table): number[] {
  const writer = new Writer();
  writer.table(from);
  return [...writer.bytes()];
}

function decode(octets: readonly number[]): Table {
  return new Reader(Uint8Array.from(octets)).table();
}

/** The octets with a length word in front. */
function sized(octets: readonly number[]): number[] {
  const writer = new Writer();
  writer.longstr(Uint8Array.from(octets));
  return [...writer.bytes()];
}

/** A table of one entry under the key `k`. */
function entry(...value: number[]): number[] {
  return sized([1, 0x6b, ...value]);
}

const code = (letter: string) => letter.charCodeAt(0);

/** As many tables as `levels` says, or arrays in one table, none of them empty. */
function nested(letter: 'F' | 'A', levels: number): number[] {
  const around = (octets: number[]) => (letter === 'F' ? entry(...octets) : sized(octets));
  let octets = around([code('V')]);
  for (let level = 1; level < levels; level++) octets = around([code(letter), ...octets]);
  return letter === 'F' ? octets : entry(code('A'), ...octets);
}

const examples: readonly (readonly [string, readonly number[], Field])[] = [
  ['t', [1], { type: 't', value: true }],
  ['b', [0xff], { type: 'b', value: -1 }],
  ['B', [0xff], { type: 'B', value: 255 }],
  ['s', [0xff, 0xfe], { type: 's', value: -2 }],
  ['u', [0xff, 0xfe], { type: 'u', value: 65534 }],
  ['I', [0xff, 0xff, 0xff, 0xfd], { type: 'I', value: -3 }],
  ['i', [0xff, 0xff, 0xff, 0xfd], { type: 'i', value: 4294967293 }],
  ['l', [255, 255, 255, 255, 255, 255, 255, 252], { type: 'l', value: -4n }],
  ['L', [255, 255, 255, 255, 255, 255, 255, 252], { type: 'L', value: -4n }],
  ['T', [255, 255, 255, 255, 255, 255, 255, 252], { type: 'T', value: 2n ** 64n - 4n }],
  ['f', [0x3f, 0x80, 0, 0], { type: 'f', value: 1 }],
  ['d', [0xbf, 0xf0, 0, 0, 0, 0, 0, 0], { type: 'd', value: -1 }],
  ['D', [2, 0, 0, 1, 0], { type: 'D', value: { scale: 2, unscaled: 256 } }],
  ['S', [0, 0, 0, 1, 0xff], { type: 'S', value: Uint8Array.of(0xff) }],
  ['x', [0, 0, 0, 2, 1, 2], { type: 'x', value: Uint8Array.of(1, 2) }],
  ['V', [], { type: 'V', value: null }],
  [
    'A',
    [0, 0, 0, 3, 0x56, 0x74, 0],
    { type: 'A', value: [{ type: 'V', value: null }, bool(false)] },
  ],
  [
    'F',
    [0, 0, 0, 3, 1, 0x61, 0x56],
    { type: 'F', value: new Map([['a', { type: 'V', value: null }]]) },
  ],
];

describe('field tables', () => {
  it.each(examples)('reads and writes type %s', (letter, octets, field) => {
    const bytes = entry(code(letter), ...octets);
    expect(decode(bytes)).toEqual(new Map([['k', field]]));
    expect(encode(new Map([['k', field]]))).toEqual(bytes);
  });

  it('keeps the order of keys and those that are not UTF-8', () => {
    const bytes = [0, 0, 0, 10, 2, 0xff, 0xfe, 0x56, 1, 0x62, 0x56, 1, 0x61, 0x56];
    expect(encode(decode(bytes))).toEqual(bytes);
    expect([...decode(bytes).keys()].slice(1)).toEqual(['b', 'a']);
  });

  it('finds the first of two values for one key, as RabbitMQ does', () => {
    const twice = decode([0, 0, 0, 8, 1, 0x6b, 0x74, 0, 1, 0x6b, 0x74, 1]);
    expect(twice).toEqual(new Map([['k', bool(false)]]));
  });

  it('takes every octet but 0 for true', () => {
    expect(decode(entry(code('t'), 7))).toEqual(table({ k: true }));
  });

  it.each([
    ['a length beyond the bytes', [0, 0, 0, 9, 1, 0x6b, 0x56]],
    ['a length of 4 GiB', [0xff, 0xff, 0xff, 0xff]],
    ['a length word cut off', [0, 0, 0]],
    ['a key beyond the table', [0, 0, 0, 2, 9, 0x6b, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a key without a value', [0, 0, 0, 2, 1, 0x6b]],
    ['a value beyond the table', [0, 0, 0, 4, 1, 0x6b, code('I'), 0, 0, 0, 0]],
    ['a string of 4 GiB', entry(code('S'), 0xff, 0xff, 0xff, 0xff)],
    ['an array beyond its table', entry(code('A'), 0, 0, 0, 1)],
    ['a value beyond its array', entry(code('A'), 0, 0, 0, 2, code('I'), 0, 0, 0, 0, 0)],
    ['a nested table beyond its table', entry(code('F'), 0, 0, 0, 1)],
    ['an unknown type', entry(code('Z'), 0)],
  ])('refuses %s', (_what, octets) => {
    expect(() => decode(octets)).toThrow(CodecError);
  });

  it.each(['F', 'A'] as const)(
    'reads %s inside one another to the limit and no deeper',
    (letter) => {
      // The table around an array counts.
      const most = letter === 'F' ? tableDepthMax : tableDepthMax - 1;
      expect(encode(decode(nested(letter, most)))).toEqual(nested(letter, most));
      expect(() => decode(nested(letter, most + 1))).toThrow(`deeper than ${tableDepthMax}`);
    },
  );

  it('refuses tables nested as deep as their bytes allow before the stack ends', () => {
    const levels = 20_000;
    const writer = new Writer();
    for (let level = levels; level > 0; level--) {
      writer.long((level - 1) * 7);
      if (level > 1) writer.raw(Uint8Array.of(1, 0x6b, code('F')));
    }
    expect(() => new Reader(writer.bytes()).table()).toThrow(`deeper than ${tableDepthMax}`);
  });

  it.each<[string, Field]>([
    ['b', { type: 'b', value: 128 }],
    ['B', { type: 'B', value: -1 }],
    ['s', { type: 's', value: 0x8000 }],
    ['u', { type: 'u', value: 0x1_0000 }],
    ['I', { type: 'I', value: 2 ** 31 }],
    ['i', { type: 'i', value: 1.5 }],
    ['l', { type: 'l', value: 2n ** 63n }],
    ['L', { type: 'L', value: -(2n ** 63n) - 1n }],
    ['T', { type: 'T', value: -1n }],
    ['D', { type: 'D', value: { scale: 256, unscaled: 0 } }],
  ])('refuses to write a value out of the range of %s', (_type, field) => {
    expect(() => encode(new Map([['k', field]]))).toThrow(CodecError);
  });

  it('refuses to write a key over 255 bytes', () => {
    expect(encode(table({ ['k'.repeat(255)]: true }))).toHaveLength(4 + 256 + 2);
    expect(() => encode(table({ ['k'.repeat(256)]: true }))).toThrow(CodecError);
    expect(() => encode(table({ ['é'.repeat(128)]: true }))).toThrow(CodecError);
  });
});

describe('table helpers', () => {
  it('make fields as RabbitMQ writes its own', () => {
    expect(longstr('é')).toEqual({ type: 'S', value: Uint8Array.of(0xc3, 0xa9) });
    expect(int(5)).toEqual({ type: 'l', value: 5n });
    expect(table({ text: 'a', number: 2, big: 3n, yes: true, field: int(4) })).toEqual(
      new Map<string, Field>([
        ['text', longstr('a')],
        ['number', int(2)],
        ['big', int(3)],
        ['yes', bool(true)],
        ['field', int(4)],
      ]),
    );
  });

  it('give the text of a long string only', () => {
    expect(textOf(longstr('é'))).toBe('é');
    expect(textOf({ type: 'x', value: Uint8Array.of(0x61) })).toBeUndefined();
    expect(textOf(int(1))).toBeUndefined();
    expect(textOf(undefined)).toBeUndefined();
  });

  it('give the number of every integer type and of no other', () => {
    const types = examples.filter(([, , field]) => integerOf(field) !== undefined);
    expect(types.map(([letter]) => letter).join('')).toBe('bBsuIilL');
    expect(types.map(([, , field]) => integerOf(field))).toEqual([
      -1, 255, -2, 65534, -3, 4294967293, -4, -4,
    ]);
    expect(integerOf(int(2n ** 62n))).toBe(2 ** 62);
    expect(integerOf(undefined)).toBeUndefined();
  });
});
