import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/kit/json.ts';
import type { Queue } from '../../src/queues/queue.ts';
import { type ContractOptions, QueueDesk } from '../queues/desk.ts';
import { FakeConsumer, type FakeHost, type Messages, waiting } from '../queues/fixtures.ts';

/** A policy with this definition. */
export function applied(definition: JsonObject) {
  return { policy: 'p', operatorPolicy: undefined, definition };
}

/** How every kind of queue follows policies that change while it is at work. */
export function queuePolicyContract(name: string, base: ContractOptions): void {
  let desk: QueueDesk;
  let host: FakeHost;
  let messages: Messages;

  beforeEach(async () => {
    desk = await QueueDesk.open(base);
    ({ host, messages } = desk);
    return () => messages.drop();
  });

  const filled = (arguments_: Parameters<QueueDesk['build']>[0] = {}): Queue => {
    const queue = desk.build(arguments_);
    desk.publish(queue, 'a', 'b', 'c', 'd');
    return queue;
  };

  describe(`${name}: a length by policy`, () => {
    it('takes away what is too much at once, from the front', () => {
      const queue = filled();
      queue.applyPolicy(applied({ 'max-length': 2 }));
      expect(waiting(queue)).toEqual(['c', 'd']);
      expect(host.deaths).toEqual(['maxlen a', 'maxlen b']);
      desk.publish(queue, 'e');
      expect(waiting(queue)).toEqual(['d', 'e']);
    });

    it('counts bytes', () => {
      const queue = filled();
      queue.applyPolicy(applied({ 'max-length-bytes': 1 }));
      expect(waiting(queue)).toEqual(['d']);
    });

    it('holds until the policy goes', () => {
      const queue = filled();
      queue.applyPolicy(applied({ 'max-length': 2 }));
      queue.applyPolicy(undefined);
      desk.publish(queue, 'e');
      expect(waiting(queue)).toEqual(['c', 'd', 'e']);
    });

    it('keeps newcomers away instead where the policy says so', () => {
      const queue = filled();
      queue.applyPolicy(applied({ 'max-length': 2, overflow: 'reject-publish' }));
      expect(desk.publish(queue, 'e')).toEqual([false]);
      expect(waiting(queue)).toEqual(['a', 'b', 'c', 'd']);
      queue.applyPolicy(applied({ 'max-length': 2 }));
      expect(waiting(queue)).toEqual(['c', 'd']);
    });

    it('does not lengthen what the queue was declared with', () => {
      const queue = filled({ 'x-max-length': { type: 'I', value: 3 } });
      queue.applyPolicy(applied({ 'max-length': 10 }));
      desk.publish(queue, 'e');
      expect(waiting(queue)).toEqual(['c', 'd', 'e']);
    });

    it('leaves alone what is with consumers', () => {
      const queue = desk.build();
      const consumer = new FakeConsumer({ credit: 2 });
      queue.addConsumer(consumer);
      desk.publish(queue, 'a', 'b', 'c');
      queue.applyPolicy(applied({ 'max-length': 0 }));
      expect([queue.unacked, queue.ready]).toEqual([2, 0]);
      consumer.ack(queue);
      consumer.ack(queue);
      expect(host.deaths).toEqual(['maxlen c']);
    });
  });

  describe(`${name}: a time to live by policy`, () => {
    it('is that of messages that come from then on', async () => {
      const queue = desk.build();
      queue.applyPolicy(applied({ 'message-ttl': 100 }));
      desk.publish(queue, 'a');
      queue.applyPolicy(undefined);
      desk.publish(queue, 'b');
      await host.clock.advance(1000);
      await host.quiet();
      expect(waiting(queue)).toEqual(['b']);
      expect(host.deaths).toEqual(['expired a']);
    });

    it('is not that of messages that wait', async () => {
      const queue = filled();
      queue.applyPolicy(applied({ 'message-ttl': 100 }));
      await host.clock.advance(1000);
      await host.quiet();
      expect(waiting(queue)).toEqual(['a', 'b', 'c', 'd']);
    });

    it('is the shorter one of the argument and the policy', async () => {
      const queue = desk.build({ 'x-message-ttl': { type: 'I', value: 500 } });
      queue.applyPolicy(applied({ 'message-ttl': 100 }));
      desk.publish(queue, 'a');
      queue.applyPolicy(applied({ 'message-ttl': 900 }));
      await host.clock.advance(100);
      expect(waiting(queue)).toEqual([]);
      desk.publish(queue, 'b');
      await host.clock.advance(500);
      expect(waiting(queue)).toEqual([]);
    });
  });

  describe(`${name}: an end by policy`, () => {
    it('comes so long after the policy, unless somebody uses the queue', async () => {
      const queue = desk.build();
      await host.clock.advance(1000);
      queue.applyPolicy(applied({ expires: 300 }));
      await host.clock.advance(200);
      queue.touch();
      await host.clock.advance(299);
      expect(host.expiredQueues).toBe(0);
      await host.clock.advance(1);
      expect(host.expiredQueues).toBe(1);
    });

    it('does not come when the policy has gone', async () => {
      const queue = desk.build();
      queue.applyPolicy(applied({ expires: 300 }));
      await host.clock.advance(200);
      queue.applyPolicy(undefined);
      await host.clock.advance(1000);
      expect(host.expiredQueues).toBe(0);
    });

    it('goes on being awaited when something else changes', async () => {
      const queue = desk.build();
      queue.applyPolicy(applied({ expires: 300 }));
      await host.clock.advance(200);
      queue.applyPolicy(applied({ expires: 300, 'max-length': 5 }));
      await host.clock.advance(100);
      expect(host.expiredQueues).toBe(1);
    });
  });
}
