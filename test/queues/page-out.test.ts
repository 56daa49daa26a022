import { describe, expect, it } from 'vitest';
import { dropReference } from '../../src/model/record.ts';
import { waiting } from './fixtures.ts';
import {
  consume,
  declare,
  drain,
  fill,
  host,
  inMemory,
  KIB,
  numbers,
  persistent,
  stored,
  upTo,
  usePaging,
} from './paging-kit.ts';

usePaging();

describe('paging out', () => {
  it('keeps the first messages, about as many bytes as it is asked to', () => {
    const queue = declare();
    fill(queue, 1000, {}, KIB);
    const before = queue.memoryBytes;
    const released = queue.pageOut(64 * KIB);
    expect(inMemory(queue)).toBeGreaterThan(50);
    expect(inMemory(queue)).toBeLessThan(66);
    expect(released).toBeGreaterThan(900 * KIB);
    expect(before - queue.memoryBytes).toBeGreaterThan(900 * KIB);
    expect([queue.ready, queue.readyBytes]).toEqual([1000, 1000 * KIB]);
    expect(numbers(waiting(queue))).toEqual(upTo(1000));
    expect(host.log.settled).toEqual([]);
  });

  it('keeps one message at least, and lets go of nothing if there is no more', () => {
    const queue = declare();
    expect(queue.pageOut(0)).toBe(0);
    fill(queue, 1);
    expect(queue.pageOut(0)).toBe(0);
    fill(queue, 1);
    expect(queue.pageOut(0)).toBeGreaterThan(0);
    expect(queue.pageOut(0)).toBe(0);
    expect(inMemory(queue)).toBe(1);
  });

  it('ends when so much has been let go of', () => {
    const queue = declare();
    fill(queue, 2000, {}, KIB);
    const released = queue.pageOut(0, 300 * KIB);
    expect(released).toBeGreaterThanOrEqual(300 * KIB);
    expect(released).toBeLessThan(600 * KIB);
    expect(numbers(waiting(queue))).toEqual(upTo(2000));
  });

  it('writes nothing of what the log has stored, and lets go of nothing that it has not', () => {
    const queue = declare({ durable: true });
    fill(queue, 3000, persistent);
    expect(queue.pageOut(0)).toBe(0);
    expect(inMemory(queue)).toBe(3000);
    host.log.lane(1, 0).storedTo = 1500;
    expect(queue.pageOut(0)).toBeGreaterThan(0);
    expect(inMemory(queue)).toBe(1501);
    host.log.store();
    queue.pageOut(0);
    expect(inMemory(queue)).toBe(1);
    expect(numbers(waiting(queue))).toEqual(upTo(3000));
    expect(host.disk.written).toBe(0);
  });

  it('writes persistent messages among transient ones, and those only', async () => {
    const queue = stored();
    fill(queue, 2100, persistent);
    fill(queue, 10, {}, 0, 2100);
    fill(queue, 2100, persistent, 0, 2110);
    queue.pageOut(0);
    expect(inMemory(queue)).toBe(1);
    expect(host.disk.written).toBeGreaterThan(0);
    expect(host.disk.written).toBeLessThan(200 * KIB);
    expect(await drain(queue)).toEqual(upTo(4210));
    expect(host.log.live).toBe(0);
  });

  it('does not wait for the log when most of what waits is none of its business', async () => {
    const queue = declare({ durable: true });
    fill(queue, 2000, persistent);
    fill(queue, 1500, {}, 0, 2000);
    expect(queue.pageOut(0)).toBe(0);
    fill(queue, 600, {}, 0, 3500);
    expect(queue.pageOut(0)).toBeGreaterThan(0);
    expect(inMemory(queue)).toBe(1);
    expect(await drain(queue)).toEqual(upTo(4100));
    expect(host.log.live).toBe(0);
  });

  it('does nothing where there is nowhere to go', () => {
    host.overflow = undefined;
    const queue = declare();
    fill(queue, 100);
    expect(queue.pageOut(0)).toBe(0);
    expect(inMemory(queue)).toBe(100);
  });

  it('loses nothing when the disk fails in the middle', async () => {
    const queue = declare();
    fill(queue, 1000, {}, KIB);
    queue.pageOut(0, 1);
    host.disk.broken.add('write');
    expect(() => queue.pageOut(0)).toThrow('no write');
    host.disk.broken.clear();
    expect(await drain(queue)).toEqual(upTo(1000));
  });

  it('lets go of what was read and not taken, if the log has it', async () => {
    const queue = stored();
    fill(queue, 5000, persistent, KIB);
    queue.pageOut(0);
    dropReference(queue.take(true)?.record ?? 0);
    await host.quiet();
    const loaded = inMemory(queue);
    expect(loaded).toBeGreaterThan(200);
    expect(queue.pageOut(10 * KIB)).toBeGreaterThan(200 * KIB);
    expect(inMemory(queue)).toBeLessThan(12);
    expect(host.disk.written).toBe(0);
    expect(await drain(queue)).toEqual(upTo(5000, 1));
  });

  it('keeps the first messages of the greatest priority', () => {
    const queue = stored({ arguments: { 'x-max-priority': 3 } });
    for (const priority of [0, 2, 3]) fill(queue, 100, { ...persistent, priority }, KIB);
    queue.pageOut(20 * KIB);
    const kept: number[] = [];
    queue.visitReady((record, seq) => {
      kept.push(seq);
      return record;
    });
    expect(kept.length).toBeGreaterThan(15);
    expect(kept.slice(0, -2)).toEqual(upTo(kept.length - 2));
    expect(kept.slice(-2)).toEqual([0, 0]);
  });
});

describe('a purge', () => {
  it('settles in one range what has never been delivered, and nothing that is out', async () => {
    const queue = stored();
    fill(queue, 2000, persistent);
    queue.pageOut(0);
    const consumer = consume(queue, { credit: 5 });
    await host.quiet();
    consumer.requeue(queue, 3);
    consumer.requeue(queue, 1);
    expect(queue.purge()).toBe(1997);
    expect(host.log.ranges).toBe(1);
    expect(host.log.liveIn()).toEqual([0, 2, 4]);
    fill(queue, 1, persistent);
    expect(host.log.liveIn()).toEqual([0, 2, 4, 2000]);
  });

  it('tells the log nothing where it keeps nothing', () => {
    const [transient, durable] = [declare(), declare({ durable: true })];
    fill(transient, 100, persistent);
    fill(durable, 100);
    for (const queue of [transient, durable]) {
      queue.pageOut(0);
      expect(queue.purge()).toBe(100);
    }
    expect([host.log.ranges, host.log.settled]).toEqual([0, []]);
  });
});

describe('the end of a queue', () => {
  it('drops it from the log when it is deleted, and settles nothing one by one', async () => {
    const queue = stored();
    const consumer = consume(queue, { credit: 2 });
    fill(queue, 100, persistent);
    queue.pageOut(0);
    expect(queue.delete()).toBe(98);
    consumer.ack(queue);
    consumer.requeue(queue);
    expect(host.log.dropped).toEqual([1]);
    expect([host.log.settled, host.log.returned, host.log.ranges]).toEqual([[], [], 0]);
    expect(consumer.cancelled).toBe(1);
  });

  it('leaves everything in the log when the broker merely closes', async () => {
    const queue = stored({ arguments: { 'x-message-ttl': 100, 'x-expires': 100 } });
    const consumer = consume(queue, { credit: 0 });
    fill(queue, 100, persistent);
    queue.pageOut(0);
    queue.close();
    await host.clock.advance(1000);
    expect([host.log.dropped, host.log.settled, host.log.ranges]).toEqual([[], [], 0]);
    expect([host.log.live, host.expiredQueues, host.deaths.length]).toEqual([100, 0, 0]);
    expect(consumer.cancelled).toBe(0);
  });
});
