import { beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';
import { Compactor } from '../../src/broker/compactor.ts';
import { type Field, longstr, table } from '../../src/codec/table.ts';
import { afterReads } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { recordBytes, SEGMENT_BYTES } from '../../src/kit/memory.ts';
import { dropReference, referencesOf } from '../../src/model/record.ts';
import { blindKeysOf } from '../../src/model/record-builder.ts';
import type { Queue } from '../../src/queues/queue.ts';
import { bodyOf, FakeConsumer, message } from '../queues/fixtures.ts';
import { bodiesIn, brokerOf, Desk, messagesIn } from './fixtures.ts';

const filler = 'x'.repeat(1000);

let broker: Broker;
let desk: Desk;
let passing: Queue;
let staying: Queue;

beforeEach(() => {
  broker = brokerOf();
  desk = new Desk(broker);
  passing = desk.queue('passing');
  staying = desk.queue('staying');
  return () => broker.close();
});

/** One message in two hundred stays; the others come and go, so that hardly a segment is left empty. */
function scatter(stayingCount: number): string[] {
  const kept: string[] = [];
  for (let i = 0; i < stayingCount; i++) {
    for (let j = 0; j < 200; j++) desk.publish('', 'passing', filler);
    kept.push(`stays ${i}`);
    desk.publish('', 'staying', `stays ${i}`);
  }
  passing.purge();
  return kept;
}

function compact(
  connections: Iterable<{ visitRecords(visit: (record: number) => number): void }> = [],
) {
  new Compactor(silentLogger, { vhosts: broker.vhosts, connections }).compact();
}

describe('compaction', () => {
  it('moves scattered messages together and gives the rest of the memory back', () => {
    const kept = scatter(40);
    const before = recordBytes();
    compact();
    expect(before).toBeGreaterThan(20 * SEGMENT_BYTES);
    expect(recordBytes()).toBeLessThanOrEqual(2 * SEGMENT_BYTES);
    expect(bodiesIn(staying)).toEqual(kept);
  });

  it('leaves messages to be delivered and settled as they would have been', () => {
    const kept = scatter(10);
    compact();
    const consumer = new FakeConsumer();
    staying.addConsumer(consumer);
    expect(consumer.bodies).toEqual(kept);
    while (consumer.deliveries.length > 0) consumer.ack(staying);
    expect([staying.ready, staying.unacked, staying.unackedBytes]).toEqual([0, 0, 0]);
    expect(recordBytes()).toBe(SEGMENT_BYTES);
  });

  it('keeps one copy of a message that waits in several queues', () => {
    const other = desk.queue('other');
    desk.bind('amq.fanout', 'staying');
    desk.bind('amq.fanout', 'other');
    desk.publish('amq.fanout', '', 'shared');
    for (let i = 0; i < 600; i++) desk.publish('', 'passing', filler);
    passing.purge();
    compact();
    const records = new Set<number>();
    for (const queue of [staying, other]) {
      queue.visitReady((record) => {
        records.add(record);
        return record;
      });
    }
    expect([...records].map(referencesOf)).toEqual([2]);
    expect([bodiesIn(staying), bodiesIn(other)]).toEqual([['shared'], ['shared']]);
  });

  it('moves what is out for acknowledgement too, for whoever holds it', () => {
    const kept = scatter(10);
    const held: number[] = [];
    for (const _ of kept) held.push(staying.take(false)?.record ?? 0);
    const connection = {
      visitRecords: (visit: (record: number) => number) => {
        for (const [i, record] of held.entries()) held[i] = visit(record);
      },
    };
    const before = [...held];
    compact([connection]);
    expect(held.map(bodyOf)).toEqual(kept);
    expect(held.filter((record) => !before.includes(record)).length).toBeGreaterThan(5);
    expect(held.map(referencesOf)).toEqual(kept.map(() => 1));
    for (const record of held) dropReference(record);
  });

  it('leaves what somebody else holds where it is', () => {
    scatter(5);
    const record = staying.take(false)?.record ?? 0;
    compact();
    expect(bodyOf(record)).toBe('stays 0');
    expect(referencesOf(record)).toBe(1);
    dropReference(record);
  });

  it('takes flags, expiries and blind keys along', () => {
    const bcc: Field = { type: 'A', value: [longstr('secret')] };
    desk.publish('', 'staying', 'a', { deliveryMode: 2, headers: table({ BCC: bcc }) });
    for (let i = 0; i < 600; i++) desk.publish('', 'passing', filler);
    passing.purge();
    const [before] = messagesIn(staying);
    compact();
    expect(messagesIn(staying)).toEqual([before]);
    staying.visitReady((record) => {
      expect(blindKeysOf(record)).toEqual(['secret']);
      return record;
    });
  });

  it('leaves full segments alone', () => {
    for (let i = 0; i < 1000; i++) {
      const record = message(filler);
      staying.publish(record);
      dropReference(record);
    }
    const records: number[] = [];
    const note = (record: number): number => {
      records.push(record);
      return record;
    };
    staying.visitReady(note);
    const before = records.splice(0);
    compact();
    staying.visitReady(note);
    expect(records).toEqual(before);
  });
});

describe('a look at the memory', () => {
  const settled = () => new Promise<void>((resolve) => afterReads(() => afterReads(resolve)));

  it('moves nothing while there is little to gain', async () => {
    scatter(10);
    const before = recordBytes();
    const compactor = new Compactor(silentLogger, { vhosts: broker.vhosts, connections: [] });
    compactor.check();
    await settled();
    expect(recordBytes()).toBe(before);
  });

  it('moves scattered messages once they hold much memory', async () => {
    const large = 'y'.repeat(200_000);
    for (let i = 0; i < 800; i++) {
      desk.publish('', 'passing', large);
      desk.publish('', 'staying', `${i}`);
    }
    passing.purge();
    const before = recordBytes();
    const compactor = new Compactor(silentLogger, { vhosts: broker.vhosts, connections: [] });
    compactor.check();
    expect(recordBytes()).toBe(before);
    await settled();
    expect(before).toBeGreaterThan(128 * 1024 * 1024);
    expect(recordBytes()).toBeLessThan(4 * SEGMENT_BYTES);
    expect(staying.ready).toBe(800);
    expect(bodiesIn(staying)).toEqual(Array.from({ length: 800 }, (_, i) => `${i}`));
  });
});
