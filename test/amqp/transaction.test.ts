import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Properties } from '../../src/codec/properties.ts';
import { usedBytes } from '../../src/kit/memory.ts';
import { MemoryNode } from '../kit/memory-node.ts';
import { method, methodsOf, namesOf, publish, ScriptedPeer } from '../kit/scripted-peer.ts';

let node: MemoryNode;
let peer: ScriptedPeer;

const declare = (queue: string) => method(1, 'queue.declare', { queue });
const send = (content: string, routingKey = 'q') => publish(1, { routingKey, content });
const get = method(1, 'basic.get', { queue: 'q' });
const ack = (deliveryTag: number, multiple = false) =>
  method(1, 'basic.ack', { deliveryTag, multiple });
const commit = method(1, 'tx.commit');
const rollback = method(1, 'tx.rollback');

beforeEach(async () => {
  node = new MemoryNode();
  peer = await ScriptedPeer.open(node);
  await peer.asks(declare('q'), method(1, 'tx.select'));
});

afterEach(() => {
  peer.transport.lose();
  node.close();
});

const queue = (name = 'q') => node.broker.vhosts.get('/')!.queue(name);

describe('what is published in a transaction', () => {
  it('arrives with the commit, in its order', async () => {
    await peer.asks(send('1'), send('2'));
    expect(queue().ready).toBe(0);
    expect(namesOf(await peer.asks(commit))).toEqual(['tx.commit-ok']);
    expect(queue().ready).toBe(2);
    const frames = await peer.asks(get, get);
    const bodies = frames.flatMap((frame) => (frame.type === 'body' ? [frame.payload] : []));
    expect(bodies.map((body) => Buffer.from(body).toString())).toEqual(['1', '2']);
  });

  it('is forgotten with a rollback, and its memory with it', async () => {
    const big = 'x'.repeat(300_000);
    await peer.asks(send(big), rollback);
    const used = usedBytes();
    for (let i = 0; i < 5; i++)
      expect(namesOf(await peer.asks(send(big), rollback))).toHaveLength(1);
    expect(usedBytes()).toBe(used);
    await peer.asks(commit);
    expect(queue().ready).toBe(0);
  });

  it('is forgotten when the channel or the connection ends', async () => {
    const big = 'x'.repeat(300_000);
    const used = usedBytes();
    await peer.asks(send(big), send(big));
    expect(usedBytes()).toBeGreaterThan(used);
    await peer.asks(method(1, 'channel.close'));
    expect(usedBytes()).toBeLessThanOrEqual(used + 262_144);
    expect(queue().ready).toBe(0);
  });

  it('is refused when it is sent, if there is no such exchange', async () => {
    const frames = await peer.asks(publish(1, { exchange: 'none' }));
    expect(methodsOf(frames)).toMatchObject([{ name: 'channel.close', replyCode: 404 }]);
  });

  it('comes back at the commit if it is mandatory and nobody wants it', async () => {
    expect(await peer.asks(publish(1, { routingKey: 'none', mandatory: true }))).toEqual([]);
    const names = namesOf(await peer.asks(commit));
    expect(names).toEqual(['basic.return', 'tx.commit-ok']);
  });
});

describe('what is sent with headers that are for the broker', () => {
  const headers = new Map([
    ['BCC', { type: 'A', value: [{ type: 'S', value: Buffer.from('q') }] }],
  ]);
  const hidden = publish(1, {
    routingKey: 'none',
    content: 'x'.repeat(300_000),
    properties: { headers } as Properties,
  });

  it('leaves nothing in memory when it is rolled back, or its queue has gone', async () => {
    await peer.asks(hidden, rollback);
    const used = usedBytes();
    await peer.asks(hidden, rollback, hidden, method(1, 'queue.delete', { queue: 'q' }));
    expect(namesOf(await peer.asks(commit))).toEqual(['tx.commit-ok']);
    expect(usedBytes()).toBeLessThanOrEqual(used);
  });

  it('arrives with the commit', async () => {
    await peer.asks(hidden, commit);
    expect(queue().ready).toBe(1);
  });
});

describe('what is settled in a transaction', () => {
  beforeEach(async () => {
    await peer.asks(send('1'), send('2'), send('3'), commit, get, get, get);
    expect(queue().unacked).toBe(3);
  });

  it('is settled with the commit', async () => {
    await peer.asks(ack(2, true));
    expect(queue().unacked).toBe(3);
    await peer.asks(commit);
    expect(queue().unacked).toBe(1);
    expect(queue().ready).toBe(0);
  });

  it('cannot be settled a second time', async () => {
    const frames = await peer.asks(ack(1), ack(1));
    expect(methodsOf(frames)).toMatchObject([
      {
        name: 'channel.close',
        replyCode: 406,
        replyText: 'PRECONDITION_FAILED - unknown delivery tag 1',
        failingClassId: 60,
        failingMethodId: 80,
      },
    ]);
    expect(queue()).toMatchObject({ unacked: 0, ready: 3 });
  });

  it('can be settled again after a rollback', async () => {
    await peer.asks(ack(2), rollback, ack(2), commit);
    expect(queue().unacked).toBe(2);
  });

  it('goes back to its queue or is dropped, as was said', async () => {
    await peer.asks(
      method(1, 'basic.reject', { deliveryTag: 1, requeue: true }),
      method(1, 'basic.nack', { deliveryTag: 3, multiple: true, requeue: false }),
    );
    expect(queue()).toMatchObject({ unacked: 3, ready: 0 });
    await peer.asks(commit);
    expect(queue()).toMatchObject({ unacked: 0, ready: 1 });
  });

  it('goes back to its queue when the channel ends first', async () => {
    await peer.asks(ack(0, true), method(1, 'channel.close'));
    expect(queue()).toMatchObject({ unacked: 0, ready: 3 });
  });
});

describe('a commit that fails', () => {
  it('is 406 when a queue refused a message; the others have theirs', async () => {
    const channel = await ScriptedPeer.open(node);
    await channel.asks(declare('other'));
    await peer.asks(
      method(1, 'queue.declare', {
        queue: 'full',
        arguments: new Map([
          ['x-max-length', { type: 'I', value: 1 }],
          ['x-overflow', { type: 'S', value: Buffer.from('reject-publish') }],
        ] as const),
      }),
      send('1', 'full'),
      send('2', 'full'),
      send('3', 'other'),
    );
    const frames = await peer.asks(commit);
    expect(methodsOf(frames)).toMatchObject([
      {
        name: 'channel.close',
        replyCode: 406,
        replyText: 'PRECONDITION_FAILED - partial tx completion',
      },
    ]);
    expect(queue('full').ready).toBe(1);
    expect(queue('other').ready).toBe(1);
    await channel.leaves();
  });
});

describe('a channel', () => {
  it('is transactional or in confirm mode, never both', async () => {
    const frames = await peer.asks(method(1, 'confirm.select'));
    expect(methodsOf(frames)).toMatchObject([
      { replyCode: 406, replyText: 'PRECONDITION_FAILED - cannot switch from tx to confirm mode' },
    ]);
    const other = await peer.asks(
      method(2, 'channel.open'),
      method(2, 'confirm.select'),
      method(2, 'tx.select'),
    );
    expect(methodsOf(other).at(-1)).toMatchObject({
      replyCode: 406,
      replyText: 'PRECONDITION_FAILED - cannot switch from confirm to tx mode',
    });
  });

  it.each(['tx.commit', 'tx.rollback'] as const)('has no %s before tx.select', async (name) => {
    const frames = await peer.asks(method(2, 'channel.open'), method(2, name));
    expect(methodsOf(frames).at(-1)).toMatchObject({
      name: 'channel.close',
      replyCode: 406,
      replyText: 'PRECONDITION_FAILED - channel is not transactional',
    });
  });

  it('answers a second tx.select as the first', async () => {
    expect(namesOf(await peer.asks(send('1'), method(1, 'tx.select'), commit))).toEqual([
      'tx.select-ok',
      'tx.commit-ok',
    ]);
    expect(queue().ready).toBe(1);
  });
});
