import { describe, expect, it } from 'vitest';
import { allocate, MemoryExhausted, release, SEGMENT_BYTES } from '../../src/kit/memory.ts';
import { dropReference } from '../../src/model/record.ts';
import { bodyOf, waiting } from './fixtures.ts';
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

describe('a disk that cannot be read', () => {
  it('is told of, and tried again, and nothing is lost', async () => {
    const queue = stored();
    fill(queue, 500, persistent);
    queue.pageOut(0);
    host.log.broken = new Error('bad sector');
    const consumer = consume(queue);
    await host.quiet();
    expect([host.failures, consumer.deliveries.length]).toEqual([['bad sector'], 1]);
    queue.dispatch();
    await host.clock.advance(1000);
    expect(host.failures).toEqual(['bad sector', 'bad sector']);
    host.log.broken = undefined;
    expect(queue.ready).toBe(499);
    await host.clock.advance(1000);
    await host.quiet();
    expect(numbers(consumer.bodies)).toEqual(upTo(500));
    while (consumer.deliveries.length > 0) consumer.ack(queue);
  });

  it('gives nothing to who takes by hand, until it can', async () => {
    for (const queue of [stored(), declare()]) {
      fill(queue, 3, persistent);
      queue.pageOut(0);
      host.log.broken = new Error('bad sector');
      host.disk.broken.add('read');
      dropReference(queue.take(true)?.record ?? 0);
      await host.quiet();
      expect(queue.take(true)).toBeUndefined();
      expect([queue.take(true), queue.ready]).toEqual([undefined, 2]);
      host.log.broken = undefined;
      host.disk.broken.clear();
      await host.clock.advance(1000);
      const taken = queue.take(true);
      expect(taken).toBeDefined();
      dropReference(taken?.record ?? 0);
    }
    expect(host.failures.length).toBe(2);
  });

  it('lets a queue be longer than it should, until it can', async () => {
    const queue = stored({ arguments: { 'x-max-length': 3 } });
    fill(queue, 3, persistent);
    queue.pageOut(0);
    host.log.broken = new Error('bad sector');
    fill(queue, 3, persistent, 0, 3);
    expect(host.deaths).toEqual(['maxlen 0']);
    expect(queue.ready).toBe(5);
    host.log.broken = undefined;
    await host.clock.advance(1000);
    fill(queue, 1, persistent, 0, 6);
    expect(numbers(waiting(queue))).toEqual([4, 5, 6]);
  });

  it('is told of when it has not all that it should have', async () => {
    const queue = stored();
    fill(queue, 5, persistent, 10);
    queue.pageOut(0);
    host.log.lane(1, 0).live.delete(3);
    expect(await drain(queue)).toEqual([0, 1, 2, 4]);
    expect(host.failures).toEqual(['1 messages are not where they were written']);
    expect([queue.ready, queue.readyBytes, queue.memoryBytes]).toEqual([0, 0, 0]);
  });
});

describe('a shortage of memory', () => {
  it('lets a consumer that settles nothing have no more than its share', async () => {
    const queue = stored();
    fill(queue, 20_000, persistent, KIB);
    queue.pageOut(0);
    host.room.isShort = true;
    const consumer = consume(queue);
    await host.quiet();
    expect(queue.unackedBytes).toBeGreaterThan(3000 * KIB);
    expect(queue.unackedBytes).toBeLessThan(5000 * KIB);
    host.room.look();
    await host.quiet();
    expect(queue.unackedBytes).toBeLessThan(5000 * KIB);
    const got: string[] = [];
    while (queue.ready + queue.unacked > 0) {
      got.push(...consumer.bodies);
      while (consumer.deliveries.length > 0) consumer.ack(queue);
      host.room.look();
      await host.quiet();
    }
    expect(numbers(got)).toEqual(upTo(20_000));
  });

  it('keeps nobody from the first messages of a queue, whatever lies behind them', async () => {
    const queue = declare({ durable: true });
    fill(queue, 3000, persistent, KIB);
    host.log.store();
    fill(queue, 10_000, persistent, KIB, 3000);
    queue.pageOut(0);
    expect(inMemory(queue)).toBe(10_001);
    host.room.isShort = true;
    const consumer = consume(queue, { credit: 300 });
    await host.quiet();
    expect(consumer.deliveries.length).toBe(300);
  });

  it('ends, and then everybody goes on', async () => {
    const queue = stored();
    fill(queue, 10_000, persistent, KIB);
    queue.pageOut(0);
    host.room.isShort = true;
    const consumer = consume(queue);
    await host.quiet();
    host.room.isShort = false;
    host.room.look();
    await host.quiet();
    expect(numbers(consumer.bodies)).toEqual(upTo(10_000));
    while (consumer.deliveries.length > 0) consumer.ack(queue);
  });

  it('lets consumers have a message or two at a time when memory is full', async () => {
    const queue = stored();
    fill(queue, 10, persistent);
    queue.pageOut(0);
    host.room.isFull = true;
    const consumer = consume(queue);
    await host.quiet();
    expect(consumer.bodies).toEqual(['0', '1']);
    expect(queue.take(true)).toBeUndefined();
    expect(host.failures.length).toBe(1);
    await host.clock.advance(1000);
    consumer.ack(queue);
    host.room.look();
    await host.quiet();
    expect(consumer.bodies).toEqual(['1']);
    consumer.ack(queue);
    host.room.look();
    await host.quiet();
    expect(consumer.bodies).toEqual(['2', '3']);
    expect(inMemory(queue)).toBe(0);
    host.room.isFull = false;
    host.room.look();
    await host.quiet();
    expect(consumer.bodies).toEqual(['2', '3', '4', '5', '6', '7', '8', '9']);
  });

  it('lets who takes by hand have one message after the other', async () => {
    const queue = stored();
    fill(queue, 10, persistent);
    queue.pageOut(0);
    host.room.isFull = true;
    for (let i = 0; i < 10; i++) {
      const taken = queue.take(true);
      expect(bodyOf(taken?.record ?? 0)).toBe(String(i));
      expect(inMemory(queue)).toBe(0);
      dropReference(taken?.record ?? 0);
    }
  });

  it('in the middle of a reading costs nothing but time', async () => {
    for (const queue of [stored(), declare()]) {
      fill(queue, 3000, persistent, KIB);
      queue.pageOut(0);
      const others = fillMemory();
      const consumer = consume(queue);
      await host.quiet();
      expect(consumer.deliveries.length).toBeGreaterThan(1);
      expect(consumer.deliveries.length).toBeLessThan(1500);
      expect(queue.ready).toBe(3000 - consumer.deliveries.length);
      expect(numbers(consumer.bodies)).toEqual(upTo(consumer.deliveries.length));
      for (let i = 0; i < 2000 && queue.ready > 0; i++) {
        const taken = queue.take(true);
        if (taken === undefined) break;
        expect(Number.parseInt(bodyOf(taken.record), 10)).toBe(3000 - queue.ready - 1);
        dropReference(taken.record);
      }
      for (const record of others) release(record);
      host.room.look();
      await host.clock.advance(1000);
      await host.quiet();
      expect([queue.ready, consumer.deliveries.length > 2000]).toEqual([0, true]);
    }
  });
});

/** Takes all memory but that for a thousand messages. */
function fillMemory(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(allocate(SEGMENT_BYTES));
  } catch (error) {
    expect(error).toBeInstanceOf(MemoryExhausted);
  }
  for (const record of taken.splice(0, 4)) release(record);
  return taken;
}
