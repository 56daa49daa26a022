import { afterEach, describe, expect, it } from 'vitest';
import { Alarms } from '../../src/broker/alarms.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { allocate, release, SEGMENT_BYTES, usedBytes } from '../../src/kit/memory.ts';

const held: number[] = [];

function hold(segments: number): void {
  for (let i = 0; i < segments; i++) held.push(allocate(2 * SEGMENT_BYTES));
}

function letGo(segments: number): void {
  for (const position of held.splice(0, segments)) release(position);
}

afterEach(() => letGo(held.length));

/** Alarms above `room` records of two segments, and one connection that notes what it is told. */
function build(room: number, watermark = usedBytes() + room * 2 * SEGMENT_BYTES) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const connection = {
    block: (reason: string) => told.push(`block: ${reason}`),
    unblock: () => told.push('unblock'),
  };
  const warned: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (_fields: object, text: string) => warned.push(text),
    info: (_fields: object, text: string) => warned.push(text),
  };
  const alarms = new Alarms(watermark, clock, logger, { connections: [connection] });
  return { alarms, clock, told, warned };
}

describe('the memory alarm', () => {
  it('is not raised up to the watermark', () => {
    const { alarms, told } = build(40);
    hold(40);
    alarms.check();
    expect(alarms.reason).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('blocks every connection once above it, and says so in the log', () => {
    const { alarms, told, warned } = build(40);
    hold(41);
    alarms.check();
    alarms.check();
    expect(alarms.reason).toBe('low on memory');
    expect(told).toEqual(['block: low on memory']);
    expect(warned).toEqual(['Memory alarm: publishers are blocked']);
  });

  it('ends within a second after memory has fallen well below the watermark', async () => {
    const { alarms, clock, told, warned } = build(40);
    hold(41);
    alarms.check();
    await clock.advance('10s');
    expect(told).toHaveLength(1);
    letGo(20);
    await clock.advance(999);
    expect(told).toHaveLength(1);
    await clock.advance(1);
    expect(told).toEqual(['block: low on memory', 'unblock']);
    expect(warned).toEqual(['Memory alarm: publishers are blocked', 'Memory alarm: cleared']);
    expect(alarms.reason).toBeUndefined();
  });

  it('goes on while memory is only just below the watermark', async () => {
    const { alarms, clock, told } = build(400);
    hold(401);
    alarms.check();
    letGo(5);
    await clock.advance('1m');
    expect(told).toHaveLength(1);
    expect(alarms.reason).toBe('low on memory');
    letGo(200);
    await clock.advance('1s');
    expect(told).toHaveLength(2);
  });

  it('can be raised again', async () => {
    const { alarms, clock, told } = build(40);
    for (let i = 0; i < 2; i++) {
      hold(41);
      alarms.check();
      letGo(41);
      await clock.advance('1s');
    }
    expect(told).toEqual(['block: low on memory', 'unblock', 'block: low on memory', 'unblock']);
  });

  it('is watched no longer once it is closed', async () => {
    const { alarms, clock, told } = build(40);
    hold(41);
    alarms.check();
    alarms.close();
    letGo(41);
    await clock.advance('1m');
    expect(told).toHaveLength(1);
  });
});
