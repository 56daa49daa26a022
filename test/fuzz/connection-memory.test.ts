import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SLAB_BYTES, usedBytes } from '../../src/kit/memory.ts';
import { footprint } from '../kit/footprint.ts';
import { turn } from '../kit/memory-node.ts';
import {
  framesOf,
  header,
  method,
  methodsOf,
  opening,
  publish,
  ScriptedPeer,
} from '../kit/scripted-peer.ts';
import { conversation, tuning } from './conversation.ts';
import {
  endAll,
  faultsOf,
  holdsAndLeavesNothing,
  stillWorks,
  WatchedNode,
  working,
} from './watched-node.ts';

const MIB = 1024 * 1024;
/** What may be unsent to one connection until nothing is read from it any more, and a little. */
const UNSENT_MAX = 20 * SLAB_BYTES;

let node: WatchedNode;
let before: ReturnType<typeof footprint>;

beforeEach(() => {
  before = footprint();
  node = new WatchedNode();
});

afterEach(() => {
  expect(node.errors).toEqual([]);
  expect(footprint()).toEqual(before);
});

/** A client that has sent all this and reads nothing of what it is answered. */
async function deaf(...parts: readonly Uint8Array[]): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.open(node);
  await peer.answers();
  peer.transport.reading = false;
  for (const part of parts) {
    peer.sends(part);
    await turn();
  }
  return peer;
}

const repeated = (count: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, () => Buffer.concat([...parts])));

const declare = method(1, 'queue.declare', { queue: 'q' });
const declareLong = method(1, 'queue.declare', { queue: 'q'.repeat(255) });
const get = method(1, 'basic.get', { queue: 'q', noAck: false });
const putBack = method(1, 'basic.nack', { multiple: true, requeue: true });
const message = (bytes: number) =>
  publish(1, { routingKey: 'q', content: new Uint8Array(bytes).fill(bytes) });

async function filled(count: number, bytes: number): Promise<ScriptedPeer> {
  const owner = await ScriptedPeer.open(node);
  await owner.asks(declare);
  for (let i = 0; i < count; i++) owner.sends(message(bytes));
  return owner;
}

describe('a client that reads nothing', () => {
  it.each([
    ['thousands of answers', [declareLong, repeated(20_000, declareLong)]],
    ['thousands of pings', [repeated(150_000, method(1, 'basic.qos', { prefetchCount: 1 }))]],
    [
      'returned messages',
      [repeated(100, publish(1, { content: 'x'.repeat(50_000), mandatory: true }))],
    ],
  ])('costs a bounded amount of memory: %s', async (_name, parts) => {
    const used = usedBytes();
    const peer = await deaf(...parts);
    expect(usedBytes() - used).toBeLessThan(UNSENT_MAX + MIB);
    expect(peer.transport.paused).toBe(true);
    expect(await stillWorks(node)).toEqual(working);
    await endAll(node, peer);
  });

  it('costs no more when it asks for a large message over and over again', async () => {
    const owner = await filled(1, 4 * MIB);
    const used = usedBytes();
    const peer = await deaf(repeated(2000, get, putBack));
    // One message may be on its way when the output is found to be too much.
    expect(usedBytes() - used).toBeLessThan(UNSENT_MAX + 6 * MIB);
    expect(await stillWorks(node)).toEqual(working);
    await endAll(node, peer, owner);
  });

  it('gets all of its answers once it reads, in the order of its questions', async () => {
    const owner = await filled(1, MIB);
    const peer = await deaf(repeated(30, get, putBack, method(1, 'basic.qos')));
    for (let i = 0; i < 2000 && peer.transport.inFlight > 0; i++) {
      peer.transport.take(3);
      await turn();
    }
    peer.transport.readAll();
    await turn(2);
    const frames = framesOf(peer.transport.output());
    const names = methodsOf(frames).map(({ name }) => name);
    expect(names).toEqual(
      Array.from({ length: 30 }, () => ['basic.get-ok', 'basic.qos-ok']).flat(),
    );
    const octets = frames.map((frame) => (frame.type === 'body' ? frame.payload.length : 0));
    expect(octets.reduce((sum, size) => sum + size, 0)).toBe(30 * MIB);
    expect(peer.transport.paused).toBe(false);
    await endAll(node, peer, owner);
  });

  it('is not delivered to any further, and its messages stay in their queue', async () => {
    const owner = await filled(0, 0);
    const consume = method(1, 'basic.consume', { queue: 'q', noAck: true });
    const peer = await deaf(consume);
    for (let i = 0; i < 200; i++) owner.sends(message(100_000));
    const queue = node.broker.vhosts.get('/')!.queue('q');
    expect(queue.ready).toBeGreaterThan(180);
    expect(peer.transport.paused).toBe(false);
    peer.transport.readAll();
    for (let i = 0; i < 50 && queue.ready > 0; i++) {
      await turn();
      peer.transport.readAll();
    }
    expect(queue.ready).toBe(0);
    const frames = framesOf(peer.transport.output());
    expect(methodsOf(frames).filter(({ name }) => name === 'basic.deliver')).toHaveLength(200);
    await endAll(node, peer, owner);
  });

  it('is given up after a while when the broker closes its connection', async () => {
    const peer = await deaf(repeated(20_000, declareLong), method(0, 'connection.open'));
    for (const connection of node.broker.connections) connection.forceClose('shutdown');
    await node.clock.advance('1m');
    expect(peer.transport.destroyed).toBe(true);
    await endAll(node, peer);
  });
});

describe('a client that reads slowly', () => {
  it('gets what it would have got otherwise', async () => {
    const property = fc.asyncProperty(
      conversation,
      fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 20 }),
      async (frames, steps) => {
        const slow = new WatchedNode();
        const peer = new ScriptedPeer(slow);
        peer.sends(opening(tuning));
        await turn();
        peer.transport.reading = false;
        for (const [index, frame] of frames.entries()) {
          peer.sends(frame);
          const step = steps[index % steps.length] ?? 0;
          if (step > 0) await turn();
          peer.transport.take(step);
        }
        for (let i = 0; i < 5; i++) {
          peer.transport.readAll();
          await turn();
        }
        expect(faultsOf(framesOf(peer.transport.output()))).toEqual([]);
        expect(slow.errors).toEqual([]);
        await endAll(slow, peer);
      },
    );
    await holdsAndLeavesNothing(property, 40);
    node.close();
  });
});

describe('a message that is never finished', () => {
  it('costs what has come of it, not what was announced', async () => {
    const used = process.memoryUsage();
    const start = Buffer.concat([
      method(1, 'basic.publish', { routingKey: 'q' }),
      header(1, 16 * MIB),
    ]);
    const peers: ScriptedPeer[] = [];
    for (let i = 0; i < 20; i++) {
      const peer = await ScriptedPeer.open(node);
      peer.sends(start);
      peers.push(peer);
    }
    const now = process.memoryUsage();
    expect(now.arrayBuffers - used.arrayBuffers).toBeLessThan(8 * MIB);
    expect(await stillWorks(node)).toEqual(working);
    await endAll(node, ...peers);
  });

  it('leaves nothing behind when its client is gone', async () => {
    const peer = await ScriptedPeer.open(node);
    const all = publish(1, { routingKey: 'q', content: new Uint8Array(2 * MIB) });
    peer.sends(all.subarray(0, all.length - 5));
    await endAll(node, peer);
  });
});
