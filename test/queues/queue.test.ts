import { beforeEach, describe, expect, it } from 'vitest';
import { dropReference } from '../../src/model/record.ts';
import { queueContract } from '../contracts/queue.ts';
import {
  bodyOf,
  FakeConsumer,
  FakeHost,
  Messages,
  message,
  placesOf,
  queueOf,
  waiting,
} from './fixtures.ts';

queueContract('a transient queue', {});
queueContract('a durable queue', { durable: true });
queueContract('a queue with priorities', { arguments: { 'x-max-priority': 5 } });
queueContract('a quorum queue', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
queueContract('a transient queue on disk', { pages: true });
queueContract('a durable queue on disk', {
  durable: true,
  properties: { deliveryMode: 2 },
  pages: true,
});
queueContract('a queue with priorities on disk', {
  durable: true,
  arguments: { 'x-max-priority': 5 },
  properties: { deliveryMode: 2, priority: 3 },
  pages: true,
});

let host: FakeHost;
let messages: Messages;

beforeEach(() => {
  host = new FakeHost();
  messages = new Messages();
  return () => messages.drop();
});

describe('priorities', () => {
  const build = () => queueOf(host, { arguments: { 'x-max-priority': 3 } });
  const publish = (queue: ReturnType<typeof build>, body: string, priority?: number) =>
    queue.publish(messages.make(body, priority === undefined ? {} : { priority }));

  it('let greater ones leave first and take those beyond the greatest for the greatest', () => {
    const queue = build();
    publish(queue, 'none');
    publish(queue, 'two', 2);
    publish(queue, 'nine', 9);
    publish(queue, 'three', 3);
    expect(waiting(queue)).toEqual(['nine', 'three', 'two', 'none']);
  });

  it('bring what comes back to its place among its equals', () => {
    const queue = build();
    const consumer = new FakeConsumer({ credit: 2 });
    publish(queue, 'a', 1);
    publish(queue, 'b', 2);
    publish(queue, 'c', 1);
    queue.addConsumer(consumer);
    expect(consumer.bodies).toEqual(['b', 'a']);
    publish(queue, 'd', 3);
    consumer.requeue(queue, 1);
    consumer.requeue(queue, 0);
    expect(waiting(queue)).toEqual(['d', 'b', 'a', 'c']);
  });

  it('mean nothing to a queue without', () => {
    const queue = queueOf(host);
    publish(queue, 'a', 1);
    publish(queue, 'b', 9);
    expect(waiting(queue)).toEqual(['a', 'b']);
  });

  it('let each priority’s head expire, behind greater ones too', async () => {
    const queue = build();
    publish(queue, 'high', 3);
    queue.publish(messages.make('low', { expiration: '10' }));
    await host.clock.advance(10);
    expect(host.deaths).toEqual(['expired low']);
    expect(waiting(queue)).toEqual(['high']);
  });
});

describe('a delivery limit', () => {
  const build = (limit: number) =>
    queueOf(host, {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': limit },
    });

  it.each([0, 1, 3])('of %i lets a message come back so often and no more', (limit) => {
    const queue = build(limit);
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    queue.publish(messages.make('a'));
    for (let i = 0; i < limit; i++) consumer.requeue(queue);
    expect(consumer.deliveries).toMatchObject([{ body: 'a', returns: limit }]);
    expect(host.died).toEqual([]);
    consumer.requeue(queue);
    expect(consumer.deliveries).toEqual([]);
    expect(host.died).toEqual([{ body: 'a', reason: 'delivery_limit', returns: limit + 1 }]);
    expect([queue.ready, queue.unacked, queue.unackedBytes, messages.held]).toEqual([0, 0, 0, 0]);
  });

  it('below 0 is none', () => {
    const queue = build(-1);
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    queue.publish(messages.make('a'));
    for (let i = 0; i < 30; i++) consumer.requeue(queue);
    expect(consumer.deliveries).toMatchObject([{ returns: 30 }]);
  });
});

describe('a message that comes back', () => {
  it('waits on as the record that the host puts in its stead', () => {
    const replacement = message('counted');
    class CountingHost extends FakeHost {
      override countReturn(_queue: unknown, record: number, returns: number): number {
        this.counted.push(returns);
        dropReference(record);
        return replacement;
      }
    }
    const counting = new CountingHost();
    const queue = queueOf(counting);
    const consumer = new FakeConsumer({ credit: 1 });
    queue.addConsumer(consumer);
    queue.publish(messages.make('a'));
    consumer.requeue(queue);
    expect(waiting(queue)).toEqual(['counted']);
    expect(queue.readyBytes).toBe('counted'.length);
    expect(messages.held).toBe(0);
    expect(bodyOf(queue.take(true)?.record ?? 0)).toBe('counted');
    dropReference(replacement);
  });
});

describe('reject-publish-dlx', () => {
  it('refuses what is too many and dead-letters it', () => {
    const queue = queueOf(host, {
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish-dlx' },
    });
    expect(queue.publish(messages.make('a'))).toBe(true);
    expect(queue.publish(messages.make('b'))).toBe(false);
    expect(host.deaths).toEqual(['maxlen b']);
    expect(waiting(queue)).toEqual(['a']);
    expect(messages.held).toBe(1);
  });
});

describe('a limit that refuses', () => {
  it('lets deliveries come back to a full queue', () => {
    const queue = queueOf(host, {
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    });
    const consumer = new FakeConsumer({ credit: 1 });
    queue.addConsumer(consumer);
    queue.publish(messages.make('a'));
    queue.publish(messages.make('b'));
    consumer.requeue(queue);
    expect(waiting(queue)).toEqual(['a', 'b']);
    expect(host.deaths).toEqual([]);
  });
});

describe('an auto-delete queue', () => {
  it('goes with its last consumer, not before its first', () => {
    const queue = queueOf(host, { autoDelete: true });
    const [a, b] = [new FakeConsumer(), new FakeConsumer()];
    queue.addConsumer(a);
    queue.addConsumer(b);
    queue.removeConsumer(a);
    expect(host.unusedQueues).toBe(0);
    queue.removeConsumer(b);
    expect(host.unusedQueues).toBe(1);
    expect(queue.deleted).toBe(true);
  });

  it('is not told twice when it is deleted under its consumers', () => {
    const queue = queueOf(host, { autoDelete: true });
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    queue.delete();
    queue.removeConsumer(consumer);
    expect(host.unusedQueues).toBe(0);
  });
});

describe('what the log is told', () => {
  const persistent = (body: string, more: object = {}) =>
    messages.make(body, { deliveryMode: 2, ...more });
  // Without priorities, each message's place is a multiple of 256.
  const settled = () => host.log.settled.map((place) => place / 256);

  it('is every place that a persistent message leaves for good, once', async () => {
    const queue = queueOf(host, { durable: true, arguments: { 'x-max-length': 5 } });
    const consumer = new FakeConsumer({ credit: 3 });
    for (const body of ['0', '1', '2', '3', '4']) queue.publish(persistent(body));
    queue.publish(persistent('5', { expiration: '10' }));
    expect(settled()).toEqual([0]);
    queue.addConsumer(consumer);
    consumer.ack(queue, 1);
    consumer.requeue(queue, 0);
    expect(settled()).toEqual([0, 2]);
    consumer.reject(queue);
    expect(settled()).toEqual([0, 2, 3]);
    queue.take(true);
    expect(settled()).toEqual([0, 2, 3, 1]);
    await host.clock.advance(10);
    expect(waiting(queue)).toEqual(['4', '5']);
    queue.take(true);
    expect(settled()).toEqual([0, 2, 3, 1, 4, 5]);
  });

  it('is nothing of transient messages or transient queues', () => {
    const [durable, transient] = [queueOf(host, { durable: true }), queueOf(host)];
    durable.publish(messages.make('a'));
    transient.publish(persistent('b'));
    expect(placesOf(durable, messages.make('a'))).toEqual([]);
    expect(placesOf(transient, persistent('b'))).toEqual([]);
    durable.purge();
    transient.purge();
    expect(host.log.settled).toEqual([]);
  });

  it('is nothing of a message that was gone before the log could keep it', () => {
    const record = persistent('a');
    const passing = queueOf(host, { durable: true });
    passing.addConsumer(new FakeConsumer({ noAck: true }));
    passing.publish(record);
    expect(placesOf(passing, record)).toEqual([]);
    const brief = queueOf(host, { durable: true, arguments: { 'x-message-ttl': 0 } });
    brief.publish(record);
    expect(placesOf(brief, record)).toEqual([]);
    const full = queueOf(host, { durable: true, arguments: { 'x-max-length': 0 } });
    full.publish(record);
    expect(placesOf(full, record)).toEqual([]);
  });

  it('is the place of a message that waits or is out for acknowledgement', () => {
    const queue = queueOf(host, { durable: true });
    const record = persistent('a');
    queue.publish(record);
    expect(placesOf(queue, record)).toEqual([0]);
    queue.addConsumer(new FakeConsumer());
    queue.publish(record);
    expect(placesOf(queue, record)).toEqual([1]);
  });
});
