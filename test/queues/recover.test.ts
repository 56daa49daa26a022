import { describe, expect, it } from 'vitest';
import type { Queue } from '../../src/queues/queue.ts';
import { type QueueOptions, waiting } from './fixtures.ts';
import {
  consume,
  declare,
  drain,
  fill,
  host,
  inMemory,
  numbers,
  persistent,
  stored,
  upTo,
  usePaging,
} from './paging-kit.ts';

usePaging();

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
