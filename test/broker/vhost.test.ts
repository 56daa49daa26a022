import { beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { accepted, type Outcome, refused, unroutable } from '../../src/broker/publish.ts';
import { type Field, longstr, table } from '../../src/codec/table.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import { dropReference } from '../../src/model/record.ts';
import { propertiesOf } from '../../src/model/record-builder.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import { bodyOf, FakeConsumer } from '../queues/fixtures.ts';
import { bodiesIn, brokerOf, Desk, messagesIn, outcomeOf } from './fixtures.ts';

let broker: Broker;
let desk: Desk;

beforeEach(() => {
  broker = brokerOf();
  desk = new Desk(broker);
});

const list = (...keys: string[]): Field => ({ type: 'A', value: keys.map((key) => longstr(key)) });

async function advance(duration: number | string): Promise<void> {
  if (!(broker.clock instanceof VirtualClock)) throw new Error('no virtual clock');
  await broker.clock.advance(duration);
}

describe('publishing', () => {
  it('reaches a queue by its name through the default exchange', () => {
    const queue = desk.queue('q');
    expect(desk.publish('', 'q', 'a')).toBe(accepted);
    expect(desk.publish('', 'none', 'b')).toBe(unroutable);
    expect(bodiesIn(queue)).toEqual(['a']);
  });

  it('sees a queue that comes, goes and comes again, however the route is remembered', () => {
    const outcomes: Outcome[] = [];
    const publish = () => outcomes.push(desk.publish('', 'q', 'a'));
    publish();
    const first = desk.queue('q');
    publish();
    publish();
    desk.vhost.removeQueue(first);
    publish();
    const second = desk.queue('q');
    publish();
    expect(outcomes).toEqual([unroutable, accepted, accepted, unroutable, accepted]);
    expect(second.ready).toBe(1);
  });

  it('fails for an exchange that is not there, and works once it is', () => {
    const missing = "NOT_FOUND - no exchange 'x' in vhost '/'";
    expect(outcomeOf(() => desk.publish('x', 'k'))).toBe(missing);
    desk.exchange('x');
    expect(desk.publish('x', 'k')).toBe(unroutable);
    desk.vhost.removeExchange(desk.vhost.exchange('x'));
    expect(outcomeOf(() => desk.publish('x', 'k'))).toBe(missing);
  });

  it('is refused by an internal exchange', () => {
    desk.exchange('x', 'fanout', { internal: true });
    expect(outcomeOf(() => desk.publish('x', 'k'))).toBe(
      "ACCESS_REFUSED - cannot publish to internal exchange 'x' in vhost '/'",
    );
  });

  it('is refused by a queue that is full, though others take it', () => {
    desk.exchange('x');
    const full = desk.queue('full', { 'x-max-length': 0, 'x-overflow': 'reject-publish' });
    const other = desk.queue('other');
    desk.bind('x', 'full');
    desk.bind('x', 'other');
    expect(desk.publish('x', '', 'a')).toBe(refused);
    expect([full.ready, other.ready]).toEqual([0, 1]);
  });

  it('asks for the right to write, anew when permissions change', () => {
    const ada = new Desk(broker, 'ada');
    desk.queue('q');
    const allow = (write: string) =>
      broker.permissions.set('ada', '/', { configure: '', write, read: '' });
    const denied =
      "ACCESS_REFUSED - write access to exchange 'amq.default' in vhost '/' refused for user 'ada'";
    allow('^amq\\.default$');
    expect(ada.publish('', 'q')).toBe(accepted);
    expect(outcomeOf(() => ada.publish('amq.fanout', ''))).toBe(
      "ACCESS_REFUSED - write access to exchange 'amq.fanout' in vhost '/' refused for user 'ada'",
    );
    allow('');
    expect(outcomeOf(() => ada.publish('', 'q'))).toBe(denied);
    allow('.*');
    expect(ada.publish('', 'q')).toBe(accepted);
  });

  it('holds a message once, however many queues it reaches, until the last lets go', () => {
    desk.exchange('x');
    const queues = ['a', 'b', 'c'].map((name) => desk.queue(name));
    for (const { name } of queues) desk.bind('x', name);
    desk.publish('x', '', 'shared');
    const records = new Set<number>();
    for (const queue of queues) {
      queue.visitReady((record) => {
        records.add(record);
        return record;
      });
    }
    expect(records.size).toBe(1);
    queues[0]?.purge();
    queues[1]?.purge();
    expect(bodiesIn(desk.vhost.queue('c'))).toEqual(['shared']);
  });
});

describe('sender-selected distribution', () => {
  it('reaches the queues of CC and BCC too, each once, and shows nobody the BCC', () => {
    const [a, b, c] = [desk.queue('a'), desk.queue('b'), desk.queue('c')];
    const headers = table({ CC: list('b', 'a', 'none'), BCC: list('c', 'b'), other: 1 });
    expect(desk.publish('', 'a', 'x', { headers })).toBe(accepted);
    for (const queue of [a, b, c]) {
      expect(messagesIn(queue)).toEqual([
        { body: 'x', properties: { headers: table({ CC: list('b', 'a', 'none'), other: 1 }) } },
      ]);
    }
  });

  it('counts as routed when only a further key leads somewhere', () => {
    const queue = desk.queue('q');
    expect(desk.publish('', 'none', 'x', { headers: table({ CC: list('q') }) })).toBe(accepted);
    expect(queue.ready).toBe(1);
    expect(desk.publish('', 'none', 'x', { headers: table({ CC: list('none') }) })).toBe(
      unroutable,
    );
  });

  it('takes keys that are longer than any queue’s name', () => {
    const queue = desk.queue('q');
    const headers = table({ BCC: list('k'.repeat(300), 'q') });
    expect(desk.publish('', 'none', 'x', { headers })).toBe(accepted);
    expect(bodiesIn(queue)).toEqual(['x']);
  });

  it('keeps a message that nobody gets as it is to be told to its sender', () => {
    const headers = table({ BCC: list('none'), other: 1 });
    expect(desk.publish('', 'none', 'x', { headers })).toBe(unroutable);
    const told = desk.publisher.rewritten;
    expect(propertiesOf(told)).toEqual({ headers: table({ other: 1 }) });
    expect(bodyOf(told)).toBe('x');
    dropReference(told);
  });
});

describe('a claimed user', () => {
  it('has to be the one who publishes, unless they may speak for others', () => {
    desk.queue('q');
    const impersonator = new Desk(broker, 'guest', ['impersonator']);
    expect(desk.publish('', 'q', '', { userId: 'guest' })).toBe(accepted);
    expect(outcomeOf(() => desk.publish('', 'q', '', { userId: 'ada' }))).toBe(
      "PRECONDITION_FAILED - user_id property set to 'ada' but authenticated user was 'guest'",
    );
    expect(impersonator.publish('', 'q', '', { userId: 'ada' })).toBe(accepted);
  });
});

describe('what a message brings', () => {
  it('is acted on by its queue: expiration, priority', async () => {
    const queue = desk.queue('q', { 'x-max-priority': 5 });
    desk.publish('', 'q', 'low');
    desk.publish('', 'q', 'high', { priority: 3 });
    desk.publish('', 'q', 'brief', { priority: 5, expiration: '100' });
    expect(bodiesIn(queue)).toEqual(['brief', 'high', 'low']);
    await advance(100);
    expect(bodiesIn(queue)).toEqual(['high', 'low']);
  });

  it('is refused with an expiration that is no number', () => {
    desk.queue('q');
    expect(outcomeOf(() => desk.publish('', 'q', '', { expiration: 'soon' }))).toBe(
      "PRECONDITION_FAILED - invalid expiration 'soon': no_integer",
    );
  });

  it('routes it through an exchange that reads headers', () => {
    desk.exchange('h', 'headers');
    const queue = desk.queue('q');
    desk.vhost.addBinding({
      source: desk.vhost.exchange('h'),
      destination: queue,
      routingKey: '',
      arguments: table({ a: 1 }),
    });
    desk.vhost.changed();
    const outcomes = [1, 2, 1].map((a) => desk.publish('h', '', 'x', { headers: table({ a }) }));
    expect(outcomes).toEqual([accepted, unroutable, accepted]);
    expect(desk.publish('h', '')).toBe(unroutable);
    expect(queue.ready).toBe(2);
  });
});

describe('the log', () => {
  it('is told of a persistent message once for all durable queues that keep it', () => {
    const log = new MemoryLog();
    desk = new Desk(brokerOf({ log }));
    desk.exchange('x');
    for (const name of ['a', 'b']) {
      desk.queue(name, {}, { durable: true });
      desk.bind('x', name);
    }
    desk.queue('transient');
    desk.bind('x', 'transient');
    const before = log.appended;
    desk.publish('x', '', 'm', { deliveryMode: 2 });
    expect(desk.publisher.position).toBe(before + 1);
    expect(log.appended).toBe(before + 1);
    desk.publish('x', '', 'm', { deliveryMode: 1 });
    expect(desk.publisher.position).toBe(0);
    desk.publish('', 'transient', 'm', { deliveryMode: 2 });
    expect(desk.publisher.position).toBe(0);
    expect(log.appended).toBe(before + 1);
  });
});

describe('quorum queues', () => {
  it('tell the next consumer how often a message has come back', () => {
    const queue = desk.queue('q', { 'x-queue-type': 'quorum' }, { durable: true });
    desk.publish('', 'q', 'a', { messageId: 'id' });
    const consumer = new FakeConsumer({ credit: 1 });
    queue.addConsumer(consumer);
    for (let i = 1; i <= 3; i++) {
      consumer.requeue(queue);
      expect(messagesIn(queue)).toEqual([
        { body: 'a', properties: { messageId: 'id', headers: table({ 'x-delivery-count': i }) } },
      ]);
      consumer.credit = 1;
      queue.resume(consumer);
    }
  });

  it('dead-letter what has come back too often', () => {
    const queue = desk.queue(
      'q',
      {
        'x-queue-type': 'quorum',
        'x-delivery-limit': 1,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': 'dead',
      },
      { durable: true },
    );
    const dead = desk.queue('dead');
    desk.publish('', 'q', 'a');
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    consumer.requeue(queue);
    consumer.requeue(queue);
    const headers = messagesIn(dead)[0]?.properties.headers;
    expect(headers?.get('x-first-death-reason')).toEqual(longstr('delivery_limit'));
    expect(headers?.has('x-delivery-count')).toBe(false);
    expect([queue.ready, queue.unacked]).toEqual([0, 0]);
  });
});

describe('queues that end by themselves', () => {
  it('leave the vhost with their bindings', async () => {
    desk.queue('q', { 'x-expires': 1000 });
    desk.bind('amq.fanout', 'q');
    await advance(1000);
    expect(desk.vhost.queues.has('q')).toBe(false);
    expect(desk.vhost.bindings.size).toBe(0);
  });

  it('stay while they are declared again', async () => {
    desk.queue('q', { 'x-expires': 1000 });
    for (let i = 0; i < 3; i++) {
      await advance(900);
      desk.queue('q', {}, { passive: true });
    }
    expect(desk.vhost.queues.has('q')).toBe(true);
    await advance(1000);
    expect(desk.vhost.queues.has('q')).toBe(false);
  });

  it('leave with their last consumer when they are auto-delete', () => {
    const queue = desk.queue('q', {}, { autoDelete: true });
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    queue.removeConsumer(consumer);
    expect(desk.vhost.queues.has('q')).toBe(false);
  });
});

describe('a broker that closes', () => {
  it('gives back all messages and leaves no timer that does anything', async () => {
    const queue = desk.queue('q', { 'x-message-ttl': 1000, 'x-expires': 5000 });
    desk.publish('', 'q', 'a');
    broker.close();
    expect([queue.ready, queue.deleted]).toEqual([0, true]);
    expect([broker.vhosts.size, desk.vhost.queues.size, desk.vhost.exchanges.size]).toEqual([
      0, 0, 0,
    ]);
    await advance('1h');
    expect(queue.ready).toBe(0);
  });
});
