import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addForeignBytes,
  allocate,
  busyBytes,
  CAPACITY_BYTES,
  MemoryExhausted,
  release,
} from '../../src/kit/memory.ts';
import { stillWorks, WatchedNode, working } from '../fuzz/watched-node.ts';
import { turn } from '../kit/memory-node.ts';
import { body, header, method, namesOf, publish, ScriptedPeer } from '../kit/scripted-peer.ts';

const PIECE = 100_000;
const SIZE_MAX = 5 * PIECE;
// A content header's payload without properties: it is kept as long as the body is coming.
const HEADER = 14;
const FOREIGN_BYTES_MAX = CAPACITY_BYTES / 2;

let node: WatchedNode;
let before = 0;

beforeEach(() => {
  // The segment that small records share stays in use from the first of them on.
  release(allocate(8));
  before = busyBytes();
  node = new WatchedNode({ limits: { maxMessageSize: SIZE_MAX } });
});

afterEach(async () => {
  for (const connection of [...node.broker.connections]) connection.forceClose('the test is over');
  node.close();
  await turn();
  expect(node.errors).toEqual([]);
});

const piece = (value = 1): Uint8Array => body(1, new Uint8Array(PIECE).fill(value));

/** The frames of a message of so many pieces, without any of them. */
const begin = (pieces: number, channel = 1): Uint8Array =>
  Buffer.concat([
    method(channel, 'basic.publish', { routingKey: 'q' }),
    header(channel, pieces * PIECE),
  ]);

/** A peer that has sent two pieces of a message of `pieces`. */
async function halfway(pieces = 4, channels: readonly number[] = [1]): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.open(node, { channels });
  await peer.asks(begin(pieces), piece(1), piece(2));
  expect(held()).toBe(HEADER + 2 * PIECE);
  return peer;
}

/** Bytes in use that were not before this test. */
function held(): number {
  return busyBytes() - before;
}

describe('what has come of a message', () => {
  it('counts as memory in use, piece by piece', async () => {
    const peer = await ScriptedPeer.open(node);
    await peer.asks(begin(4));
    expect(held()).toBe(HEADER);
    for (let count = 1; count < 4; count++) {
      await peer.asks(piece());
      expect(held()).toBe(HEADER + count * PIECE);
    }
    await peer.vanishes();
    expect(held()).toBe(0);
  });

  it('counts to the octet when the pieces are small or empty', async () => {
    const peer = await ScriptedPeer.open(node);
    const small = [0, 1, 17, 4095, 4096, 4097, 0, 70_000];
    await peer.asks(begin(4), ...small.map((size) => body(1, new Uint8Array(size))));
    expect(held()).toBe(small.reduce((sum, size) => sum + size, HEADER));
    await peer.vanishes();
    expect(held()).toBe(0);
  });

  it('is given back when the message is complete', async () => {
    const peer = await halfway();
    expect(await peer.asks(piece(3), piece(4))).toEqual([]);
    // Nobody wanted it: not even a record is left.
    expect(held()).toBe(0);
    const names = namesOf(
      await peer.asks(
        method(1, 'queue.declare', { queue: 'q', exclusive: true }),
        begin(4),
        ...[1, 2, 3, 4].map(piece),
        method(1, 'basic.get', { queue: 'q', noAck: true }),
      ),
    );
    expect(names).toEqual(['queue.declare-ok', 'basic.get-ok']);
    await peer.leaves();
    expect(held()).toBe(0);
  });

  it('is given back, with that of all other channels, when a method comes in between', async () => {
    const peer = await halfway(4, [1, 2]);
    await peer.asks(begin(3, 2), body(2, new Uint8Array(PIECE)));
    expect(held()).toBe(2 * HEADER + 3 * PIECE);
    const [close] = await peer.askedMethods(method(1, 'basic.qos'));
    expect(close).toMatchObject({ name: 'connection.close', replyCode: 505 });
    expect(held()).toBe(0);
  });

  it('is given back when the broker closes the channel in the middle of it', async () => {
    const peer = await ScriptedPeer.open(node);
    await peer.asks(
      method(1, 'queue.declare', { queue: 'q' }),
      publish(1, { routingKey: 'q', content: 'late' }),
      method(1, 'basic.get', { queue: 'q' }),
      begin(4),
      piece(),
    );
    const waiting = held();
    expect(waiting).toBeGreaterThanOrEqual(PIECE);
    await node.clock.advance('40m');
    expect(await peer.methods()).toMatchObject([{ name: 'channel.close', replyCode: 406 }]);
    expect(held()).toBeLessThanOrEqual(waiting - PIECE);
    const between = held();
    // What comes of it until the client has heard of it is not kept.
    await peer.asks(piece(), piece());
    expect(held()).toBe(between);
    expect(
      namesOf(await peer.asks(method(1, 'channel.close-ok'), method(1, 'channel.open'))),
    ).toEqual(['channel.open-ok']);
    await peer.asks(method(1, 'queue.delete', { queue: 'q' }));
    await peer.leaves();
    expect(held()).toBe(0);
  });

  it.each(['vanishes', 'leaves'] as const)('is given back when its client %s', async (goes) => {
    const peer = await halfway();
    await peer[goes]();
    expect(held()).toBe(0);
  });

  it('is given back when the broker ends the connection', async () => {
    const peer = await halfway();
    for (const connection of node.broker.connections) connection.forceClose('maintenance');
    expect(await peer.methods()).toMatchObject([{ name: 'connection.close', replyCode: 320 }]);
    expect(held()).toBe(0);
    await peer.asks(piece());
    expect(held()).toBe(0);
  });

  it('is given back when more comes than was announced', async () => {
    const peer = await halfway(2.5);
    expect(await peer.askedMethods(piece())).toMatchObject([
      { name: 'connection.close', replyCode: 501 },
    ]);
    expect(held()).toBe(0);
  });

  it('is not even kept when it is going to be refused as too large', async () => {
    const peer = await ScriptedPeer.open(node);
    await peer.asks(begin(6));
    for (let count = 1; count < 6; count++) {
      expect(await peer.asks(piece())).toEqual([]);
      expect(held()).toBe(HEADER);
    }
    expect(await peer.askedMethods(piece())).toMatchObject([
      { name: 'channel.close', replyCode: 406, failingClassId: 60, failingMethodId: 40 },
    ]);
    expect(held()).toBe(0);
  });
});

describe('too much of what has come of messages', () => {
  const spare = 2.5 * PIECE;
  let filled = 0;

  // As if other connections were receiving so much that only `spare` is left.
  beforeEach(() => {
    filled = FOREIGN_BYTES_MAX - spare;
    addForeignBytes(filled);
  });

  afterEach(() => {
    addForeignBytes(-filled);
    expect(busyBytes()).toBe(before);
  });

  const heldByPeers = (): number => held() - filled;

  it('ends the connection that asks for more with 506, and nobody else', async () => {
    const bystander = await ScriptedPeer.open(node);
    await bystander.asks(
      method(1, 'confirm.select'),
      method(1, 'queue.declare', { queue: 'q', exclusive: true }),
      begin(2),
      piece(1),
    );
    const greedy = await ScriptedPeer.open(node);
    expect(await greedy.asks(begin(4), piece(1))).toEqual([]);
    expect(heldByPeers()).toBe(2 * HEADER + 2 * PIECE);
    expect(await greedy.askedMethods(piece(2), piece(3))).toMatchObject([
      {
        name: 'connection.close',
        replyCode: 506,
        replyText: expect.stringMatching(/^RESOURCE_ERROR - /),
        failingClassId: 60,
        failingMethodId: 40,
      },
    ]);
    expect(heldByPeers()).toBe(HEADER + PIECE);
    await greedy.asks(method(0, 'connection.close-ok'));
    const answers = await bystander.asks(
      piece(2),
      method(1, 'basic.get', { queue: 'q', noAck: true }),
    );
    expect(namesOf(answers).toSorted()).toEqual(['basic.ack', 'basic.get-ok']);
    const octets = answers.flatMap((each) => (each.type === 'body' ? [...each.payload] : []));
    expect(octets).toHaveLength(2 * PIECE);
    expect(octets.slice(PIECE - 1, PIECE + 1)).toEqual([1, 2]);
    expect(await stillWorks(node)).toEqual(working);
    await bystander.leaves();
    expect(heldByPeers()).toBe(0);
  });

  it('ends all of that connection: what its other channels have received is given back', async () => {
    const peer = await ScriptedPeer.open(node, { channels: [1, 2] });
    const second = body(2, new Uint8Array(PIECE));
    expect(await peer.asks(begin(3), begin(3, 2), piece(), second)).toEqual([]);
    expect(heldByPeers()).toBe(2 * HEADER + 2 * PIECE);
    const [close] = await peer.askedMethods(second);
    expect(close).toMatchObject({ name: 'connection.close', replyCode: 506 });
    expect(heldByPeers()).toBe(0);
  });

  it('is no hindrance to messages that come whole', async () => {
    addForeignBytes(spare);
    filled += spare;
    expect(await stillWorks(node)).toEqual(working);
  });

  it('counts although it is refused, and is given back without another refusal', () => {
    filled += spare + 20;
    expect(() => addForeignBytes(spare + 20)).toThrow(MemoryExhausted);
    expect(held()).toBe(FOREIGN_BYTES_MAX + 20);
    filled -= 10;
    addForeignBytes(-10);
    expect(held()).toBe(FOREIGN_BYTES_MAX + 10);
  });

  it('is over as soon as some of it is given back', async () => {
    const greedy = await ScriptedPeer.open(node);
    await greedy.asks(begin(4), piece(), piece());
    const [close] = await greedy.askedMethods(piece());
    expect(close).toMatchObject({ name: 'connection.close', replyCode: 506 });
    addForeignBytes(-2 * PIECE);
    filled -= 2 * PIECE;
    const patient = await ScriptedPeer.open(node);
    expect(await patient.asks(begin(4), ...[1, 2, 3, 4].map(piece))).toEqual([]);
    await patient.leaves();
    expect(heldByPeers()).toBe(0);
  });
});
