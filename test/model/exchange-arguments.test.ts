import { describe, expect, it } from 'vitest';
import { emptyTable, table } from '../../src/codec/table.ts';
import { ExchangeArguments } from '../../src/model/exchange-arguments.ts';
import { fieldsByTypeName } from './fields.ts';
import { replyOf } from './transcript.ts';

const declaration = { exchange: 'x', vhost: '/' };

describe('the arguments of an exchange', () => {
  it('name its alternate exchange, which need not exist and may be the default one', () => {
    const parse = (name: string) =>
      ExchangeArguments.parse(table({ 'alternate-exchange': name }), declaration);
    expect(parse('ae')).toEqual({ alternateExchange: 'ae' });
    expect(parse('')).toEqual({ alternateExchange: '' });
    expect(ExchangeArguments.parse(emptyTable, declaration).alternateExchange).toBeUndefined();
  });

  it('are refused when the alternate exchange is no string', () => {
    for (const [name, field] of Object.entries(fieldsByTypeName)) {
      if (name === 'longstr') continue;
      const all = table({ 'alternate-exchange': field });
      expect(replyOf(() => ExchangeArguments.parse(all, declaration))).toBe(
        `PRECONDITION_FAILED - invalid type '${name}' for arg 'alternate-exchange' in exchange 'x' in vhost '/'`,
      );
    }
  });

  it('may hold anything else', () => {
    expect(ExchangeArguments.parse(table({ 'x-foo': 5 }), declaration)).toEqual({});
  });
});
