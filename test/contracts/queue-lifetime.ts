import { beforeEach, describe, expect, it } from 'vitest';
import type { Queue } from '../../src/queues/queue.ts';
import { type ContractOptions, QueueDesk } from '../queues/desk.ts';
import { FakeConsumer, type FakeHost, type Messages, waiting } from '../queues/fixtures.ts';

/** How every kind of queue ends, and its messages in it. */
export function queueLifetimeContract(name: string, base: ContractOptions): void {
  let desk: QueueDesk;
  let host: FakeHost;
  let messages: Messages;

  beforeEach(async () => {
    desk = await QueueDesk.open(base);
    ({ host, messages } = desk);
    return () => messages.drop();
  });

  const build = (arguments_?: Parameters<QueueDesk['build']>[0]) => desk.build(arguments_);
  const publish = (queue: Queue, ...bodies: string[]) => desk.publish(queue, ...bodies);
  const expectHeld = (count: number) => desk.expectHeld(count);

  describe(`${name}: time to live`, () => {
    it('ends messages at the head when their time has come, and tells why', async () => {
      const queue = build({ 'x-message-ttl': 100 });
      publish(queue, 'a');
      await host.clock.advance(60);
      publish(queue, 'b');
      await host.clock.advance(39);
      expect(waiting(queue)).toEqual(['a', 'b']);
      await host.clock.advance(1);
      expect(waiting(queue)).toEqual(['b']);
      expect(host.deaths).toEqual(['expired a']);
      await host.clock.advance(60);
      expect(host.deaths).toEqual(['expired a', 'expired b']);
      expect([queue.ready, queue.readyBytes, messages.held]).toEqual([0, 0, 0]);
    });

    it('leaves a message that has expired behind one that has not', async () => {
      const queue = build();
      publish(queue, 'a');
      desk.publishOne(queue, 'b', { expiration: '10' });
      await host.clock.advance(50);
      expect(waiting(queue)).toEqual(['a', 'b']);
      queue.take(true);
      await host.quiet();
      expect(waiting(queue)).toEqual([]);
      expect(host.deaths).toEqual(['expired b']);
    });

    it('never delivers what has expired in the meantime', async () => {
      const queue = build();
      publish(queue, 'a');
      desk.publishOne(queue, 'b', { expiration: '10' });
      publish(queue, 'c');
      await host.clock.advance(50);
      const consumer = new FakeConsumer();
      queue.addConsumer(consumer);
      await host.quiet();
      expect(consumer.bodies).toEqual(['a', 'c']);
      expect(host.deaths).toEqual(['expired b']);
    });

    it('of 0 ends a message unless somebody takes it at once', () => {
      const queue = build({ 'x-message-ttl': 0 });
      publish(queue, 'a');
      expect(host.deaths).toEqual(['expired a']);
      const consumer = new FakeConsumer();
      queue.addConsumer(consumer);
      publish(queue, 'b');
      expect(consumer.bodies).toEqual(['b']);
      expectHeld(1);
    });

    it('does not run while a message is delivered, but has run when it comes back', async () => {
      const queue = build({ 'x-message-ttl': 100 });
      const consumer = new FakeConsumer({ credit: 1 });
      queue.addConsumer(consumer);
      publish(queue, 'a');
      await host.clock.advance(500);
      expect(host.deaths).toEqual([]);
      consumer.requeue(queue);
      expect(host.deaths).toEqual(['expired a']);
      expect([queue.ready, queue.unacked, messages.held]).toEqual([0, 0, 0]);
    });

    it('goes on for a message that comes back in time', async () => {
      const queue = build({ 'x-message-ttl': 100 });
      const consumer = new FakeConsumer({ credit: 1 });
      queue.addConsumer(consumer);
      publish(queue, 'a');
      await host.clock.advance(40);
      consumer.requeue(queue);
      await host.clock.advance(59);
      expect(waiting(queue)).toEqual(['a']);
      await host.clock.advance(1);
      expect(host.deaths).toEqual(['expired a']);
    });

    it('runs for a message that becomes the head because a longer queue is cut', async () => {
      const queue = build({ 'x-max-length': 1 });
      publish(queue, 'a');
      desk.publishOne(queue, 'b', { expiration: '100' });
      expect(waiting(queue)).toEqual(['b']);
      await host.clock.advance(100);
      expect(host.deaths).toEqual(['maxlen a', 'expired b']);
      expect(queue.ready).toBe(0);
    });

    it('runs for a message that others become shorter than', async () => {
      const queue = build();
      desk.publishOne(queue, 'long', { expiration: '1000' });
      queue.take(true);
      desk.publishOne(queue, 'short', { expiration: '10' });
      await host.clock.advance(10);
      expect(host.deaths).toEqual(['expired short']);
    });
  });

  describe(`${name}: x-expires`, () => {
    it('ends a queue that nobody has used for so long', async () => {
      build({ 'x-expires': 100 });
      await host.clock.advance(99);
      expect(host.expiredQueues).toBe(0);
      await host.clock.advance(1);
      expect(host.expiredQueues).toBe(1);
      await host.clock.advance(1000);
      expect(host.expiredQueues).toBe(1);
    });

    it('counts anew when the queue is used', async () => {
      const queue = build({ 'x-expires': 100 });
      for (let i = 0; i < 5; i++) {
        await host.clock.advance(60);
        queue.touch();
      }
      expect(host.expiredQueues).toBe(0);
      await host.clock.advance(100);
      expect(host.expiredQueues).toBe(1);
    });

    it('does not count while there are consumers, and anew when the last has gone', async () => {
      const queue = build({ 'x-expires': 100 });
      const consumer = new FakeConsumer();
      queue.addConsumer(consumer);
      await host.clock.advance(1050);
      expect(host.expiredQueues).toBe(0);
      queue.removeConsumer(consumer);
      await host.clock.advance(99);
      expect(host.expiredQueues).toBe(0);
      await host.clock.advance(1);
      expect(host.expiredQueues).toBe(1);
    });

    it('does not mind messages', async () => {
      const queue = build({ 'x-expires': 100 });
      await host.clock.advance(90);
      publish(queue, 'a');
      await host.clock.advance(10);
      expect(host.expiredQueues).toBe(1);
      expectHeld(0);
    });
  });
}
