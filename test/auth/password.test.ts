import { describe, expect, it } from 'vitest';
import {
  hashingAlgorithm,
  hashingAlgorithmName,
  hashPassword,
  passwordMatches,
} from '../../src/auth/password.ts';

// Made by RabbitMQ 3.10.8: `rabbitmqctl add_user` with the password secret1.
const fromRabbit = 'kdWkJAR2fZbbxl8WWO+LrFzv9CqLLecy7DLhuL+VfU4AWb2R';

describe('password hashes', () => {
  it('opens a hash that RabbitMQ made with the password it was made of', () => {
    expect(passwordMatches('secret1', { algorithm: 'sha256', text: fromRabbit })).toBe(true);
    expect(passwordMatches('secret2', { algorithm: 'sha256', text: fromRabbit })).toBe(false);
  });

  it('makes the bytes that RabbitMQ makes of the same salt and password', () => {
    const salt = Buffer.from(fromRabbit, 'base64').subarray(0, 4);
    expect(hashPassword('secret1', salt)).toEqual({ algorithm: 'sha256', text: fromRabbit });
  });

  // Made by the hash functions of RabbitMQ 3.10.8 with the salt 1, 2, 3, 4.
  it.each([
    ['md5', 'AQIDBN4qdpi6Jz9WZ8PBw2TFod0='],
    ['sha256', 'AQIDBE9skmuBchcwuhKDvVscFGTND++y2wcv/NL1rVA61/5C'],
    [
      'sha512',
      'AQIDBFX7b5898G6MIFbTNk/v0gVfH38vNlUz8970Zz/KAf5H6OYNQIf1/lXcUWP716GWSO88NEHvdaUXlQA5nLUddAU=',
    ],
  ] as const)('makes and verifies what RabbitMQ makes with %s', (algorithm, text) => {
    expect(hashPassword('pässword', Uint8Array.of(1, 2, 3, 4), algorithm).text).toBe(text);
    expect(passwordMatches('pässword', { algorithm, text })).toBe(true);
    expect(passwordMatches('passwörd', { algorithm, text })).toBe(false);
  });

  it('refuses hashes that are too short or too long to be one', () => {
    for (const text of ['', 'AAAA', fromRabbit.slice(0, 24), `${fromRabbit}AAAA`]) {
      expect(passwordMatches('secret1', { algorithm: 'sha256', text })).toBe(false);
    }
  });

  it('wants a salt of four bytes', () => {
    expect(() => hashPassword('x', new Uint8Array(3))).toThrow(RangeError);
  });

  it('knows the names of the algorithms in definitions files', () => {
    expect(hashingAlgorithm('rabbit_password_hashing_sha512')).toBe('sha512');
    expect(hashingAlgorithm('rabbit_password_hashing_bcrypt')).toBeUndefined();
    expect(hashingAlgorithm('toString')).toBeUndefined();
    expect(hashingAlgorithmName('md5')).toBe('rabbit_password_hashing_md5');
  });
});
