import { describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../src/kit/clock.ts';
import { FaultyDisk } from '../kit/faulty-disk.ts';
import { append, durable, openSmall, readBack } from './kit.ts';

const KIB = 1024;
const body = 'b'.repeat(KIB);

describe('a log that fills its disk', () => {
  it('writes again as soon as enough has been consumed', async () => {
    const disk = new FaultyDisk(1);
    const clock = new VirtualClock(1000);
    disk.capacity = 600 * KIB;
    const { log } = await openSmall(disk, clock);
    const lane = log.lane(1, 0);
    let seq = 0;
    while (!log.isFull) {
      for (let i = 0; i < 10; i++) append(log, [[lane, seq++]], body);
      await vi.waitFor(() => expect(log.isFull || log.durable === log.appended).toBe(true));
    }
    expect(log.isCongested).toBe(true);
    let relieved = false;
    log.whenRelieved(() => {
      relieved = true;
    });
    await clock.advance(5000);
    expect([log.isFull, relieved]).toEqual([true, false]);
    log.appendSettledRange(lane, 0, seq - 1);
    await vi.waitFor(async () => {
      await clock.advance(1000);
      expect([log.isFull, relieved]).toEqual([false, true]);
    }, 5000);
    append(log, [[lane, seq]], 'last');
    await durable(log);
    await log.close();
    const { log: next } = await openSmall(disk.kill());
    const found = readBack(next, next.lane(1, 0)).map((each) => each.seq);
    expect(found).toEqual([seq - 1, seq]);
    await next.close();
  });

  it('says so when it is closed before there is space', async () => {
    const disk = new FaultyDisk(2);
    const { log } = await openSmall(disk);
    const lane = log.lane(1, 0);
    await vi.waitFor(() => expect(disk.paths()).toContain('wal/reserve'));
    disk.capacity = disk.usedBytes;
    for (let seq = 0; seq < 400; seq++) append(log, [[lane, seq]], body);
    await expect(log.close()).rejects.toThrow('ENOSPC');
  });
});

describe('a log whose disk fails', () => {
  it('confirms nothing from then on, and says why', async () => {
    const disk = new FaultyDisk(3);
    const { log } = await openSmall(disk);
    const lane = log.lane(1, 0);
    append(log, [[lane, 0]], body);
    await durable(log);
    // Nothing else is written any more.
    await vi.waitFor(() => expect(disk.contents('wal/reserve')).toHaveLength(64 * KIB));
    await new Promise((resolve) => setTimeout(resolve, 20));
    disk.failNext('write');
    const lost = append(log, [[lane, 1]], body);
    let confirmed = false;
    log.whenDurable(lost, () => {
      confirmed = true;
    });
    const error = await new Promise<Error>((resolve) => log.whenFailed(resolve));
    expect(error).toMatchObject({ code: 'EIO' });
    const late = append(log, [[lane, 2]], body);
    log.whenDurable(late, () => {
      confirmed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([confirmed, log.failure, log.isCongested]).toEqual([false, error, false]);
    await expect(log.close()).rejects.toThrow('EIO');
    const { log: next } = await openSmall(disk.crash());
    expect(readBack(next, next.lane(1, 0)).map(({ seq }) => seq)[0]).toBe(0);
    await next.close();
  });
});
