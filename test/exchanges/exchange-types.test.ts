import { describe, expect, it } from 'vitest';
import { exchangeTypeOf, exchangeTypes } from '../../src/exchanges/exchange-types.ts';
import { replyOf } from '../model/transcript.ts';

describe('exchange types', () => {
  it('are found by name', () => {
    for (const name of ['direct', 'fanout', 'topic', 'headers']) {
      expect(exchangeTypeOf(name).name).toBe(name);
      expect(exchangeTypes.get(name)).toBe(exchangeTypeOf(name));
    }
  });

  it('other than these are refused, names in other cases too', () => {
    expect(replyOf(() => exchangeTypeOf('bogus'))).toBe(
      "PRECONDITION_FAILED - unknown exchange type 'bogus'",
    );
    expect(replyOf(() => exchangeTypeOf('Direct'))).toContain("exchange type 'Direct'");
    expect(replyOf(() => exchangeTypeOf(''))).toBe(
      "PRECONDITION_FAILED - invalid exchange type ''",
    );
  });

  it('tell whether they read headers', () => {
    const reading = [...exchangeTypes.values()].filter((type) => type.createMatcher().readsHeaders);
    expect(reading.map(({ name }) => name)).toEqual(['headers']);
  });
});
