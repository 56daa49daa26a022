import { beforeEach, describe, expect, it } from 'vitest';
import { Compactor } from '../../src/broker/compactor.ts';
import { Pager } from '../../src/broker/pager.ts';
import { afterReads, VirtualClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { allocate, recordBytes, release, SEGMENT_BYTES } from '../../src/kit/memory.ts';
import { dropReference } from '../../src/model/record.ts';
import type { Queue } from '../../src/queues/queue.ts';
import { Inspector } from '../../src/server/inspector.ts';
import { Overflow } from '../../src/store/overflow.ts';
import { FakeConsumer, FakeHost, message, queueOf } from '../queues/fixtures.ts';
import { ScratchDisk } from '../queues/scratch-disk.ts';
import { brokerOf, Desk } from './fixtures.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const BUDGET = 16 * MIB;

let host: FakeHost;
let pager: Pager;
let logged: object[];
const queues = new Map<string, Queue>();

beforeEach(async () => {
  host = new FakeHost();
  await host.useDisk();
  logged = [];
  const logger = { ...silentLogger, error: (fields: object) => logged.push(fields) };
  const vhosts = new Map([['/', { queues }]]);
  const compactor = new Compactor(logger, { vhosts, connections: [] });
  pager = new Pager(host.clock, logger, { vhosts }, compactor, BUDGET);
  return () => {
    pager.close();
    for (const queue of queues.values()) queue.close();
    queues.clear();
  };
});

function declare(name: string, options: Parameters<typeof queueOf>[1] = {}): Queue {
  const queue = queueOf(host, options);
  queues.set(name, queue);
  return queue;
}

/** Publishes so many bytes in messages of a KiB. */
function fill(queue: Queue, bytes: number, properties = {}): void {
  for (let i = 0; i < bytes / KIB; i++) {
    const record = message(String(i).padEnd(900, '.'), properties);
    host.publish(queue, record);
    dropReference(record);
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => afterReads(resolve));
}

async function check(): Promise<void> {
  pager.check();
  await settled();
}

describe('paging out', () => {
  it('leaves messages in memory while they are within the budget', async () => {
    const queue = declare('a');
    fill(queue, 15 * MIB);
    await check();
    expect(host.disk.written).toBe(0);
  });

  it('begins above the budget and ends well below it', async () => {
    const queue = declare('a');
    fill(queue, 18 * MIB);
    expect(recordBytes()).toBeGreaterThan(BUDGET);
    await check();
    expect(recordBytes()).toBeLessThanOrEqual(0.75 * BUDGET);
    expect(recordBytes()).toBeGreaterThan(0.65 * BUDGET);
    expect(queue.ready).toBe(18 * KIB);
  });

  it('does nothing before all that could be read has been read', async () => {
    fill(declare('a'), 18 * MIB);
    pager.check();
    expect(host.disk.written).toBe(0);
    await settled();
    expect(host.disk.written).toBeGreaterThan(0);
  });

  it('begins with the queues that have most in memory', async () => {
    const [small, large] = [declare('small'), declare('large')];
    fill(small, 6 * MIB);
    fill(large, 14 * MIB);
    const before = small.memoryBytes;
    await check();
    expect(small.memoryBytes).toBe(before);
    expect(large.memoryBytes).toBeLessThan(7 * MIB);
  });

  it('leaves every queue the first of its messages, fewer where there are many queues', async () => {
    const many = Array.from({ length: 100 }, (_, i) => declare(`q${i}`));
    for (const queue of many) fill(queue, 180 * KIB);
    await check();
    const kept = many.map((queue) => queue.memoryBytes / KIB);
    expect(Math.min(...kept)).toBeGreaterThan(35);
    expect(Math.max(...kept)).toBeLessThan(200);
    expect(recordBytes()).toBeLessThan(0.5 * BUDGET);
    const [queue] = many;
    const consumer = new FakeConsumer({ credit: 20, noAck: true });
    queue?.addConsumer(consumer);
    expect(consumer.deliveries.length).toBe(20);
  });

  it('goes on to other queues while a message is held by several', async () => {
    const all = ['a', 'b', 'c'].map((name) => declare(name));
    for (let i = 0; i < 18 * KIB; i++) {
      const record = message('x'.repeat(900));
      for (const queue of all) host.publish(queue, record);
      dropReference(record);
    }
    await check();
    expect(recordBytes()).toBeLessThanOrEqual(0.75 * BUDGET);
  });

  it('takes several turns for much, and lets others have theirs in between', async () => {
    fill(declare('a'), 60 * MIB);
    pager.check();
    const written: number[] = [];
    for (let turn = 0; turn < 12; turn++) {
      await new Promise<void>((resolve) => afterReads(resolve));
      written.push(host.disk.written);
    }
    const steps = written.map((bytes, i) => bytes - (written[i - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThan(12 * MIB);
    expect(recordBytes()).toBeLessThanOrEqual(0.75 * BUDGET);
  });

  it('looks again after a while, for what the log has stored by then', async () => {
    const queue = declare('a', { durable: true });
    fill(queue, 18 * MIB, { deliveryMode: 2 });
    await check();
    expect(recordBytes()).toBeGreaterThan(BUDGET);
    await host.clock.advance(2000);
    await settled();
    expect(recordBytes()).toBeGreaterThan(BUDGET);
    host.log.store();
    await host.clock.advance(500);
    await settled();
    expect(recordBytes()).toBeLessThanOrEqual(0.75 * BUDGET);
  });

  it('looks again when memory has grown, not before', async () => {
    const queue = declare('a', { durable: true });
    fill(queue, 18 * MIB, { deliveryMode: 2 });
    await check();
    const used = recordBytes();
    expect(used).toBeGreaterThan(BUDGET);
    host.log.store();
    await check();
    expect(recordBytes()).toBe(used);
    fill(queue, 2 * MIB, { deliveryMode: 2 });
    await check();
    expect(recordBytes()).toBeLessThanOrEqual(0.75 * BUDGET);
    expect(host.disk.written).toBe(0);
  });

  it('keeps up with what comes', async () => {
    const queue = declare('a');
    for (let i = 0; i < 200; i++) {
      fill(queue, 512 * KIB);
      pager.check();
      await new Promise<void>((resolve) => afterReads(resolve));
      expect(recordBytes()).toBeLessThan(1.2 * BUDGET);
    }
    expect(queue.ready).toBe(100 * KIB);
  });

  it('says so when the disk fails, and tries again later', async () => {
    const queue = declare('a');
    fill(queue, 18 * MIB);
    host.disk.broken.add('write');
    await check();
    expect(logged).toEqual([{ error: expect.stringContaining('no write') }]);
    host.disk.broken.clear();
    fill(queue, 2 * MIB);
    await check();
    expect(recordBytes()).toBeLessThanOrEqual(0.75 * BUDGET);
  });

  it('never begins where there is nowhere to go', async () => {
    const compactor = new Compactor(silentLogger, { vhosts: new Map(), connections: [] });
    pager = new Pager(host.clock, silentLogger, { vhosts: new Map() }, compactor, Infinity);
    fill(declare('a'), 18 * MIB);
    await check();
    expect([pager.isShort, host.disk.written]).toEqual([false, 0]);
  });

  it('ends with the broker', async () => {
    fill(declare('a'), 30 * MIB);
    pager.check();
    pager.close();
    await settled();
    expect(host.disk.written).toBe(0);
  });
});

describe('room', () => {
  const taken: number[] = [];
  const take = (bytes: number) => {
    for (let i = 0; i < bytes / SEGMENT_BYTES; i++) taken.push(allocate(SEGMENT_BYTES));
  };
  const giveBack = () => {
    for (const record of taken.splice(0)) release(record);
  };

  beforeEach(() => giveBack);

  it('is short when messages take twice the budget', () => {
    take(30 * MIB);
    expect(pager.isShort).toBe(false);
    take(4 * MIB);
    expect(pager.isShort).toBe(true);
  });

  it('is there for those who wait once enough has been given back', () => {
    take(40 * MIB);
    let calls = 0;
    pager.whenRoom(() => {
      calls += 1;
    });
    pager.check();
    expect(calls).toBe(0);
    giveBack();
    pager.check();
    pager.check();
    expect(calls).toBe(1);
  });

  it('is looked at now and then, without a read', async () => {
    take(40 * MIB);
    let calls = 0;
    const again = (): void => {
      calls += 1;
      if (calls < 3) pager.whenRoom(again);
    };
    pager.whenRoom(again);
    await host.clock.advance(1000);
    expect(calls).toBe(3);
  });

  it('is not looked at after the end', async () => {
    let calls = 0;
    pager.whenRoom(() => {
      calls += 1;
    });
    pager.close();
    await host.clock.advance(1000);
    pager.check();
    expect(calls).toBe(0);
  });

  it('is full before all memory is used', () => {
    expect(pager.isFull).toBe(false);
    take(1900 * MIB);
    expect(pager.isFull).toBe(true);
  });
});

describe('a broker with an overflow', () => {
  it('keeps its messages within its budget, and all of them', async () => {
    const disk = new ScratchDisk();
    const overflow = await Overflow.open(disk);
    const broker = brokerOf({ overflow, pagingBudget: 4 * MIB });
    const desk = new Desk(broker);
    const queue = desk.queue('q');
    const bodies = Array.from({ length: 12_000 }, (_, i) => String(i).padEnd(900, '.'));
    for (const [i, body] of bodies.entries()) {
      desk.publish('', 'q', body);
      if (i % 100 !== 0) continue;
      broker.watchMemory();
      await new Promise<void>((resolve) => afterReads(resolve));
    }
    expect(recordBytes()).toBeLessThan(6 * MIB);
    const inspected = new Inspector(broker, '/').queue('q').messages();
    expect(inspected.map((one) => one.text())).toEqual(bodies);
    expect(queue.ready).toBe(12_000);
    const consumer = new FakeConsumer({ noAck: true });
    queue.addConsumer(consumer);
    while (disk.reading > 0) await new Promise<void>((resolve) => afterReads(resolve));
    expect(consumer.bodies).toEqual(bodies);
    broker.close();
    await overflow.close();
    expect(disk.openFiles).toBe(0);
  });

  it('says which queue cannot be read, and takes it up again', async () => {
    const disk = new ScratchDisk();
    const overflow = await Overflow.open(disk);
    const clock = new VirtualClock();
    const logger = { ...silentLogger, error: (fields: object) => logged.push(fields) };
    const broker = brokerOf({ overflow, clock, logger });
    const desk = new Desk(broker);
    const queue = desk.queue('q');
    for (const body of ['a', 'b', 'c']) desk.publish('', 'q', body);
    queue.pageOut(0);
    disk.broken.add('read');
    const consumer = new FakeConsumer();
    queue.addConsumer(consumer);
    await settled();
    expect(logged).toEqual([{ vhost: '/', queue: 'q', error: 'no read: overflow/1' }]);
    disk.broken.clear();
    await clock.advance(1000);
    await settled();
    expect(consumer.bodies).toEqual(['a', 'b', 'c']);
    while (consumer.deliveries.length > 0) consumer.ack(queue);
    broker.close();
  });
});
