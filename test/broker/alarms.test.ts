import { afterEach, describe, expect, it } from 'vitest';
import { Alarms } from '../../src/broker/alarms.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import {
  allocate,
  busyBytes,
  release,
  SEGMENT_BYTES,
  touchedBytes,
  usedBytes,
} from '../../src/kit/memory.ts';

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
    name: 'somebody',
    unsentBytes: 0,
    visitRecords: () => {},
    block: (reason: string) => told.push(`block: ${reason}`),
    unblock: () => told.push('unblock'),
  };
  const parties = { vhosts: new Map(), connections: [connection] };
  const warned: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (_fields: object, text: string) => warned.push(text),
    info: (_fields: object, text: string) => warned.push(text),
  };
  const alarms = new Alarms(watermark, clock, logger, parties);
  return { alarms, clock, told, warned, watermark };
}

/** A process that takes so much besides messages, until its garbage is collected. */
class FakeProcess {
  besides = 0;
  garbage = 0;
  collections = 0;

  resident(): number {
    return touchedBytes() + this.besides + this.garbage;
  }

  collectGarbage(): void {
    this.collections += 1;
    this.garbage = 0;
  }
}

class FakeDisk {
  free = 1e12;
  asked = 0;
  broken = false;

  async space() {
    this.asked += 1;
    if (this.broken) throw new Error('EIO: i/o error, statfs');
    return { free: this.free, total: 1e12 };
  }
}

class FakeLog {
  isCongested = false;
  isFull = false;
  durable = 0;
  failure: Error | undefined = undefined;
  #failed: ((error: Error) => void) | undefined = undefined;

  whenFailed(run: (error: Error) => void): void {
    this.#failed = run;
  }

  set(congested: boolean, durable: number): void {
    this.isCongested = congested;
    this.durable = durable;
  }

  fail(text: string): void {
    this.failure = new Error(text);
    this.#failed?.(this.failure);
  }
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

  it('ends within a tenth of a second after memory has fallen well below the watermark', async () => {
    const { alarms, clock, told, warned } = build(40);
    hold(41);
    alarms.check();
    await clock.advance('10s');
    expect(told).toHaveLength(1);
    letGo(20);
    await clock.advance(99);
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

  it('follows a watermark that is set while the node runs', () => {
    const { alarms, told, watermark } = build(40);
    hold(20);
    alarms.setMemoryHighWatermark(watermark - 30 * 2 * SEGMENT_BYTES);
    expect(alarms.memoryHighWatermark).toBe(watermark - 30 * 2 * SEGMENT_BYTES);
    expect(alarms.reason).toBe('low on memory');
    alarms.setMemoryHighWatermark(2 * watermark);
    expect(alarms.reason).toBeUndefined();
    expect(told).toEqual(['block: low on memory', 'unblock']);
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

describe('the memory alarm of a process that is counted', () => {
  const MIB = 1024 * 1024;

  function counted() {
    const built = build(0, busyBytes() + 200 * MIB);
    const process = new FakeProcess();
    built.alarms.countProcess(process, 2500);
    return { ...built, process };
  }

  it('is raised by what is not messages, with the next sample', async () => {
    const { alarms, clock, told, process } = counted();
    process.besides = 201 * MIB;
    alarms.check();
    expect(told).toEqual([]);
    await clock.advance(2500);
    expect(told).toEqual([
      'block: low on memory: the broker itself takes 201.0 MiB besides messages',
    ]);
    alarms.close();
  });

  it('leaves to messages what the rest does not take', async () => {
    const { alarms, clock, told, process } = counted();
    process.besides = 150 * MIB;
    await clock.advance(2500);
    hold(99);
    alarms.check();
    expect(told).toEqual([]);
    hold(2);
    alarms.check();
    expect(told).toHaveLength(1);
    alarms.close();
  });

  it('does not count message memory that is free again', async () => {
    const { alarms, clock, told } = counted();
    hold(500);
    letGo(500);
    await clock.advance('10s');
    expect(told).toEqual([]);
    alarms.close();
  });

  it('is not raised by garbage', async () => {
    const { alarms, clock, told, process } = counted();
    process.garbage = 300 * MIB;
    await clock.advance(2500);
    expect(process.collections).toBe(1);
    expect(told).toEqual([]);
    alarms.close();
  });

  it('has garbage collected while it is raised, but not all the time', async () => {
    const { alarms, clock, told, process } = counted();
    process.besides = 300 * MIB;
    await clock.advance(2500);
    expect(told).toHaveLength(1);
    process.besides = 0;
    process.garbage = 300 * MIB;
    await clock.advance('9s');
    expect(process.collections).toBe(1);
    await clock.advance('1s');
    expect(told.at(-1)).toBe('unblock');
    expect(process.collections).toBe(2);
    alarms.close();
  });

  it('says later connections who takes most then', async () => {
    const { alarms, clock, process } = counted();
    process.besides = 201 * MIB;
    await clock.advance(2500);
    process.besides = 301 * MIB;
    await clock.advance('1s');
    expect(alarms.reason).toContain('301.0 MiB');
    alarms.close();
  });
});

describe('the disk alarm', () => {
  const LIMIT = 50_000_000;

  async function watched(free = 1e12) {
    const built = build(0, Infinity);
    const disk = new FakeDisk();
    disk.free = free;
    await built.alarms.watchDisk(disk, LIMIT);
    return { ...built, disk };
  }

  it('is raised before anything else when there is too little room from the start', async () => {
    const { alarms, told, warned } = await watched(LIMIT - 1);
    expect(told).toEqual(['block: low on disk: 47.7 MiB free, 47.7 MiB wanted']);
    expect(warned).toEqual(['Disk alarm: publishers are blocked']);
    alarms.close();
  });

  it('is cleared as soon as the limit is kept again', async () => {
    const { alarms, clock, told, disk } = await watched(0);
    await clock.advance('1m');
    expect(told).toHaveLength(1);
    disk.free = LIMIT;
    await clock.advance('1s');
    expect(told.at(-1)).toBe('unblock');
    expect(alarms.reason).toBeUndefined();
    alarms.close();
  });

  it('looks every ten seconds while there is much room, and ten times a second near the limit', async () => {
    const { alarms, clock, disk } = await watched();
    await clock.advance('60s');
    expect(disk.asked).toBe(7);
    disk.free = LIMIT + 1;
    await clock.advance('10s');
    const before = disk.asked;
    await clock.advance('1s');
    expect(disk.asked - before).toBe(10);
    disk.free = LIMIT + 250_000_000;
    await clock.advance('1s');
    const between = disk.asked;
    await clock.advance('20s');
    expect(disk.asked - between).toBe(10);
    alarms.close();
  });

  it('stays as it is while nobody knows how much room there is, and says so once', async () => {
    const { alarms, clock, told, warned, disk } = await watched(0);
    disk.broken = true;
    await clock.advance('1m');
    expect(told).toHaveLength(1);
    expect(warned.slice(1)).toEqual(['Free disk space is unknown']);
    disk.broken = false;
    disk.free = LIMIT;
    await clock.advance('10s');
    expect(told.at(-1)).toBe('unblock');
    alarms.close();
  });

  it('is looked for no longer once it is closed', async () => {
    const { alarms, clock, told, disk } = await watched();
    alarms.close();
    disk.free = 0;
    await clock.advance('1m');
    expect(told).toEqual([]);
    expect(disk.asked).toBe(1);
  });
});

describe('the alarm of the log', () => {
  function logged() {
    const built = build(0, Infinity);
    const log = new FakeLog();
    built.alarms.watchLog(log);
    return { ...built, log };
  }

  it('is raised for good when the log has failed', async () => {
    const { alarms, clock, told, log } = logged();
    log.fail('EIO: i/o error, fdatasync');
    expect(told).toEqual(['block: disk failure: EIO: i/o error, fdatasync']);
    await clock.advance('1h');
    expect(told).toHaveLength(1);
    expect(alarms.reason).toBe('disk failure: EIO: i/o error, fdatasync');
    alarms.close();
  });

  it('is raised when the log has been congested for seconds and nothing was written', async () => {
    const { alarms, clock, told, log } = logged();
    log.set(true, 7);
    await clock.advance('3s');
    expect(told).toEqual([]);
    await clock.advance('1s');
    expect(told).toEqual(['block: low on disk: the log waits for the disk']);
    log.set(false, 7);
    await clock.advance('1s');
    expect(told.at(-1)).toBe('unblock');
    alarms.close();
  });

  it('is raised within a second when there is no space for the log', async () => {
    const { alarms, clock, told, log } = logged();
    log.isFull = true;
    log.set(true, 7);
    await clock.advance('1s');
    expect(told).toEqual(['block: low on disk: no space for the log']);
    log.isFull = false;
    log.set(false, 8);
    await clock.advance('1s');
    expect(told.at(-1)).toBe('unblock');
    alarms.close();
  });

  it('is not raised by a disk that is slow but gets on', async () => {
    const { alarms, clock, told, log } = logged();
    for (let i = 0; i < 20; i++) {
      log.set(true, i);
      await clock.advance('1s');
    }
    expect(told).toEqual([]);
    alarms.close();
  });
});

describe('alarms together', () => {
  it('block once, name all that is wrong, and unblock when the last is cleared', async () => {
    const { alarms, clock, told } = build(40);
    const disk = new FakeDisk();
    await alarms.watchDisk(disk, 1000);
    hold(41);
    alarms.check();
    disk.free = 10;
    await clock.advance('10s');
    expect(alarms.reason).toBe('low on disk & memory: 10 B free, 1000 B wanted');
    letGo(41);
    await clock.advance('1s');
    expect(alarms.reason).toBe('low on disk: 10 B free, 1000 B wanted');
    expect(told).toEqual([
      'block: low on memory',
      'block: low on disk & memory: 10 B free, 1000 B wanted',
    ]);
    disk.free = 1e12;
    await clock.advance('1s');
    expect(told.slice(2)).toEqual(['unblock']);
    alarms.close();
  });

  it('put a failure before all else', async () => {
    const { alarms } = build(0, Infinity);
    const disk = new FakeDisk();
    disk.free = 0;
    await alarms.watchDisk(disk, 1024);
    const log = new FakeLog();
    alarms.watchLog(log);
    log.fail('EROFS: read-only file system, write');
    expect(alarms.reason).toBe(
      'disk failure: EROFS: read-only file system, write; low on disk: 0 B free, 1.0 KiB wanted',
    );
    alarms.close();
  });

  it('have a reason that fits a short string, whatever it says', () => {
    const { alarms } = build(0, Infinity);
    const log = new FakeLog();
    alarms.watchLog(log);
    log.fail(`${'é'.repeat(200)}😀`);
    const { reason = '' } = alarms;
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(reason)).toBeGreaterThan(250);
    expect(reason).toMatch(/^disk failure: é+\.\.\.$/);
    alarms.close();
  });
});
