import { describe, expect, it } from 'vitest';
import { checksum, checksumOf } from '../../src/store/checksum.ts';

describe('checksum', () => {
  it('is CRC-32C', () => {
    // RFC 3720, B.4.
    expect(checksum(Buffer.from('123456789'))).toBe(0xe306_9283);
    expect(checksum(new Uint8Array(32))).toBe(0x8a91_36aa);
    expect(checksum(new Uint8Array(32).fill(0xff))).toBe(0x62a8_ab43);
  });

  it('goes on where it left off', () => {
    const bytes = Buffer.from('one two three');
    expect(checksum(bytes.subarray(4), checksum(bytes.subarray(0, 4)))).toBe(checksum(bytes));
    expect(checksumOf([bytes.subarray(0, 1), bytes.subarray(1, 1), bytes.subarray(1)])).toBe(
      checksum(bytes),
    );
  });

  it('is that of the view, not of the memory behind it', () => {
    const bytes = Buffer.from('xx123456789xx');
    expect(checksum(new Uint8Array(bytes.buffer, bytes.byteOffset + 2, 9))).toBe(0xe306_9283);
  });
});
