import { describe, expect, it } from 'vitest';
import { CAPACITY_BYTES } from '../../src/kit/memory.ts';
import { configOf } from '../../src/server/config.ts';
import { memoryLimits } from '../../src/server/memory-limits.ts';
import { processMemory, totalMemory } from '../../src/server/process-memory.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe('the limits of memory', () => {
  it('are parts of what there is, unless they are amounts', () => {
    expect(memoryLimits(configOf(), GIB, 70 * MIB)).toEqual({
      highWatermark: Math.floor(0.6 * GIB),
      messages: 128 * MIB,
      diskFree: 50_000_000,
    });
    const config = configOf({
      memoryHighWatermark: { by: 'bytes', bytes: 700 * MIB },
      messageMemory: { by: 'fraction', fraction: 0.25 },
      diskFreeLimit: { by: 'fraction', fraction: 1.5 },
    });
    expect(memoryLimits(config, GIB, 0)).toEqual({
      highWatermark: 700 * MIB,
      messages: 175 * MIB,
      diskFree: 1.5 * GIB,
    });
  });

  it('leave room in the message memory, however much there is besides', () => {
    const config = configOf({ messageMemory: { by: 'bytes', bytes: 2 ** 40 } });
    expect(memoryLimits(config, 2 ** 40, 0).messages).toBeLessThan(0.7 * CAPACITY_BYTES);
  });

  it('let messages go to disk before they raise the alarm, in a small container too', () => {
    const { highWatermark, messages } = memoryLimits(configOf(), 512 * MIB, 70 * MIB);
    expect(messages + 70 * MIB).toBeLessThan(0.8 * highWatermark);
    expect(messages).toBeGreaterThan(64 * MIB);
  });

  it('leave something to messages where the process alone takes more than it may', () => {
    expect(memoryLimits(configOf(), 128 * MIB, 70 * MIB).messages).toBe(8 * MIB);
  });
});

describe('the memory of this process', () => {
  it('is some of all that there is', () => {
    expect(processMemory.resident()).toBeGreaterThan(20 * MIB);
    expect(processMemory.resident()).toBeLessThan(totalMemory());
    expect(totalMemory()).toBeLessThan(2 ** 50);
  });

  it('is less when garbage has been collected', () => {
    const heap = (): number => process.memoryUsage().heapUsed;
    let garbage: object[] | undefined = Array.from({ length: 500_000 }, (_, i) => ({ i }));
    const before = heap();
    expect(garbage).toHaveLength(500_000);
    garbage = undefined;
    processMemory.collectGarbage();
    expect(before - heap()).toBeGreaterThan(5 * MIB);
    expect('gc' in globalThis).toBe(false);
  });
});
