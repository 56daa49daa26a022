import { afterEach, describe, expect, it } from 'vitest';
import { RealClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { openSegmentLog } from '../../src/store/open-segment-log.ts';
import type { SegmentLog } from '../../src/store/segment-log.ts';
import { FaultyDisk } from '../kit/faulty-disk.ts';
import { MemoryNode, turn } from '../kit/memory-node.ts';
import { method, namesOf, publish, ScriptedPeer } from '../kit/scripted-peer.ts';

const MIB = 2 ** 20;
const blockable = { capabilities: { 'connection.blocked': true } };
const persistent = publish(1, {
  routingKey: 'q',
  properties: { deliveryMode: 2 },
  content: new Uint8Array(10_000),
});

let node: MemoryNode;
let log: SegmentLog;
let disk: FaultyDisk;

afterEach(async () => {
  node.close();
  disk.capacity = Number.POSITIVE_INFINITY;
  await log.close().catch(() => {});
});

/** A node whose log lies on a disk, and a connection that has declared a durable queue. */
async function build(seed: number): Promise<ScriptedPeer> {
  disk = new FaultyDisk(seed);
  const random = new SeededRandom(1);
  const options = { disk, random, clock: new RealClock(), logger: silentLogger, walBytes: MIB };
  const opened = await openSegmentLog(options);
  log = opened.log;
  node = new MemoryNode({ log, recovered: opened.recovered });
  log.describeBy(() => node.broker.facts());
  node.broker.alarms.watchLog(log);
  const peer = await ScriptedPeer.open(node, blockable);
  await answered(
    peer,
    'queue.declare-ok',
    method(1, 'queue.declare', { queue: 'q', durable: true }),
  );
  return peer;
}

/** Sends and waits for an answer of this name. @returns all names that came up to it */
async function answered(peer: ScriptedPeer, name: string, ...parts: Uint8Array[]) {
  const names: string[] = [];
  peer.sends(...parts);
  await expect
    .poll(async () => {
      names.push(...namesOf(await peer.answers()));
      return names;
    })
    .toContain(name);
  return names;
}

/** Publishes until the connection is not read any more. @returns how many messages */
async function publishUntilPaused(peer: ScriptedPeer): Promise<number> {
  let count = 0;
  for (; !peer.transport.paused && count < 5000; count++) {
    peer.sends(persistent);
    if (count % 10 === 0) await turn();
  }
  return count;
}

describe('a publisher that sends more than the log can write', () => {
  it('is not read until the log has written it, and is told nothing', async () => {
    const peer = await build(1);
    await answered(peer, 'confirm.select-ok', method(1, 'confirm.select'));
    for (let i = 0; !peer.transport.paused; i++) {
      if (i > 5000) throw new Error('the log is never congested');
      peer.sends(persistent);
    }
    await expect.poll(() => peer.transport.paused).toBe(false);
    const names = namesOf(await peer.answers());
    expect(new Set(names)).toEqual(new Set(['basic.ack']));
    await peer.leaves();
  });

  it('keeps no consumer waiting', async () => {
    const publisher = await build(2);
    const consumer = await ScriptedPeer.open(node);
    for (let i = 0; i < 5000 && !publisher.transport.paused; i++) publisher.sends(persistent);
    expect(log.isCongested).toBe(true);
    expect(consumer.transport.paused).toBe(false);
    expect(namesOf(await consumer.asks(method(1, 'basic.get', { queue: 'q' })))).toEqual([
      'basic.get-ok',
    ]);
    await expect.poll(() => publisher.transport.paused).toBe(false);
    for (const each of [publisher, consumer]) await each.leaves();
  });

  it('can still say goodbye to a broker that ends', async () => {
    const peer = await build(3);
    for (let i = 0; i < 5000 && !peer.transport.paused; i++) peer.sends(persistent);
    peer.connection.forceClose('shutdown');
    expect(peer.transport.paused).toBe(false);
    expect(namesOf(await peer.asks(method(0, 'connection.close-ok')))).toContain(
      'connection.close',
    );
    expect(peer.transport.closed).toBe(true);
  });
});

describe('a publisher when the disk of the log is full', () => {
  it('is blocked until there is space again; consumers go on', async () => {
    const publisher = await build(4);
    disk.capacity = disk.usedBytes + 4 * MIB;
    const count = await publishUntilPaused(publisher);
    expect(count).toBeGreaterThan(100);
    await expect.poll(() => log.isFull).toBe(true);
    await node.clock.advance('1s');
    expect(await publisher.methods()).toEqual([
      expect.objectContaining({
        name: 'connection.blocked',
        reason: 'low on disk: no space for the log',
      }),
    ]);
    const consumer = await ScriptedPeer.open(node);
    expect(namesOf(await consumer.asks(method(1, 'basic.get', { queue: 'q' })))).toEqual([
      'basic.get-ok',
    ]);
    disk.capacity = Number.POSITIVE_INFINITY;
    // The log looks for space once a second.
    await expect.poll(() => log.isCongested, { timeout: 5000 }).toBe(false);
    await node.clock.advance('1s');
    expect(namesOf(await publisher.answers())).toEqual(['connection.unblocked']);
    expect(publisher.transport.paused).toBe(false);
    for (const each of [publisher, consumer]) await each.leaves();
  });
});

describe('a publisher when the log has failed', () => {
  it('is blocked for good with the reason; consumers go on', async () => {
    const publisher = await build(5);
    await answered(publisher, 'confirm.select-ok', method(1, 'confirm.select'));
    await answered(publisher, 'basic.ack', persistent);
    disk.failNext('write');
    const names = await answered(publisher, 'connection.blocked', persistent);
    expect(names).toEqual(['connection.blocked']);
    expect(node.broker.alarms.reason).toMatch(/^disk failure: EIO: /);
    const consumer = await ScriptedPeer.open(node);
    expect(
      namesOf(await consumer.asks(method(1, 'basic.get', { queue: 'q', noAck: true }))),
    ).toEqual(['basic.get-ok']);
    await node.clock.advance('1h');
    expect(publisher.transport.paused).toBe(true);
    expect(namesOf(await publisher.answers())).toEqual([]);
    publisher.transport.lose();
    await consumer.leaves();
  });
});
