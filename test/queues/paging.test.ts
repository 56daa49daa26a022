import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Properties } from '../../src/codec/properties.ts';
import { allocate, MemoryExhausted, release, SEGMENT_BYTES } from '../../src/kit/memory.ts';
import { dropReference } from '../../src/model/record.ts';
import type { Queue } from '../../src/queues/queue.ts';
import {
  bodyOf,
  type ConsumerOptions,
  FakeConsumer,
  FakeHost,
  freePages,
  message,
  noRecords,
  type QueueOptions,
  queueOf,
  waiting,
} from './fixtures.ts';

let host: FakeHost;
let pages: number;
const queues: Queue[] = [];
const consumers: FakeConsumer[] = [];

beforeEach(async () => {
  pages = freePages();
  host = new FakeHost();
  await host.useDisk();
});

// Whatever a test has left gives all of its memory back.
afterEach(() => {
  for (const queue of queues.splice(0)) queue.close();
  for (const { deliveries } of consumers.splice(0)) {
    for (const { record } of deliveries) dropReference(record);
  }
  expect(noRecords()).toBe(true);
  expect(freePages()).toBe(pages);
});

function declare(options: QueueOptions = {}): Queue {
  const queue = queueOf(host, options);
  queues.push(queue);
  return queue;
}

function consume(queue: Queue, options: ConsumerOptions = {}): FakeConsumer {
  const consumer = new FakeConsumer(options);
  if (!options.noAck) consumers.push(consumer);
  queue.addConsumer(consumer);
  return consumer;
}

const KIB = 1024;
const persistent: Properties = { deliveryMode: 2 };

/** Publishes messages that say their number, each of about so many bytes. */
function fill(queue: Queue, count: number, properties: Properties = {}, bytes = 0, from = 0): void {
  for (let i = from; i < from + count; i++) {
    const record = message(String(i).padEnd(bytes, '.'), properties);
    host.publish(queue, record);
    dropReference(record);
  }
}

function numbers(bodies: readonly string[]): number[] {
  return bodies.map((body) => Number.parseInt(body, 10));
}

const upTo = (count: number, from = 0) => Array.from({ length: count - from }, (_, i) => from + i);

/** How many of a queue's messages are in memory. */
function inMemory(queue: Queue): number {
  let count = 0;
  queue.visitReady((record) => {
    count += 1;
    return record;
  });
  return count;
}

function stored(options: QueueOptions = {}): Queue {
  host.log.storesAtOnce = true;
  return declare({ durable: true, ...options });
}

async function drain(queue: Queue): Promise<number[]> {
  const consumer = consume(queue, { noAck: true });
  await host.quiet();
  queue.removeConsumer(consumer);
  return numbers(consumer.bodies);
}

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

describe('reading back', () => {
  it('gives a consumer all that there is, in order, with little of it in memory at a time', async () => {
    for (const queue of [declare(), stored()]) {
      const properties = queue.durable ? persistent : {};
      fill(queue, 20_000, properties, 300);
      queue.pageOut(100 * KIB);
      let most = 0;
      const seen: number[] = [];
      class Taker extends FakeConsumer {
        override deliver(record: number): void {
          seen.push(Number.parseInt(bodyOf(record), 10));
          most = Math.max(most, inMemory(queue));
          dropReference(record);
        }
      }
      queue.addConsumer(new Taker({ noAck: true }));
      await host.quiet();
      expect(seen).toEqual(upTo(20_000));
      expect(most).toBeLessThan((2300 * KIB) / 300);
      expect([queue.ready, queue.readyBytes, queue.memoryBytes]).toEqual([0, 0, 0]);
    }
  });

  it('reads no more than a little while a consumer takes nothing', async () => {
    const queue = stored();
    fill(queue, 10_000, persistent, KIB);
    queue.pageOut(0);
    const consumer = consume(queue, { credit: 1 });
    await host.quiet();
    expect(inMemory(queue)).toBeLessThan(300);
    consumer.ack(queue);
    consumer.credit = 1;
    queue.resume(consumer);
    await host.quiet();
    expect(numbers(consumer.bodies)).toEqual([1]);
    expect(inMemory(queue)).toBeLessThan(300);
  });

  it('reads ahead, so that a consumer finds the next messages in memory', async () => {
    const queue = stored();
    fill(queue, 4000, persistent, KIB);
    queue.pageOut(0);
    const consumer = consume(queue, { credit: 10, noAck: true });
    for (let i = 0; i < 300; i++) {
      await host.quiet();
      const before = consumer.deliveries.length;
      consumer.credit = 10;
      queue.resume(consumer);
      expect(consumer.deliveries.length - before).toBe(10);
    }
  });

  it('keeps what it knows of a message', async () => {
    const queue = declare({ durable: true, arguments: { 'x-message-ttl': 70_000 } });
    fill(queue, 2, persistent);
    await host.clock.advance(500);
    fill(queue, 1, { deliveryMode: 1, expiration: '60000', headers: new Map() }, 0, 2);
    fill(queue, 1, { deliveryMode: 1 }, 0, 3);
    queue.pageOut(0);
    expect(inMemory(queue)).toBe(1);
    const expiries: number[] = [];
    queue.visitWaiting((record, _seq, expiresAt, returns) => {
      expiries.push(expiresAt);
      expect(returns).toBe(0);
      return record;
    });
    expect(expiries).toEqual([71_000, 71_000, 61_500, 71_500]);
    const consumer = consume(queue);
    await host.quiet();
    expect(consumer.deliveries.map(({ expiresAt }) => expiresAt)).toEqual(expiries);
    expect(consumer.deliveries.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    while (consumer.deliveries.length > 0) consumer.ack(queue);
    expect(host.log.live).toBe(0);
  });

  it('takes by hand what is on disk, again and again', () => {
    const queue = stored();
    fill(queue, 1000, persistent, KIB);
    queue.pageOut(0);
    const taken: number[] = [];
    for (let one = queue.take(true); one !== undefined; one = queue.take(true)) {
      taken.push(Number.parseInt(bodyOf(one.record), 10));
      dropReference(one.record);
    }
    expect(taken).toEqual(upTo(1000));
    expect(host.log.live).toBe(0);
  });

  it('ignores what comes of a reading that is not needed any more', async () => {
    const queue = stored();
    fill(queue, 3000, persistent, KIB);
    queue.pageOut(0);
    host.log.held = true;
    consume(queue, { noAck: true, credit: 1 });
    expect(host.log.waiting).toBe(1);
    const taken = upTo(700, 1).map(() => queue.take(true));
    expect(numbers(taken.map((one) => bodyOf(one?.record ?? 0)))).toEqual(upTo(700, 1));
    for (const one of taken) dropReference(one?.record ?? 0);
    host.log.held = false;
    host.log.flush();
    await host.quiet();
    expect(numbers(waiting(queue))).toEqual(upTo(3000, 700));
    queue.purge();
    fill(queue, 2, persistent, 0, 3000);
    host.log.flush();
    expect(numbers(waiting(queue))).toEqual([3000, 3001]);
  });

  it.each(['purge', 'delete', 'close'] as const)('ignores it after a %s', async (end) => {
    for (const queue of [stored(), declare()]) {
      fill(queue, 1000, persistent, KIB);
      queue.pageOut(0);
      host.log.held = true;
      host.disk.held = true;
      const consumer = consume(queue, { noAck: true, credit: 1 });
      expect(host.log.waiting + host.disk.waiting).toBe(1);
      queue[end]();
      host.log.held = false;
      host.disk.held = false;
      host.log.flush();
      host.disk.flush();
      await host.quiet();
      expect([queue.ready, queue.memoryBytes, consumer.deliveries.length]).toEqual([0, 0, 1]);
    }
    await host.overflow?.close();
    expect(host.disk.openFiles).toBe(0);
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

describe('a queue that a log has kept', () => {
  function restart(queue: Queue, options: QueueOptions = {}): Queue {
    queue.close();
    const again = declare({ durable: true, ...options });
    for (const lane of host.log.restart()) again.recover(lane);
    return again;
  }

  it('begins with all of it on disk, and goes on behind it', async () => {
    const before = stored();
    fill(before, 1000, persistent, 10);
    fill(before, 1, {}, 0, 1000);
    const queue = restart(before);
    expect([queue.ready, queue.readyBytes, queue.memoryBytes]).toEqual([1000, 10_000, 0]);
    await host.quiet();
    expect(inMemory(queue)).toBe(0);
    fill(queue, 1, persistent, 0, 1002);
    expect(numbers(waiting(queue))).toEqual([...upTo(1000), 1002]);
    expect(await drain(queue)).toEqual([...upTo(1000), 1002]);
    expect(host.log.live).toBe(0);
  });

  it('begins with the numbers of what is gone', () => {
    const before = stored();
    fill(before, 3, persistent);
    before.purge();
    const queue = restart(before);
    expect(queue.ready).toBe(0);
    const consumer = consume(queue);
    fill(queue, 1, persistent);
    expect(consumer.deliveries.map(({ seq }) => seq)).toEqual([3]);
    consumer.ack(queue);
  });

  it('redelivers what was out, before the rest and at its old place', async () => {
    const before = stored({ arguments: { 'x-queue-type': 'quorum' } });
    fill(before, 10, persistent);
    const holder = consume(before, { credit: 5 });
    holder.requeue(before, 4);
    holder.ack(before, 1);
    host.counted.length = 0;
    const queue = restart(before, { arguments: { 'x-queue-type': 'quorum' } });
    const consumer = consume(queue);
    await host.quiet();
    const got = consumer.deliveries.map(({ body, returns }) => [Number(body), returns]);
    const rest = upTo(10, 5).map((i) => [i, 0]);
    expect(got).toEqual([[0, 1], [2, 1], [3, 1], [4, 1], ...rest]);
    expect(host.counted).toEqual([1, 1, 1, 1]);
    consumer.requeue(queue, 0);
    expect(consumer.deliveries.at(-1)).toMatchObject({ body: '0', seq: 0, returns: 2 });
    while (consumer.deliveries.length > 0) consumer.ack(queue);
  });

  it('lets its head expire without a consumer', async () => {
    const options = { arguments: { 'x-message-ttl': 1000 } };
    const before = stored(options);
    fill(before, 5, persistent);
    await host.clock.advance(400);
    fill(before, 1, persistent, 0, 5);
    const queue = restart(before, options);
    await host.clock.advance(599);
    expect(queue.ready).toBe(6);
    await host.clock.advance(1);
    expect(host.deaths).toEqual(upTo(5).map((i) => `expired ${i}`));
    await host.clock.advance(400);
    expect([queue.ready, host.log.live]).toEqual([0, 0]);
  });

  it('has priorities, each with numbers of its own', async () => {
    const options = { arguments: { 'x-max-priority': 2 } };
    const before = stored(options);
    for (const [i, priority] of [0, 2, 1, 2, 0].entries()) {
      fill(before, 1, { ...persistent, priority }, 0, i);
    }
    const queue = restart(before, options);
    expect(numbers(waiting(queue))).toEqual([1, 3, 2, 0, 4]);
    fill(queue, 1, { ...persistent, priority: 2 }, 0, 5);
    expect(await drain(queue)).toEqual([1, 3, 5, 2, 0, 4]);
  });
});

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

  it('lets nothing be read when memory is full', async () => {
    const queue = stored();
    fill(queue, 10, persistent);
    queue.pageOut(0);
    host.room.isFull = true;
    const consumer = consume(queue, { credit: 5, noAck: true });
    await host.quiet();
    expect(consumer.bodies).toEqual(['0']);
    expect(queue.take(true)).toBeUndefined();
    expect(host.failures.length).toBe(1);
    host.room.isFull = false;
    host.room.look();
    await host.clock.advance(1000);
    await host.quiet();
    expect(consumer.bodies).toEqual(['0', '1', '2', '3', '4']);
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
