import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { table } from '../../src/codec/table.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { allocate, MemoryExhausted, release, SEGMENT_BYTES } from '../../src/kit/memory.ts';
import { FakeConsumer } from '../queues/fixtures.ts';
import { bodiesIn, brokerOf, Desk, messagesIn } from './fixtures.ts';

const held: number[] = [];

/** Takes all of the memory, to the last record. */
function exhaust(): void {
  for (const bytes of [256 * SEGMENT_BYTES, 2 * SEGMENT_BYTES, SEGMENT_BYTES, 1024, 4]) {
    for (let room = true; room; ) {
      try {
        held.push(allocate(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(MemoryExhausted);
        room = false;
      }
    }
  }
}

function letGo(): void {
  for (const position of held.splice(0)) release(position);
}

let desk: Desk;
let logged: object[];

beforeEach(() => {
  logged = [];
  const logger = { ...silentLogger, error: (fields: object) => logged.push(fields) };
  desk = new Desk(brokerOf({ logger }));
});

afterEach(letGo);

describe('a broker without memory', () => {
  it('gives messages back without their count rather than not at all', () => {
    const queue = desk.queue('q', { 'x-queue-type': 'quorum' }, { durable: true });
    desk.publish('', 'q', 'a');
    const consumer = new FakeConsumer({ credit: 1 });
    queue.addConsumer(consumer);
    exhaust();
    consumer.requeue(queue);
    expect(messagesIn(queue)).toEqual([{ body: 'a', properties: {} }]);
    letGo();
    consumer.credit = 1;
    queue.resume(consumer);
    consumer.requeue(queue);
    const headers = table({ 'x-delivery-count': 2 });
    expect(messagesIn(queue)).toEqual([{ body: 'a', properties: { headers } }]);
    expect([queue.ready, queue.unacked]).toEqual([1, 0]);
  });

  it('lets messages expire, though their dead letters are lost, and says so', async () => {
    const queue = desk.queue('q', {
      'x-message-ttl': 100,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    });
    const dead = desk.queue('dead');
    const { clock } = desk.broker;
    if (!(clock instanceof VirtualClock)) throw new Error('no virtual clock');
    desk.publish('', 'q', 'lost');
    exhaust();
    await clock.advance(100);
    expect([queue.ready, dead.ready]).toEqual([0, 0]);
    expect(logged).toEqual([{ queue: 'q', reason: 'expired' }]);
    letGo();
    desk.publish('', 'q', 'kept');
    await clock.advance(100);
    expect(bodiesIn(dead)).toEqual(['kept']);
  });

  it('refuses what is published and is none the worse for it', () => {
    const queue = desk.queue('q');
    desk.publish('', 'q', 'before');
    exhaust();
    expect(() => desk.publish('', 'q', 'refused')).toThrow(MemoryExhausted);
    letGo();
    desk.publish('', 'q', 'after');
    expect(bodiesIn(queue)).toEqual(['before', 'after']);
  });
});
