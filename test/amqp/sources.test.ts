import { describe, expect, it } from 'vitest';
import { Sources, type WindowedConsumer } from '../../src/amqp/sources.ts';
import type { Queue } from '../../src/queues/queue.ts';

// A source looks into neither its queue nor its consumer.
const queue = { name: 'q' } as Queue;
const other = { name: 'other' } as Queue;
const consumer = { tag: 'c' } as unknown as WindowedConsumer;

describe('the sources of a channel', () => {
  it('have numbers of their own', () => {
    const sources = new Sources();
    const first = sources.add(queue, consumer);
    const second = sources.add(queue, consumer);
    expect([first.slot, second.slot]).toEqual([0, 1]);
    expect(sources.at(0)).toBe(first);
    expect(sources.at(1)).toBe(second);
    expect(sources.at(2)).toBeUndefined();
  });

  it('give the number of one that ended with nothing outstanding to the next', () => {
    const sources = new Sources();
    const first = sources.add(queue, consumer);
    sources.end(first);
    expect(sources.at(0)).toBeUndefined();
    expect(sources.add(other, consumer).slot).toBe(0);
  });

  it('keep one that ended until its last delivery is settled', () => {
    const sources = new Sources();
    const first = sources.add(queue, consumer);
    first.outstanding = 2;
    sources.end(first);
    sources.settled(first);
    expect(sources.at(0)).toBe(first);
    expect(sources.add(queue, consumer).slot).toBe(1);
    sources.settled(first);
    expect(sources.at(0)).toBeUndefined();
  });

  it('keep a consumer that has nothing outstanding for what it will be sent', () => {
    const sources = new Sources();
    const first = sources.add(queue, consumer);
    first.outstanding = 1;
    sources.settled(first);
    expect(sources.at(0)).toBe(first);
  });

  it('are one for all messages that are got from a queue, and another for the next queue', () => {
    const sources = new Sources();
    const got = sources.forGet(queue);
    got.outstanding += 1;
    expect(sources.forGet(queue)).toBe(got);
    const fromOther = sources.forGet(other);
    fromOther.outstanding += 1;
    expect(fromOther.slot).toBe(1);
    sources.settled(got);
    expect(sources.at(got.slot)).toBeUndefined();
    const again = sources.forGet(queue);
    again.outstanding += 1;
    expect(again).not.toBe(got);
    expect(sources.forGet(other)).toBe(fromOther);
  });
});
