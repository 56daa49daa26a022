import { describe, expect, it } from 'vitest';
import { dropReference } from '../../src/model/record.ts';
import { bodyOf, FakeConsumer, waiting } from './fixtures.ts';
import {
  consume,
  declare,
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
