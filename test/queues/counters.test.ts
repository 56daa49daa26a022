import { beforeEach, describe, expect, it } from 'vitest';
import type { Queue } from '../../src/queues/queue.ts';
import { FakeConsumer, FakeHost, Messages, queueOf } from './fixtures.ts';

let host: FakeHost;
let messages: Messages;
let queue: Queue;

beforeEach(() => {
  host = new FakeHost();
  messages = new Messages();
  queue = queueOf(host);
  return () => messages.drop();
});

const publish = (...bodies: string[]) => {
  for (const body of bodies) queue.publish(messages.make(body));
};

const nothing = {
  publish: 0,
  deliver: 0,
  deliverNoAck: 0,
  get: 0,
  getNoAck: 0,
  getEmpty: 0,
  ack: 0,
  redeliver: 0,
};

describe('a queue counts', () => {
  it('what it delivered, at once and later', () => {
    publish('a');
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    publish('b');
    expect({ ...queue.counters }).toEqual({ ...nothing, deliver: 2 });
  });

  it('apart what nobody has to acknowledge', () => {
    publish('a');
    queue.addConsumer(new FakeConsumer({ noAck: true }));
    publish('b');
    expect({ ...queue.counters }).toEqual({ ...nothing, deliverNoAck: 2 });
  });

  it('what is taken by hand, and when there is nothing', () => {
    publish('a', 'b');
    queue.take(true);
    queue.take(false);
    queue.take(false);
    const counted = { ...nothing, get: 1, getNoAck: 1, getEmpty: 1 };
    expect({ ...queue.counters }).toEqual(counted);
  });

  it('acknowledgements, but not what is rejected', () => {
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    publish('a', 'b');
    consumer.ack(queue);
    consumer.reject(queue);
    expect(queue.counters.ack).toBe(1);
  });

  it('deliveries of what has been out before', () => {
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    publish('a');
    consumer.requeue(queue);
    expect(queue.counters).toMatchObject({ deliver: 2, redeliver: 1, ack: 0 });
    queue.removeConsumer(consumer);
    const { record, seq, expiresAt, returns } = consumer.give();
    queue.requeue(record, seq, expiresAt, returns);
    queue.take(false);
    expect(queue.counters).toMatchObject({ get: 1, redeliver: 2 });
  });
});

describe('a queue tells', () => {
  it('when it was used last', async () => {
    expect(queue.usedAt).toBe(1);
    await host.clock.advance('5s');
    expect(queue.usedAt).toBe(1);
    publish('a');
    expect(queue.usedAt).toBe(6);
    await host.clock.advance('5s');
    queue.take(true);
    expect(queue.usedAt).toBe(11);
  });

  it('since when its first message has been waiting', async () => {
    expect(queue.waitingSince).toBeUndefined();
    publish('a');
    await host.clock.advance('5s');
    publish('b');
    await host.clock.advance('5s');
    expect(queue.waitingSince).toBe(1);
    queue.take(true);
    expect(queue.waitingSince).toBe(6);
    queue.take(true);
    expect(queue.waitingSince).toBeUndefined();
  });

  it('which record leaves next', () => {
    expect(queue.first).toBe(0);
    const record = messages.make('a');
    queue.publish(record);
    publish('b');
    expect(queue.first).toBe(record);
    const taken = queue.take(false);
    expect(queue.first).not.toBe(record);
    if (taken !== undefined) queue.requeue(record, taken.seq, taken.expiresAt, taken.returns);
    expect(queue.first).toBe(record);
  });

  it('in which share of the time its consumers could take messages', async () => {
    const consumer = new FakeConsumer({ credit: 1 });
    queue.addConsumer(consumer);
    publish('a');
    publish('b');
    await host.clock.advance('4s');
    consumer.credit = 5;
    queue.resume(consumer);
    await host.clock.advance('1s');
    expect(queue.capacity.share(host.recently)).toBeCloseTo(0.2);
    await host.clock.advance('5s');
    expect(queue.capacity.share(host.recently)).toBe(1);
  });
});
