import { describe, expect, it } from 'vitest';
import { assert, unreachable } from '../../src/kit/assert.ts';

describe('an invariant', () => {
  it('says nothing while it holds', () => {
    expect(assert(true, 'never told')).toBeUndefined();
  });

  it('throws its text when it does not', () => {
    expect(() => assert(false, 'settled twice')).toThrow(
      expect.objectContaining({ name: 'AssertionError', message: 'settled twice' }),
    );
  });
});

describe('the end of an exhaustive switch', () => {
  it('names the value that should not have come there', () => {
    expect(() => unreachable('half-open' as never)).toThrow(
      expect.objectContaining({ name: 'AssertionError', message: 'unreachable: half-open' }),
    );
  });
});
