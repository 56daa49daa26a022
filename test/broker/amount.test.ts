import { describe, expect, it } from 'vitest';
import { amount } from '../../src/broker/amount.ts';

describe('an amount of bytes for people', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [2 ** 20 - 1, '1.0 MiB'],
    [50_000_000, '47.7 MiB'],
    [3.1 * 2 ** 30, '3.1 GiB'],
    [2 ** 53, '8192.0 TiB'],
  ])('of %d reads %s', (bytes, text) => {
    expect(amount(bytes)).toBe(text);
  });
});
