import { beforeEach, describe, expect, it } from 'vitest';
import { plainTable } from '../../src/codec/plain-value.ts';
import { type Field, longstr, table } from '../../src/codec/table.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import { addressOf } from '../../src/model/record-builder.ts';
import type { Queue } from '../../src/queues/queue.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import { FakeConsumer, freePages } from '../queues/fixtures.ts';
import { bodiesIn, brokerOf, Desk, messagesIn, NOW_MS } from './fixtures.ts';

let desk: Desk;

beforeEach(() => {
  desk = new Desk(brokerOf());
});

const list = (...keys: string[]): Field => ({ type: 'A', value: keys.map((key) => longstr(key)) });

function rejectAll(queue: Queue): void {
  const consumer = new FakeConsumer();
  queue.addConsumer(consumer);
  while (consumer.deliveries.length > 0) consumer.reject(queue);
  queue.removeConsumer(consumer);
}

function keysIn(queue: Queue): string[] {
  const keys: string[] = [];
  queue.visitReady((record) => {
    const { exchange, routingKey } = addressOf(record);
    keys.push(`${exchange}/${routingKey}`);
    return record;
  });
  return keys;
}

async function advance(duration: number | string): Promise<void> {
  const { clock } = desk.broker;
  if (!(clock instanceof VirtualClock)) throw new Error('no virtual clock');
  await clock.advance(duration);
}

describe('a dead letter', () => {
  it('goes to the queue’s dead-letter exchange with its own routing key', () => {
    desk.exchange('dlx', 'direct');
    const source = desk.queue('source', { 'x-dead-letter-exchange': 'dlx' });
    const dead = desk.queue('dead');
    desk.bind('dlx', 'dead', 'source');
    desk.publish('', 'source', 'a', { contentType: 'text/plain', deliveryMode: 2 });
    rejectAll(source);
    expect(keysIn(dead)).toEqual(['dlx/source']);
    const [letter] = messagesIn(dead);
    expect(letter?.body).toBe('a');
    expect(letter?.properties).toMatchObject({ contentType: 'text/plain', deliveryMode: 2 });
    expect(plainTable(letter?.properties.headers ?? table({}))).toEqual({
      'x-first-death-exchange': '',
      'x-first-death-queue': 'source',
      'x-first-death-reason': 'rejected',
      'x-last-death-exchange': '',
      'x-last-death-queue': 'source',
      'x-last-death-reason': 'rejected',
      'x-death': [
        {
          count: 1,
          reason: 'rejected',
          queue: 'source',
          time: new Date(NOW_MS),
          exchange: '',
          'routing-keys': ['source'],
        },
      ],
    });
  });

  it('is nothing that a client has published', () => {
    const source = desk.queue('source', {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    });
    const dead = desk.queue('dead');
    desk.publish('', 'source', 'a');
    rejectAll(source);
    expect(bodiesIn(dead)).toEqual(['a']);
    expect([source.counters.publish, dead.counters.publish]).toEqual([1, 0]);
    desk.publish('', 'dead', 'b');
    expect(dead.counters.publish).toBe(1);
  });

  it('goes with the routing key that the queue has for it', () => {
    const source = desk.queue('source', {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    });
    const dead = desk.queue('dead');
    desk.publish('', 'source', 'a');
    rejectAll(source);
    expect(keysIn(dead)).toEqual(['/dead']);
  });

  it('goes nowhere when the queue asks for nothing, or its exchange is not there', () => {
    const [plain, lost] = [
      desk.queue('plain'),
      desk.queue('lost', { 'x-dead-letter-exchange': 'none' }),
    ];
    desk.publish('', 'plain', 'a');
    desk.publish('', 'lost', 'b');
    rejectAll(plain);
    rejectAll(lost);
    expect([plain.ready, lost.ready]).toEqual([0, 0]);
  });

  it('never expires again where it goes', async () => {
    desk.queue('source', {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    });
    const dead = desk.queue('dead');
    desk.publish('', 'source', 'a', { expiration: '100' });
    await advance(100);
    await advance('1d');
    const [letter] = messagesIn(dead);
    expect(letter?.properties.expiration).toBeUndefined();
    expect(plainTable(letter?.properties.headers ?? table({}))['x-death']).toMatchObject([
      { reason: 'expired', 'original-expiration': '100' },
    ]);
  });

  it('is copied to each queue that it reaches and leaves nothing where it was', () => {
    desk.exchange('dlx');
    const source = desk.queue('source', { 'x-dead-letter-exchange': 'dlx' });
    const [one, two] = [desk.queue('one'), desk.queue('two')];
    desk.bind('dlx', 'one');
    desk.bind('dlx', 'two');
    desk.publish('', 'source', 'a');
    rejectAll(source);
    expect([bodiesIn(source), bodiesIn(one), bodiesIn(two)]).toEqual([[], ['a'], ['a']]);
  });

  it('is told to the log when it is persistent and a durable queue takes it', () => {
    const log = new MemoryLog();
    desk = new Desk(brokerOf({ log }));
    const source = desk.queue('source', {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    });
    desk.queue('dead', {}, { durable: true });
    const before = log.appended;
    desk.publish('', 'source', 'a', { deliveryMode: 1 });
    rejectAll(source);
    expect(log.appended).toBe(before);
    desk.publish('', 'source', 'b', { deliveryMode: 2 });
    rejectAll(source);
    expect(log.appended).toBe(before + 1);
  });

  it('is dropped when no frame could hold its new routing key', () => {
    desk.exchange('dlx');
    const source = desk.queue('source', {
      'x-dead-letter-exchange': 'dlx',
      'x-dead-letter-routing-key': 'k'.repeat(256),
    });
    const dead = desk.queue('dead');
    desk.bind('dlx', 'dead');
    desk.publish('', 'source', 'a');
    rejectAll(source);
    expect([source.ready, source.unacked, dead.ready]).toEqual([0, 0, 0]);
  });

  it('is not stopped by a forged history', () => {
    const source = desk.queue('source', {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    });
    const dead = desk.queue('dead');
    const entry = table({ queue: 'source', reason: 'rejected', count: 2n ** 63n - 1n });
    const headers = table({ 'x-death': { type: 'A', value: [{ type: 'F', value: entry }] } });
    desk.publish('', 'source', 'a', { headers });
    rejectAll(source);
    expect(bodiesIn(dead)).toEqual(['a']);
  });
});

describe('sender-selected keys of a dead letter', () => {
  function build(deadKey?: string): { source: Queue; dead: Queue } {
    desk.exchange('dlx', 'direct');
    const source = desk.queue('source', {
      'x-dead-letter-exchange': 'dlx',
      ...(deadKey === undefined ? {} : { 'x-dead-letter-routing-key': deadKey }),
    });
    const dead = desk.queue('dead');
    return { source, dead };
  }

  it.each(['cc', 'bcc'])('still lead it: %s', (key) => {
    const { source, dead } = build();
    desk.bind('dlx', 'dead', key);
    const headers = table({ CC: list('cc'), BCC: list('bcc') });
    desk.publish('', 'source', 'a', { headers });
    rejectAll(source);
    expect(bodiesIn(dead)).toEqual(['a']);
    const shown = plainTable(messagesIn(dead)[0]?.properties.headers ?? table({}));
    expect(shown).toMatchObject({ CC: ['cc'], 'x-death': [{ 'routing-keys': ['source', 'cc'] }] });
    expect('BCC' in shown).toBe(false);
  });

  it('give way, with their header, to a key that the queue has for dead letters', () => {
    const { source, dead } = build('own');
    const other = desk.queue('other');
    desk.bind('dlx', 'dead', 'own');
    desk.bind('dlx', 'other', 'cc');
    desk.publish('', 'source', 'a', { headers: table({ CC: list('cc'), BCC: list('cc') }) });
    rejectAll(source);
    expect([bodiesIn(dead), bodiesIn(other)]).toEqual([['a'], []]);
    expect(messagesIn(dead)[0]?.properties.headers?.has('CC')).toBe(false);
  });
});

describe('cycles of dead letters', () => {
  const expiring = (next: string): Parameters<typeof desk.queue>[1] => ({
    'x-message-ttl': 10,
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': next,
  });

  it('end where a message would come again without anybody’s doing', async () => {
    const [a, b] = [desk.queue('a', expiring('b')), desk.queue('b', expiring('a'))];
    desk.publish('', 'a', 'round');
    await advance(10);
    expect([a.ready, b.ready]).toEqual([0, 1]);
    await advance(10);
    expect([a.ready, b.ready]).toEqual([0, 0]);
  });

  it('end at once for a queue whose dead letters come back to it', () => {
    const queue = desk.queue('a', {
      'x-max-length': 1,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'a',
    });
    for (const body of ['1', '2', '3']) desk.publish('', 'a', body);
    expect(bodiesIn(queue)).toEqual(['3']);
  });

  it('go on as long as somebody rejects', () => {
    const queue = desk.queue('a', {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'a',
    });
    desk.publish('', 'a', 'again');
    for (let i = 1; i <= 3; i++) {
      const consumer = new FakeConsumer({ credit: 1 });
      queue.addConsumer(consumer);
      consumer.reject(queue);
      queue.removeConsumer(consumer);
      const headers = plainTable(messagesIn(queue)[0]?.properties.headers ?? table({}));
      expect(headers['x-death']).toMatchObject([{ queue: 'a', reason: 'rejected', count: i }]);
    }
  });
});

describe('many dead letters', () => {
  it('go through a chain of full queues one after the other, not one inside the other', () => {
    const depths: number[] = [];
    // Every letter is dated, so the clock sees how deep in calls it is sent.
    class DepthClock extends VirtualClock {
      override wall(): number {
        const limit = Error.stackTraceLimit;
        Error.stackTraceLimit = Infinity;
        depths.push(new Error('here').stack?.split('\n').length ?? 0);
        Error.stackTraceLimit = limit;
        return super.wall();
      }
    }
    desk = new Desk(brokerOf({ clock: new DepthClock(NOW_MS) }));
    const length = 100;
    for (let i = 0; i < length; i++) {
      desk.queue(`q${i}`, {
        'x-max-length': 0,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': `q${i + 1}`,
      });
    }
    const last = desk.queue(`q${length}`);
    depths.length = 0;
    desk.publish('', 'q0', 'far');
    expect(bodiesIn(last)).toEqual(['far']);
    expect(plainTable(messagesIn(last)[0]?.properties.headers ?? table({}))).toMatchObject({
      'x-first-death-queue': 'q0',
      'x-last-death-queue': `q${length - 1}`,
    });
    expect(depths).toHaveLength(length);
    expect(new Set(depths).size).toBe(1);
  });

  it('keep their order when a whole queue expires at once', async () => {
    const pages = freePages();
    const count = 600;
    desk.queue('source', {
      'x-message-ttl': 100,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'dead',
    });
    const dead = desk.queue('dead');
    for (let i = 0; i < count; i++) desk.publish('', 'source', String(i));
    await advance(100);
    expect(bodiesIn(dead)).toEqual(Array.from({ length: count }, (_, i) => String(i)));
    dead.purge();
    expect(freePages()).toBe(pages);
  });

  it('push each other out of a queue that is shorter', async () => {
    desk.queue('source', {
      'x-message-ttl': 100,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'short',
    });
    const short = desk.queue('short', {
      'x-max-length': 2,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'rest',
    });
    const rest = desk.queue('rest');
    for (const body of ['1', '2', '3', '4']) desk.publish('', 'source', body);
    await advance(100);
    expect([bodiesIn(short), bodiesIn(rest)]).toEqual([
      ['3', '4'],
      ['1', '2'],
    ]);
  });
});
