import { beforeEach, describe, expect, it } from 'vitest';
import type { Queue } from '../../src/queues/queue.ts';
import { type ContractOptions, QueueDesk } from '../queues/desk.ts';
import {
  bodyOf,
  FakeConsumer,
  type FakeHost,
  freePages,
  type Messages,
  waiting,
} from '../queues/fixtures.ts';
import { queueLifetimeContract } from './queue-lifetime.ts';

/** What every kind of queue must do with its messages. */
export function queueContract(name: string, base: ContractOptions): void {
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

  queueLifetimeContract(name, base);

  describe(`${name}: publishing and delivering`, () => {
    it('lets messages wait while nobody takes them', () => {
      const queue = build();
      expect(publish(queue, 'a', 'b', 'ccc')).toEqual([true, true, true]);
      expect([queue.ready, queue.readyBytes, queue.unacked]).toEqual([3, 5, 0]);
      expect(waiting(queue)).toEqual(['a', 'b', 'ccc']);
      expectHeld(3);
      queue.purge();
    });

    it('delivers what waits, in order, to a consumer that comes', async () => {
      const queue = build();
      publish(queue, 'a', 'b', 'c');
      const consumer = new FakeConsumer();
      queue.addConsumer(consumer);
      await host.quiet();
      expect(consumer.bodies).toEqual(['a', 'b', 'c']);
      expect([queue.ready, queue.readyBytes]).toEqual([0, 0]);
      expect([queue.unacked, queue.unackedBytes]).toEqual([3, 3]);
    });

    it('delivers at once while a consumer is ready, with places that follow one another', () => {
      const queue = build();
      const consumer = new FakeConsumer();
      queue.addConsumer(consumer);
      publish(queue, 'a', 'b');
      expect(consumer.deliveries.map(({ seq, returns }) => [seq, returns])).toEqual([
        [0, 0],
        [1, 0],
      ]);
      expect([queue.ready, queue.unacked]).toEqual([0, 2]);
    });

    it('stops at the end of a consumer’s credit and goes on when there is more', () => {
      const queue = build();
      const consumer = new FakeConsumer({ credit: 2 });
      queue.addConsumer(consumer);
      publish(queue, 'a', 'b', 'c', 'd');
      expect(consumer.bodies).toEqual(['a', 'b']);
      expect(waiting(queue)).toEqual(['c', 'd']);
      consumer.credit = 1;
      queue.resume(consumer);
      expect(consumer.bodies).toEqual(['a', 'b', 'c']);
      expect(waiting(queue)).toEqual(['d']);
      queue.purge();
    });

    it('shares messages among consumers in turn, waiting ones as well as new ones', async () => {
      const queue = build();
      const [a, b] = [new FakeConsumer({ credit: 0 }), new FakeConsumer({ credit: 0 })];
      queue.addConsumer(a);
      queue.addConsumer(b);
      publish(queue, '1', '2', '3', '4');
      a.credit = Infinity;
      b.credit = Infinity;
      queue.consumers.resume(a);
      queue.consumers.resume(b);
      queue.dispatch();
      await host.quiet();
      publish(queue, '5', '6');
      expect(a.bodies).toEqual(['1', '3', '5']);
      expect(b.bodies).toEqual(['2', '4', '6']);
    });

    it('forgets what a consumer takes without acknowledgement', () => {
      const queue = build();
      publish(queue, 'a');
      const consumer = new FakeConsumer({ noAck: true });
      queue.addConsumer(consumer);
      publish(queue, 'b');
      expect(consumer.bodies).toEqual(['a', 'b']);
      expect([queue.ready, queue.unacked, queue.unackedBytes]).toEqual([0, 0, 0]);
      expectHeld(0);
    });

    it('leaves nothing behind when everything has been acknowledged', () => {
      const pages = freePages();
      const queue = build();
      const consumer = new FakeConsumer({ credit: 300 });
      queue.addConsumer(consumer);
      for (let i = 0; i < 600; i++) publish(queue, 'x');
      consumer.credit = Infinity;
      queue.resume(consumer);
      expectHeld(600);
      while (consumer.deliveries.length > 0) consumer.ack(queue);
      expect([queue.unacked, queue.unackedBytes, messages.held]).toEqual([0, 0, 0]);
      expect(freePages()).toBe(pages);
    });
  });

  describe(`${name}: deliveries that come back`, () => {
    const isQuorum = base.arguments?.['x-queue-type'] === 'quorum';
    const where = isQuorum ? 'in front, one behind the other' : 'at their old places';

    it(`are put back ${where}, and counted`, () => {
      const queue = build();
      const consumer = new FakeConsumer({ credit: 3 });
      queue.addConsumer(consumer);
      publish(queue, 'a', 'b', 'c', 'd');
      consumer.requeue(queue, 2);
      consumer.requeue(queue, 0);
      expect(waiting(queue)).toEqual(isQuorum ? ['c', 'a', 'd'] : ['a', 'c', 'd']);
      consumer.requeue(queue, 0);
      expect(waiting(queue)).toEqual(isQuorum ? ['c', 'a', 'b', 'd'] : ['a', 'b', 'c', 'd']);
      expect([queue.ready, queue.readyBytes, queue.unacked, queue.unackedBytes]).toEqual([
        4, 4, 0, 0,
      ]);
      expect(host.counted).toEqual([1, 1, 1]);
      queue.purge();
      expectHeld(0);
    });

    it('are delivered again with the number of their returns', () => {
      const queue = build();
      const consumer = new FakeConsumer({ credit: 1 });
      queue.addConsumer(consumer);
      publish(queue, 'a');
      for (const returns of [1, 2, 3]) {
        consumer.credit = 1;
        consumer.requeue(queue);
        expect(consumer.deliveries.map((delivery) => delivery.returns)).toEqual([returns]);
      }
    });

    it('go to another consumer that is ready', () => {
      const queue = build();
      const [a, b] = [new FakeConsumer({ credit: 1 }), new FakeConsumer()];
      queue.addConsumer(a);
      publish(queue, 'a');
      queue.addConsumer(b);
      a.requeue(queue);
      expect([a.bodies, b.bodies]).toEqual([[], ['a']]);
    });

    it('are dead-lettered when they are rejected for good', () => {
      const queue = build();
      const consumer = new FakeConsumer();
      queue.addConsumer(consumer);
      publish(queue, 'a', 'b');
      consumer.reject(queue, 1);
      expect(host.deaths).toEqual(['rejected b']);
      expect([queue.ready, queue.unacked, messages.held]).toEqual([0, 1, 1]);
    });
  });

  describe(`${name}: taking by hand`, () => {
    it('gives one message after the other, then none', () => {
      const queue = build();
      publish(queue, 'a', 'bb');
      const first = queue.take(false);
      expect(first).toMatchObject({ seq: 0, expiresAt: Infinity, returns: 0 });
      expect(bodyOf(first?.record ?? 0)).toBe('a');
      expect([queue.ready, queue.unacked, queue.unackedBytes]).toEqual([1, 1, 1]);
      const second = queue.take(false);
      expect(bodyOf(second?.record ?? 0)).toBe('bb');
      expect(queue.take(false)).toBeUndefined();
      expect([queue.unacked, queue.unackedBytes]).toEqual([2, 3]);
    });

    it('counts nothing as unacked that needs no acknowledgement', () => {
      const queue = build();
      publish(queue, 'a');
      expect(queue.take(true)).toBeDefined();
      expect([queue.ready, queue.unacked, queue.unackedBytes]).toEqual([0, 0, 0]);
    });

    it('takes back what was taken', () => {
      const queue = build();
      publish(queue, 'a', 'b');
      const taken = queue.take(false);
      if (taken === undefined) throw new Error('nothing taken');
      queue.requeue(taken.record, taken.seq, taken.expiresAt, taken.returns);
      expect(waiting(queue)).toEqual(['a', 'b']);
      expect(queue.take(false)).toMatchObject({ seq: 0, returns: 1 });
    });
  });

  describe(`${name}: limits`, () => {
    it('drops the oldest when there are too many', () => {
      const queue = build({ 'x-max-length': 2 });
      expect(publish(queue, 'a', 'b', 'c')).toEqual([true, true, true]);
      expect(waiting(queue)).toEqual(['b', 'c']);
      expect(host.deaths).toEqual(['maxlen a']);
      queue.purge();
      expectHeld(0);
    });

    it('drops the oldest when bodies are too long together', () => {
      const queue = build({ 'x-max-length-bytes': 6 });
      publish(queue, 'aaa', 'bbb', 'c');
      expect(waiting(queue)).toEqual(['bbb', 'c']);
      publish(queue, 'seven77');
      expect(waiting(queue)).toEqual([]);
      expect(host.deaths).toEqual(['maxlen aaa', 'maxlen bbb', 'maxlen c', 'maxlen seven77']);
      expect([queue.readyBytes, messages.held]).toEqual([0, 0]);
    });

    it('drops the oldest when a delivery comes back to a full queue', () => {
      const queue = build({ 'x-max-length': 1 });
      const consumer = new FakeConsumer({ credit: 1 });
      queue.addConsumer(consumer);
      publish(queue, 'a', 'b');
      consumer.requeue(queue);
      expect(waiting(queue)).toEqual(['b']);
      expect(host.deaths).toEqual(['maxlen a']);
      expectHeld(1);
    });

    it('does not count what is delivered', () => {
      const queue = build({ 'x-max-length': 1 });
      const consumer = new FakeConsumer({ credit: 2 });
      queue.addConsumer(consumer);
      publish(queue, 'a', 'b', 'c');
      expect(host.deaths).toEqual([]);
      expect([queue.ready, queue.unacked]).toEqual([1, 2]);
    });

    it('refuses what would be too many, and says so', () => {
      const queue = build({ 'x-max-length': 2, 'x-overflow': 'reject-publish' });
      expect(publish(queue, 'a', 'b', 'c')).toEqual([true, true, false]);
      expect(waiting(queue)).toEqual(['a', 'b']);
      expect(host.deaths).toEqual([]);
      expectHeld(2);
      queue.take(true);
      expect(publish(queue, 'd')).toEqual([true]);
    });

    it('refuses what would be too long together', () => {
      const queue = build({ 'x-max-length-bytes': 4, 'x-overflow': 'reject-publish' });
      expect(publish(queue, 'aaa', 'bb', 'b')).toEqual([true, false, true]);
      expect(queue.readyBytes).toBe(4);
    });

    it('takes nothing by a limit of 0 but what somebody takes at once', () => {
      const queue = build({ 'x-max-length': 0 });
      publish(queue, 'a');
      expect(host.deaths).toEqual(['maxlen a']);
      const consumer = new FakeConsumer();
      queue.addConsumer(consumer);
      publish(queue, 'b');
      expect(consumer.bodies).toEqual(['b']);
    });
  });

  describe(`${name}: purge and delete`, () => {
    it('purges what waits and nothing that is delivered', () => {
      const queue = build();
      const consumer = new FakeConsumer({ credit: 1 });
      queue.addConsumer(consumer);
      publish(queue, 'a', 'b', 'c');
      expect(queue.purge()).toBe(2);
      expect([queue.ready, queue.readyBytes, queue.unacked]).toEqual([0, 0, 1]);
      expect(host.deaths).toEqual([]);
      consumer.requeue(queue);
      expect(waiting(queue)).toEqual(['a']);
      expect(queue.purge()).toBe(1);
      expect(queue.purge()).toBe(0);
      expectHeld(0);
    });

    it('goes on with limits and expiry after a purge', async () => {
      const queue = build({ 'x-message-ttl': 100, 'x-max-length': 2 });
      publish(queue, 'a', 'b');
      queue.purge();
      await host.clock.advance(50);
      publish(queue, 'c', 'd', 'e');
      await host.clock.advance(99);
      expect(host.deaths).toEqual(['maxlen c']);
      await host.clock.advance(1);
      expect(host.deaths).toEqual(['maxlen c', 'expired d', 'expired e']);
    });

    it('tells each consumer once that the queue is deleted, and how many messages waited', () => {
      const queue = build();
      const [a, b] = [new FakeConsumer({ credit: 1 }), new FakeConsumer({ credit: 0 })];
      queue.addConsumer(a);
      queue.addConsumer(b);
      publish(queue, 'a', 'b', 'c');
      expect(queue.delete()).toBe(2);
      expect([a.cancelled, b.cancelled]).toEqual([1, 1]);
      expect(queue.consumers.count).toBe(0);
      expect(host.deaths).toEqual([]);
      expectHeld(1);
    });

    it('takes deliveries back after its deletion only to let go of them', () => {
      const queue = build({ 'x-message-ttl': 100 });
      const consumer = new FakeConsumer({ credit: 3 });
      queue.addConsumer(consumer);
      publish(queue, 'a', 'b', 'c');
      queue.delete();
      consumer.ack(queue);
      consumer.reject(queue);
      consumer.requeue(queue);
      expect([queue.ready, queue.unacked, queue.unackedBytes]).toEqual([0, 0, 0]);
      expect([host.deaths, messages.held]).toEqual([[], 0]);
    });

    it('leaves no timer behind when it is deleted', async () => {
      const queue = build({ 'x-message-ttl': 100, 'x-expires': 200 });
      publish(queue, 'a');
      queue.delete();
      queue.removeConsumer(new FakeConsumer());
      await host.clock.advance(1000);
      expect([host.expiredQueues, host.deaths]).toEqual([0, []]);
    });
  });

  describe(`${name}: a single active consumer`, () => {
    it('gets everything until it leaves, and the next one from then on', () => {
      const queue = build({ 'x-single-active-consumer': true });
      const [a, b] = [new FakeConsumer({ tag: 'a', credit: 2 }), new FakeConsumer({ tag: 'b' })];
      queue.addConsumer(a);
      queue.addConsumer(b);
      publish(queue, '1', '2', '3');
      expect([a.bodies, b.bodies]).toEqual([['1', '2'], []]);
      queue.removeConsumer(a);
      expect(b.bodies).toEqual(['3']);
      a.requeue(queue, 1);
      a.requeue(queue, 0);
      expect(b.bodies).toEqual(['3', '2', '1']);
    });
  });
}
