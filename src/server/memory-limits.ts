import { CAPACITY_BYTES } from '../kit/memory.ts';
import type { Config } from './config-schema.ts';

/** Bytes. */
export interface MemoryLimits {
  /** In use above which publishers have to wait. */
  readonly highWatermark: number;
  /** Of waiting messages above which some are kept on disk alone. */
  readonly messages: number;
  /** Free on the disk below which publishers have to wait. */
  readonly diskFree: number;
}

// The rest is for indexes, for output, and for messages that are out with consumers.
const MESSAGES_SHARE = 0.6;
// With less, more would be read than served.
const MESSAGES_MIN = 8 * 1024 * 1024;

/**
 * What the settings come to.
 * @param total bytes of memory that there are
 * @param taken bytes of those that count and that no message takes
 */
export function memoryLimits(config: Config, total: number, taken: number): MemoryLimits {
  const highWatermark = bytesOf(config.memoryHighWatermark, total);
  // Messages go to disk before they raise the alarm.
  const room = Math.min(highWatermark - taken, CAPACITY_BYTES) * MESSAGES_SHARE;
  const messages = Math.min(bytesOf(config.messageMemory, highWatermark), room);
  return {
    highWatermark,
    messages: Math.max(Math.floor(messages), MESSAGES_MIN),
    diskFree: bytesOf(config.diskFreeLimit, total),
  };
}

function bytesOf(limit: Config['diskFreeLimit'], whole: number): number {
  return limit.by === 'bytes' ? limit.bytes : Math.floor(limit.fraction * whole);
}
