import { allocate, u8, view } from '../../src/kit/memory.ts';
import { SeededRandom } from '../../src/kit/random.ts';

/** Messages are stretches of one pool of random bytes in the message memory. */
export const POOL_BYTES = 2 * 1024 * 1024;

const at = allocate(POOL_BYTES);
u8.set(new SeededRandom(1).bytes(POOL_BYTES), at);

export function poolPosition(offset: number): number {
  return at + offset;
}

export function poolBytes(offset: number, length: number): Uint8Array {
  return view(at + offset, at + offset + length);
}
