import { afterReads, type VirtualClock } from '../../src/kit/clock.ts';
import type { FaultyDisk } from '../kit/faulty-disk.ts';

/** Something that the log should not have done. */
export class Fault extends Error {
  override readonly name = 'Fault';
}

export function turn(): Promise<void> {
  return new Promise((resolve) => afterReads(resolve));
}

/**
 * Lets the event loop and, when that alone does not help, time go on.
 * @returns false if the power went before it was `done`
 */
export async function until(
  what: string,
  done: () => boolean,
  disk: FaultyDisk,
  clock: VirtualClock,
): Promise<boolean> {
  for (let turns = 1; !done(); turns++) {
    if (disk.isDown) return false;
    if (turns > 20_000) throw new Fault(`waits for ever: ${what}`);
    await turn();
    if (turns % 50 === 0) await clock.advance(1000);
  }
  return true;
}
