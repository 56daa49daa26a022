import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptyTable,
  type Field,
  type FieldLike,
  type Table,
  table,
} from '../../src/codec/table.ts';
import { BindingTable } from '../../src/exchanges/bindings.ts';
import type { Exchange, HeadersThunk } from '../../src/exchanges/exchange.ts';
import { headers } from '../../src/exchanges/headers.ts';
import {
  exchange,
  exchangeTypeContract,
  matched,
  type Queue,
  queue,
} from '../contracts/exchange-type.ts';
import { replyOf } from '../model/transcript.ts';

exchangeTypeContract(headers, {
  bindings: [
    { routingKey: '', arguments: table({ a: 1 }) },
    { routingKey: '', arguments: table({ 'x-match': 'any', a: 1, b: 1 }) },
  ],
  message: { routingKey: 'k', headers: table({ a: 1 }) },
});

type Fields = Readonly<Record<string, FieldLike>>;

function matches(binding: Fields, message: Fields | undefined): boolean {
  const source = exchange('x', headers);
  const bindings = new BindingTable<Queue>();
  bindings.add({ source, destination: queue('q'), routingKey: '', arguments: table(binding) });
  const sample = { routingKey: '', headers: message && table(message) };
  return matched(source, sample).length > 0;
}

describe('a headers binding', () => {
  const voidField: Field = { type: 'V', value: null };

  // What RabbitMQ 3.10.8 delivered.
  it.each<[Fields, Fields | undefined, boolean]>([
    [{}, undefined, true],
    [{}, { a: 1 }, true],
    [{ 'x-match': 'all' }, { a: 1 }, true],
    [{ 'x-match': 'any' }, { a: 1 }, false],
    [{ 'x-match': 'any' }, undefined, false],
    [{ 'x-match': 'all-with-x' }, undefined, true],
    [{ 'x-match': 'any-with-x' }, { a: 1 }, false],
    [{ a: 1, b: 2 }, { a: 1, b: 2 }, true],
    [{ a: 1, b: 2 }, { a: 1 }, false],
    [{ 'x-match': 'any', a: 1, b: 2 }, { b: 2 }, true],
    [{ 'x-match': 'any', a: 1, b: 2 }, { c: 2 }, false],
    [{ 'x-match': 'all', 'x-foo': 1, a: 1 }, { a: 1 }, true],
    [{ 'x-match': 'any', 'x-foo': 1, a: 1 }, { 'x-foo': 1 }, false],
    [{ 'x-match': 'any', 'x-foo': 1 }, { 'x-foo': 1 }, false],
    [{ 'x-match': 'all', 'x-foo': 1 }, {}, true],
    [{ 'x-match': 'all-with-x', 'x-foo': 1, a: 1 }, { a: 1 }, false],
    [{ 'x-match': 'all-with-x', 'x-foo': 1, a: 1 }, { a: 1, 'x-foo': 1 }, true],
    [{ 'x-match': 'any-with-x', 'x-foo': 1, a: 1 }, { 'x-foo': 1 }, true],
    [{ 'x-match': 'all-with-x', a: 1 }, { a: 1, 'x-match': 'zzz' }, true],
    [{ a: voidField }, { a: 5 }, true],
    [{ a: voidField }, { b: 5 }, false],
    [{ a: voidField }, { a: voidField }, true],
    [{ a: 1 }, { a: voidField }, false],
    [{ a: 1 }, { a: { type: 'd', value: 1 } }, true],
    [{ a: '1' }, { a: 1 }, false],
    [{ A: 1 }, { a: 1 }, false],
  ])('with %j, given %j, matches: %s', (binding, message, expected) => {
    expect(matches(binding, message)).toBe(expected);
  });

  const keys = fc.constantFrom('a', 'b', 'c', 'x-a', 'x-b');
  const values = fc.integer({ min: 0, max: 2 });
  const fields = fc.dictionary(keys, values, { maxKeys: 4 });
  const modes = fc.constantFrom('all', 'any', 'all-with-x', 'any-with-x', undefined);

  it('matches by the definition, whatever the mode', () => {
    fc.assert(
      fc.property(modes, fields, fields, (mode, binding, message) => {
        const counted = Object.entries(binding).filter(
          ([key]) => !key.startsWith('x-') || mode?.endsWith('-with-x'),
        );
        const matching = counted.filter(([key, value]) => message[key] === value).length;
        const expected = mode?.startsWith('any') ? matching > 0 : matching === counted.length;
        const arguments_: Fields = mode === undefined ? binding : { ...binding, 'x-match': mode };
        expect(matches(arguments_, message)).toBe(expected);
      }),
    );
  });
});

describe('the x-match of a binding', () => {
  const refusal = (value: FieldLike) =>
    replyOf(() => headers.checkBinding(table({ 'x-match': value })));

  // Transcripts of RabbitMQ 3.10.8.
  it.each<[FieldLike, string]>([
    ['bogus', 'value <<"bogus">>; expected all, any, all-with-x, or any-with-x'],
    ['', 'value <<>>; expected all, any, all-with-x, or any-with-x'],
    ['é', 'value <<"é">>; expected all, any, all-with-x, or any-with-x'],
    [{ type: 'b', value: 1 }, 'type byte (value 1); expected longstr'],
    [{ type: 'V', value: null }, 'type void (value undefined); expected longstr'],
    [{ type: 'x', value: Buffer.from('all') }, 'type binary (value <<"all">>); expected longstr'],
    [true, 'type bool (value true); expected longstr'],
  ])('is refused: %j', (value, rest) => {
    expect(refusal(value)).toBe(`PRECONDITION_FAILED - Invalid x-match field ${rest}`);
  });

  it('may be one of four, or missing', () => {
    const modes = ['all', 'any', 'all-with-x', 'any-with-x'];
    expect(modes.map(refusal)).toEqual(modes.map(() => 'ok'));
    expect(replyOf(() => headers.checkBinding(emptyTable))).toBe('ok');
  });
});

describe('results kept by the bytes of the headers', () => {
  function counting(all: Table | undefined, bytes: string) {
    let calls = 0;
    const thunk: HeadersThunk = Object.assign(
      () => {
        calls += 1;
        return all;
      },
      { bytes: () => Buffer.from(bytes) },
    );
    return { thunk, calls: () => calls };
  }

  function build(): { source: Exchange<Queue>; bindings: BindingTable<Queue> } {
    const source = exchange('x', headers);
    const bindings = new BindingTable<Queue>();
    const destination = queue('q');
    bindings.add({ source, destination, routingKey: '', arguments: table({ a: 1 }) });
    return { source, bindings };
  }

  function visit(source: Exchange<Queue>, thunk: HeadersThunk): string[] {
    const names: string[] = [];
    source.bindings.match('', thunk, ({ name }) => names.push(name));
    return names;
  }

  it('spare decoding the same headers again', () => {
    const { source } = build();
    const { thunk, calls } = counting(table({ a: 1 }), 'one');
    expect([visit(source, thunk), visit(source, thunk)]).toEqual([['q'], ['q']]);
    expect(calls()).toBe(1);
    expect(visit(source, counting(table({ a: 2 }), 'two').thunk)).toEqual([]);
  });

  it('are forgotten when bindings change', () => {
    const { source, bindings } = build();
    const { thunk } = counting(table({ a: 1 }), 'one');
    visit(source, thunk);
    bindings.add({ source, destination: queue('r'), routingKey: '', arguments: emptyTable });
    expect(visit(source, thunk)).toEqual(['q', 'r']);
    bindings.removeAllFrom(source);
    expect(visit(source, thunk)).toEqual([]);
  });

  it('are not kept for long headers', () => {
    const { source } = build();
    const { thunk, calls } = counting(table({ a: 1 }), 'x'.repeat(513));
    visit(source, thunk);
    visit(source, thunk);
    expect(calls()).toBe(2);
  });

  it('are not asked for without bindings', () => {
    const { thunk, calls } = counting(emptyTable, 'one');
    expect(visit(exchange('x', headers), thunk)).toEqual([]);
    expect(calls()).toBe(0);
  });
});
