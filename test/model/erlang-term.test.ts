import { describe, expect, it } from 'vitest';
import { type Field, longstr, table } from '../../src/codec/table.ts';
import {
  erlangString,
  erlangTerm,
  erlangText,
  fieldTypeNames,
} from '../../src/model/erlang-term.ts';
import { fieldsByTypeName } from './fields.ts';

// As Erlang/OTP 25 and RabbitMQ 3.10.8 print them.

describe('a value as an Erlang term', () => {
  it.each<[string, Field]>([
    ['<<"bogus">>', longstr('bogus')],
    ['<<>>', longstr('')],
    ['<<"é">>', longstr('é')],
    ['<<"a\\"b\\\\">>', longstr('a"b\\')],
    ['<<97,10,98,0>>', longstr('a\nb\0')],
    ['<<1,2,255>>', { type: 'x', value: new Uint8Array([1, 2, 255]) }],
    ['<<"all">>', { type: 'x', value: Buffer.from('all') }],
    ['1', { type: 'b', value: 1 }],
    ['-5', { type: 'l', value: -5n }],
    ['7', { type: 'T', value: 7n }],
    ['true', { type: 't', value: true }],
    ['undefined', { type: 'V', value: null }],
    ['{1,10}', { type: 'D', value: { scale: 1, unscaled: 10 } }],
    ['[]', { type: 'A', value: [] }],
    ['[{array,[]}]', { type: 'A', value: [{ type: 'A', value: [] }] }],
    ['[{longstr,<<"a">>},{byte,1}]', { type: 'A', value: [longstr('a'), { type: 'b', value: 1 }] }],
    ['[{<<"a">>,byte,1}]', { type: 'F', value: table({ a: { type: 'b', value: 1 } }) }],
  ])('reads %s', (term, field) => {
    expect(erlangTerm(field)).toBe(term);
  });

  it.each([
    [100, '100.0'],
    [1.5, '1.5'],
    [-0.5, '-0.5'],
    [1e6, '1.0e6'],
    [1e5, '1.0e5'],
    [1e22, '1.0e22'],
    [1e-7, '1.0e-7'],
    [-2.5e-5, '-2.5e-5'],
    [0.001, '0.001'],
    [123456789, '123456789.0'],
    [1.2345678901234567e19, '1.2345678901234567e19'],
  ])('reads a double %d as %s', (value, term) => {
    expect(erlangTerm({ type: 'd', value })).toBe(term);
  });
});

describe('texts', () => {
  it('show strings bare and anything else as a term', () => {
    expect(erlangText(longstr('héé'))).toBe('héé');
    expect(erlangText({ type: 'x', value: Buffer.from('ab') })).toBe('ab');
    expect(erlangText({ type: 'A', value: [] })).toBe('[]');
  });

  it('escape what would end a string', () => {
    expect(erlangString('a"b\\c\nd\te\rf')).toBe('"a\\"b\\\\c\\nd\\te\\rf"');
  });

  it('have a name for every type', () => {
    for (const [name, field] of Object.entries(fieldsByTypeName)) {
      expect(fieldTypeNames[field.type]).toBe(name);
    }
  });
});
