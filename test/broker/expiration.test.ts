import { describe, expect, it } from 'vitest';
import { checkExpiration, isPlainExpiration } from '../../src/broker/expiration.ts';
import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import { outcomeOf } from './fixtures.ts';

function isPlain(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  u8[RECEIVE_AT] = bytes.length;
  u8.set(bytes, RECEIVE_AT + 1);
  return isPlainExpiration(RECEIVE_AT);
}

describe('an expiration', () => {
  it.each(['0', '1', '60000', '+5', '-0', '007', '315360000000'])('may be %j', (text) => {
    expect(outcomeOf(() => checkExpiration(text))).toBe('ok');
  });

  // As RabbitMQ 3.10.8 answered.
  it.each([
    ['', 'no_integer'],
    ['soon', 'no_integer'],
    [' 5', 'no_integer'],
    ['-', 'no_integer'],
    ['5s', '{leftover_string,"s"}'],
    ['5.5', '{leftover_string,".5"}'],
    ['5 ', '{leftover_string," "}'],
    ['-1', '{value_negative,-1}'],
    ['315360000001', '{value_too_large,315360000001}'],
    ['99999999999999999999', '{value_too_large,99999999999999999999}'],
  ])('cannot be %j, and says why', (text, why) => {
    const refused = `PRECONDITION_FAILED - invalid expiration '${text}': ${why}`;
    expect(outcomeOf(() => checkExpiration(text))).toBe(refused);
  });
});

describe('an expiration at a glance', () => {
  it.each(['0', '5', '60000', '99999999999'])('is plain when it is a few digits: %j', (text) => {
    expect(isPlain(text)).toBe(true);
    expect(outcomeOf(() => checkExpiration(text))).toBe('ok');
  });

  it.each(['', '+5', '-0', '5s', ' 5', '/', ':', '100000000000'])(
    'is looked at more closely otherwise: %j',
    (text) => {
      expect(isPlain(text)).toBe(false);
    },
  );
});
