import { dv } from '../kit/memory.ts';
import { BrokerError } from '../model/broker-error.ts';
import { erlangString } from '../model/erlang-term.ts';

/** Ten years: nothing expires later than that. */
const EXPIRATION_MS_MAX = 315_360_000_000;
const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;
// So many digits cannot exceed the greatest expiration.
const PLAIN_DIGITS_MAX = 11;

/** Whether the short string at this offset is a few digits and nothing else, as it nearly always is. */
export function isPlainExpiration(at: number): boolean {
  const length = dv.getUint8(at);
  if (length === 0 || length > PLAIN_DIGITS_MAX) return false;
  for (let i = at + 1; i <= at + length; i++) {
    const digit = dv.getUint8(i);
    if (digit < DIGIT_ZERO || digit > DIGIT_NINE) return false;
  }
  return true;
}

/** @throws BrokerError PRECONDITION_FAILED unless the text is a number of milliseconds */
export function checkExpiration(text: string): void {
  const number = /^[+-]?\d+/.exec(text)?.[0];
  if (number === undefined) throw invalid(text, 'no_integer');
  const rest = text.slice(number.length);
  if (rest !== '') throw invalid(text, `{leftover_string,${erlangString(rest)}}`);
  const value = BigInt(number.replace('+', ''));
  if (value < 0n) throw invalid(text, `{value_negative,${value}}`);
  if (value > EXPIRATION_MS_MAX) throw invalid(text, `{value_too_large,${value}}`);
}

function invalid(text: string, why: string): BrokerError {
  return new BrokerError('PRECONDITION_FAILED', `invalid expiration '${text}': ${why}`);
}
