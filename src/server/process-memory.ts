import { totalmem } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ProcessMemory } from '../broker/memory-alarm.ts';

/** The memory of this process. */
export const processMemory: ProcessMemory = {
  resident: () => process.memoryUsage.rss(),
  collectGarbage: () => {
    // Node offers it to whoever asks V8 for it; contexts made from then on have it.
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    setFlagsFromString('--no-expose-gc');
    if (typeof collect === 'function') collect();
  },
};

/** Bytes of memory that this process may use: the machine's, or its container's if that has fewer. */
export function totalMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
