import { createHash, timingSafeEqual } from 'node:crypto';
import { encodeText } from '../codec/text.ts';

/** The names that definitions files give the algorithms, without `rabbit_password_hashing_`. */
export type HashingAlgorithm = 'sha256' | 'sha512' | 'md5';

/** RabbitMQ's layout: base64 of a salt of four bytes and the digest of salt and password. */
export interface PasswordHash {
  readonly algorithm: HashingAlgorithm;
  /** Base64; empty for a user who has no password. */
  readonly text: string;
}

export const SALT_BYTES = 4;

const PREFIX = 'rabbit_password_hashing_';
const ALGORITHMS = {
  rabbit_password_hashing_sha256: 'sha256',
  rabbit_password_hashing_sha512: 'sha512',
  rabbit_password_hashing_md5: 'md5',
} as const satisfies Record<`${typeof PREFIX}${HashingAlgorithm}`, HashingAlgorithm>;

/** The hash of a password under a salt. */
export function hashPassword(
  password: string,
  salt: Uint8Array,
  algorithm: HashingAlgorithm = 'sha256',
): PasswordHash {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes`);
  const digest = createHash(algorithm).update(salt).update(encodeText(password)).digest();
  return { algorithm, text: Buffer.concat([salt, digest]).toString('base64') };
}

/** Whether a password belongs to a hash, in a time that does not depend on where they differ. */
export function passwordMatches(password: string, hash: PasswordHash): boolean {
  const stored = Buffer.from(hash.text, 'base64');
  const salt = stored.subarray(0, SALT_BYTES);
  const digest = createHash(hash.algorithm).update(salt).update(encodeText(password)).digest();
  const expected = stored.subarray(SALT_BYTES);
  return expected.length === digest.length && timingSafeEqual(expected, digest);
}

/** The algorithm that a definitions file names; undefined for one that is not known. */
export function hashingAlgorithm(name: string): HashingAlgorithm | undefined {
  return Object.entries(ALGORITHMS).find(([known]) => known === name)?.[1];
}

/** The name that definitions files and the HTTP API give an algorithm. */
export function hashingAlgorithmName(algorithm: HashingAlgorithm): string {
  return `${PREFIX}${algorithm}`;
}
