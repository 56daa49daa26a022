import { crc32c } from '@node-rs/crc32';

/** CRC-32C. @param previous the checksum of what stands before `bytes` */
export function checksum(bytes: Uint8Array, previous = 0): number {
  return crc32c(bytes, previous);
}

/** The same of pieces that follow each other. */
export function checksumOf(pieces: readonly Uint8Array[], previous = 0): number {
  let sum = previous;
  for (const piece of pieces) sum = crc32c(piece, sum);
  return sum;
}
