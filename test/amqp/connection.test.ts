import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryNode, type NodeOptions, turn } from '../kit/memory-node.ts';
import {
  body,
  frame,
  header,
  method,
  methodsOf,
  namesOf,
  type OpenOptions,
  publish,
  ScriptedPeer,
} from '../kit/scripted-peer.ts';

let node = new MemoryNode();

beforeEach(() => {
  node = new MemoryNode();
});

afterEach(() => {
  node.close();
});

const restart = (options: NodeOptions): void => {
  node.close();
  node = new MemoryNode(options);
};

const queues = () => [...node.broker.vhosts.get('/')!.queues.keys()];
const declare = (queue: string, exclusive = false) =>
  method(1, 'queue.declare', { queue, exclusive });
const closeOk = method(0, 'connection.close-ok');
// A method that no client may send once it is in: a mistake that ends the connection.
const mistake = method(0, 'connection.tune-ok', { frameMax: 4096 });

describe('a connection that its client closes', () => {
  it('is answered and left to hang up; its exclusive queues go at once', async () => {
    const peer = await ScriptedPeer.open(node);
    await peer.asks(declare('mine', true), declare('shared'));
    expect(namesOf(await peer.asks(method(0, 'connection.close')))).toEqual([
      'connection.close-ok',
    ]);
    expect(queues()).toEqual(['shared']);
    expect(node.broker.connections.size).toBe(0);
    await node.clock.advance('29999ms');
    expect(peer.transport.ended).toBe(false);
    await node.clock.advance('1ms');
    expect(peer.transport.ended).toBe(true);
  });

  it('is answered as often as it asks', async () => {
    const peer = await ScriptedPeer.open(node);
    const close = method(0, 'connection.close');
    expect(namesOf(await peer.asks(close, close))).toEqual([
      'connection.close-ok',
      'connection.close-ok',
    ]);
    expect(namesOf(await peer.asks(close))).toEqual(['connection.close-ok']);
    await node.clock.advance('20s');
    await peer.asks(close);
    await node.clock.advance('10s');
    expect(peer.transport.ended).toBe(true);
  });

  it('is ended at once when the broker ends', async () => {
    const peer = await ScriptedPeer.open(node);
    await peer.asks(method(0, 'connection.close'));
    peer.connection.forceClose('shutdown');
    expect(peer.transport.ended).toBe(true);
  });

  it('hears nothing of what it asks afterwards', async () => {
    const peer = await ScriptedPeer.open(node);
    const names = namesOf(await peer.asks(method(0, 'connection.close'), declare('late')));
    expect(names).toEqual(['connection.close-ok']);
    expect(queues()).toEqual([]);
  });

  it('is dropped if it does not hang up', async () => {
    const peer = await ScriptedPeer.open(node);
    peer.transport.reading = false;
    peer.sends(method(0, 'connection.close'));
    await turn();
    expect(peer.transport.ended).toBe(false);
    await node.clock.advance('30s');
    await node.clock.advance('4999ms');
    expect(peer.transport.destroyed).toBe(false);
    await node.clock.advance('1ms');
    expect(peer.transport.destroyed).toBe(true);
  });
});

describe('a connection that the broker closes', () => {
  it('waits for close-ok', async () => {
    const peer = await ScriptedPeer.open(node);
    expect(await peer.askedMethods(mistake)).toMatchObject([
      { name: 'connection.close', replyCode: 504 },
    ]);
    expect(peer.transport.ended).toBe(false);
    await peer.asks(closeOk);
    expect(peer.transport.ended).toBe(true);
    expect(node.broker.connections.size).toBe(0);
  });

  it('is dropped when close-ok has not come in thirty seconds', async () => {
    const peer = await ScriptedPeer.open(node);
    await peer.asks(mistake);
    await node.clock.advance('29999ms');
    expect(peer.transport.closed).toBe(false);
    await node.clock.advance('1ms');
    expect(peer.transport.destroyed).toBe(true);
    expect(node.broker.connections.size).toBe(0);
  });

  it('frees its exclusive queues at once, for a client that comes back with the same names', async () => {
    const peer = await ScriptedPeer.open(node);
    await peer.asks(declare('mine', true), mistake);
    expect(queues()).toEqual([]);
    const again = await ScriptedPeer.open(node);
    expect(namesOf(await again.asks(declare('mine', true)))).toEqual(['queue.declare-ok']);
    peer.sends(closeOk);
    expect(queues()).toEqual(['mine']);
    await again.leaves();
    expect(queues()).toEqual([]);
  });

  it('gives back what it has not settled, at once', async () => {
    const peer = await ScriptedPeer.open(node);
    const other = await ScriptedPeer.open(node);
    await peer.asks(declare('q'), publish(1, { routingKey: 'q', content: 'x' }));
    await peer.asks(method(1, 'basic.get', { queue: 'q' }));
    await peer.asks(mistake);
    const names = namesOf(await other.asks(method(1, 'basic.get', { queue: 'q' })));
    expect(names).toEqual(['basic.get-ok']);
  });

  it('looks at nothing but close-ok and close', async () => {
    const peer = await ScriptedPeer.open(node);
    const names = namesOf(
      await peer.asks(
        mistake,
        declare('late'),
        mistake,
        frame(9, 0, Buffer.from('nonsense')),
        frame(8, 0, new Uint8Array(0)),
        publish(1, { routingKey: 'late' }),
      ),
    );
    expect(names).toEqual(['connection.close']);
    expect(queues()).toEqual([]);
    expect(namesOf(await peer.asks(method(0, 'connection.close')))).toEqual([
      'connection.close-ok',
    ]);
    expect(peer.transport.ended).toBe(false);
    await peer.asks(closeOk);
    expect(peer.transport.ended).toBe(true);
  });

  it('understands nothing but close-ok after a frame that is too large', async () => {
    const peer = await ScriptedPeer.open(node, { frameMax: 4096 });
    const tooLarge = frame(3, 1, new Uint8Array(5000));
    expect(await peer.askedMethods(tooLarge.subarray(0, 100))).toMatchObject([
      { name: 'connection.close', replyCode: 501 },
    ]);
    expect(await peer.asks(tooLarge.subarray(100))).toEqual([]);
    await peer.asks(closeOk);
    expect(peer.transport.ended).toBe(true);
  });

  it('is told 320 when it is closed by force, with the reason', async () => {
    const peer = await ScriptedPeer.open(node);
    for (const connection of node.broker.connections) connection.forceClose('reason');
    expect(await peer.methods()).toMatchObject([
      {
        name: 'connection.close',
        replyCode: 320,
        replyText: 'CONNECTION_FORCED - reason',
        failingClassId: 0,
        failingMethodId: 0,
      },
    ]);
    for (const connection of node.broker.connections) connection.forceClose('again');
    expect(await peer.answers()).toEqual([]);
  });
});

describe('a connection that is lost', () => {
  it.each([
    ['between two frames', new Uint8Array(0)],
    ['in a frame', declare('q').subarray(0, 9)],
    ['in a message', publish(1, { routingKey: 'q', content: 'x'.repeat(9) }).subarray(0, 50)],
  ])('gives everything back: %s', async (_name, part) => {
    const peer = await ScriptedPeer.open(node);
    await peer.asks(declare('mine', true), declare('q'));
    await peer.asks(publish(1, { routingKey: 'q', content: 'x' }));
    await peer.asks(method(1, 'basic.consume', { queue: 'q', consumerTag: 'c' }));
    peer.sends(part);
    await peer.vanishes();
    expect(queues()).toEqual(['q']);
    expect(node.broker.vhosts.get('/')!.queue('q')).toMatchObject({ ready: 1, unacked: 0 });
    expect(node.broker.vhosts.get('/')!.queue('q').consumers.count).toBe(0);
    expect(node.broker.connections.size).toBe(0);
  });
});

describe('channel 0', () => {
  it('takes a new secret', async () => {
    const peer = await ScriptedPeer.open(node);
    const secret = method(0, 'connection.update-secret', {
      newSecret: Buffer.from('x'),
      reason: 'y',
    });
    expect(namesOf(await peer.asks(secret))).toEqual(['connection.update-secret-ok']);
  });

  it('takes heartbeats at any time, and other channels none', async () => {
    const peer = await ScriptedPeer.open(node);
    const heartbeat = (channel: number) => frame(8, channel, new Uint8Array(0));
    expect(await peer.asks(heartbeat(0), heartbeat(0))).toEqual([]);
    expect(await peer.askedMethods(heartbeat(1))).toMatchObject([{ replyCode: 505 }]);
  });

  it.each([
    ['a content header', header(0, 1), 505],
    ['a content body', body(0, 'x'), 505],
    ['a channel method', method(0, 'channel.open'), 504],
    ['a connection method of the handshake', mistake, 504],
    ['a frame of no known type', frame(4, 0, Buffer.from('x')), 501],
    ['a heartbeat with something in it', frame(8, 0, Buffer.from('x')), 501],
    ['a frame without its end', frame(1, 0, Buffer.from('abcd'), 0), 501],
    ['a method frame that is too short', frame(1, 0, Buffer.from('abc')), 501],
  ])('refuses %s with its code', async (_name, bytes, replyCode) => {
    const peer = await ScriptedPeer.open(node);
    expect(await peer.askedMethods(bytes)).toMatchObject([{ name: 'connection.close', replyCode }]);
  });
});

describe('a channel that the broker closes', () => {
  const fails = method(1, 'queue.declare', { queue: 'none', passive: true });
  const channelCloseOk = method(1, 'channel.close-ok');

  it('drops what comes until close-ok, and can be opened again behind it', async () => {
    const peer = await ScriptedPeer.open(node);
    const names = namesOf(
      await peer.asks(fails, declare('late'), publish(1, { routingKey: 'x', mandatory: true })),
    );
    expect(names).toEqual(['channel.close']);
    expect(await peer.asks(channelCloseOk)).toEqual([]);
    expect(namesOf(await peer.asks(method(1, 'channel.open'), declare('q')))).toEqual([
      'channel.open-ok',
      'queue.declare-ok',
    ]);
    expect(queues()).toEqual(['q']);
  });

  it('answers a close that crossed its own, and still knows close-ok when it comes', async () => {
    const peer = await ScriptedPeer.open(node);
    const names = namesOf(await peer.asks(fails, method(1, 'channel.close')));
    expect(names).toEqual(['channel.close', 'channel.close-ok']);
    expect(await peer.asks(channelCloseOk)).toEqual([]);
    expect(namesOf(await peer.asks(method(1, 'channel.open')))).toEqual(['channel.open-ok']);
  });

  it('is not open for the client that opens it without having answered', async () => {
    const peer = await ScriptedPeer.open(node);
    await peer.asks(fails);
    expect(await peer.askedMethods(method(1, 'channel.open'))).toMatchObject([
      { replyCode: 504, replyText: "CHANNEL_ERROR - second 'channel.open' seen" },
    ]);
  });

  it('leaves the other channels alone', async () => {
    const peer = await ScriptedPeer.open(node, { channels: [1, 2] });
    await peer.asks(fails);
    const names = namesOf(await peer.asks(method(2, 'queue.declare', { queue: 'q' })));
    expect(names).toEqual(['queue.declare-ok']);
  });

  it('is told why, and which method it was', async () => {
    const peer = await ScriptedPeer.open(node);
    expect(await peer.askedMethods(fails)).toMatchObject([
      {
        name: 'channel.close',
        replyCode: 404,
        replyText: "NOT_FOUND - no queue 'none' in vhost '/'",
        failingClassId: 50,
        failingMethodId: 10,
      },
    ]);
  });
});

describe('channels', () => {
  it('are as many as was agreed, and one that has closed makes room', async () => {
    const peer = await ScriptedPeer.open(node, { channelMax: 2, channels: [1, 2] });
    await peer.asks(method(2, 'channel.close'));
    expect(namesOf(await peer.asks(method(9, 'channel.open')))).toEqual(['channel.open-ok']);
    expect(await peer.askedMethods(method(3, 'channel.open'))).toMatchObject([
      {
        replyCode: 530,
        replyText:
          'NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)',
      },
    ]);
  });

  it('have to be opened first', async () => {
    const peer = await ScriptedPeer.open(node);
    expect(await peer.askedMethods(method(2, 'basic.qos'))).toMatchObject([
      { replyCode: 504, replyText: "CHANNEL_ERROR - expected 'channel.open'" },
    ]);
  });
});

describe('a message in frames', () => {
  const start = method(1, 'basic.publish', { routingKey: 'q' });

  it('may have frames of other channels in between', async () => {
    const peer = await ScriptedPeer.open(node, { channels: [1, 2] });
    await peer.asks(declare('q'));
    const between = method(2, 'tx.select');
    for (const parts of [
      [start, between, header(1, 2), body(1, 'ab')],
      [start, header(1, 2), between, body(1, 'ab')],
      [start, header(1, 2), body(1, 'a'), between, body(1, 'b')],
    ]) {
      expect(namesOf(await peer.asks(...parts))).toEqual(['tx.select-ok']);
      const got = await peer.asks(method(1, 'basic.get', { queue: 'q', noAck: true }));
      expect(Buffer.from(got[2]?.type === 'body' ? got[2].payload : []).toString()).toBe('ab');
    }
  });

  it('does not keep a short method of another channel waiting for its content', async () => {
    const peer = await ScriptedPeer.open(node, { channels: [1, 2] });
    expect(namesOf(await peer.asks(start, method(2, 'tx.select')))).toEqual(['tx.select-ok']);
  });

  it.each([
    ['a short method', [method(1, 'tx.select')]],
    ['a method', [declare('x')]],
    ['a body', [body(1, 'x')]],
    ['a second header', [header(1, 5), header(1, 5)]],
    ['a method in the place of its body', [header(1, 5), method(1, 'tx.select')]],
  ])('is refused with 505 at once when %s comes instead', async (_name, parts) => {
    const peer = await ScriptedPeer.open(node);
    expect(await peer.askedMethods(start, ...parts)).toMatchObject([
      {
        name: 'connection.close',
        replyCode: 505,
        failingClassId: 60,
        failingMethodId: 40,
      },
    ]);
  });

  it('is refused with 406 when it is too large, and the rest of it is dropped', async () => {
    restart({ limits: { maxMessageSize: 10 } });
    const peer = await ScriptedPeer.open(node);
    await peer.asks(declare('q'));
    const content = '0123456789a';
    const frames = await peer.asks(publish(1, { routingKey: 'q', content }, 4));
    expect(methodsOf(frames)).toMatchObject([
      {
        name: 'channel.close',
        replyCode: 406,
        replyText: 'PRECONDITION_FAILED - message size 11 is larger than configured max size 10',
      },
    ]);
    expect(await peer.asks(method(1, 'channel.close-ok'))).toEqual([]);
  });
});

describe('the memory alarm', () => {
  const alarmed: NodeOptions = { memoryHighWatermark: -1 };
  const blockable: OpenOptions = { capabilities: { 'connection.blocked': true } };
  const unrouted = publish(1, { routingKey: 'nobody', content: 'x' });

  it('blocks a connection that publishes, and says so to a client that can hear it', async () => {
    restart(alarmed);
    const peer = await ScriptedPeer.open(node, blockable);
    expect(await peer.askedMethods(unrouted)).toEqual([
      expect.objectContaining({ name: 'connection.blocked', reason: 'low on memory' }),
    ]);
    expect(peer.transport.paused).toBe(true);
    const later = await ScriptedPeer.open(node, blockable);
    expect(later.transport.paused).toBe(false);
    expect(namesOf(await later.asks(unrouted))).toEqual(['connection.blocked']);
    for (const each of [peer, later]) each.transport.lose();
  });

  it('says nothing to a client that did not ask to be told, and blocks it all the same', async () => {
    restart(alarmed);
    const peer = await ScriptedPeer.open(node);
    expect(await peer.asks(unrouted)).toEqual([]);
    expect(peer.transport.paused).toBe(true);
    peer.transport.lose();
  });

  it('leaves connections alone that do not publish', async () => {
    restart(alarmed);
    const publisher = await ScriptedPeer.open(node, blockable);
    const consumer = await ScriptedPeer.open(node, blockable);
    await publisher.asks(unrouted);
    expect(namesOf(await consumer.asks(declare('q')))).toEqual(['queue.declare-ok']);
    expect(consumer.transport.paused).toBe(false);
    publisher.transport.lose();
    await consumer.leaves();
  });

  it('ends when there is memory again; what was held back is read then', async () => {
    // High enough for what other tests of this process hold, low enough for one large message.
    const { usedBytes } = await import('../../src/kit/memory.ts');
    restart({ memoryHighWatermark: usedBytes() + 8 * 1024 * 1024 });
    const peer = await ScriptedPeer.open(node, blockable);
    const consumer = await ScriptedPeer.open(node);
    await consumer.asks(declare('q'));
    const large = publish(1, { routingKey: 'q', content: new Uint8Array(9 * 1024 * 1024) });
    expect(namesOf(await peer.asks(large))).toEqual(['connection.blocked']);
    peer.sends(declare('held'));
    await turn(2);
    expect(queues()).toEqual(['q']);
    expect(await peer.answers()).toEqual([]);
    await consumer.asks(method(1, 'queue.purge', { queue: 'q' }));
    expect(namesOf(await peer.answers())).toEqual(['connection.unblocked', 'queue.declare-ok']);
    expect(peer.transport.paused).toBe(false);
    for (const each of [peer, consumer]) await each.leaves();
  });
});

describe('a delivery that nobody settles', () => {
  const consume = method(1, 'basic.consume', { queue: 'q', consumerTag: 'c' });

  async function delivered(limitMs: number): Promise<ScriptedPeer> {
    restart({ limits: { consumerTimeoutMs: limitMs } });
    const peer = await ScriptedPeer.open(node, { channels: [1, 2] });
    const frames = await peer.asks(declare('q'), consume, publish(1, { routingKey: 'q' }));
    expect(namesOf(frames)).toContain('basic.deliver');
    return peer;
  }

  it('ends its channel, and no other, when it has waited too long', async () => {
    const peer = await delivered(1_800_000);
    await node.clock.advance('30m');
    expect(await peer.answers()).toEqual([]);
    await node.clock.advance('2m');
    expect(await peer.methods()).toMatchObject([
      {
        name: 'channel.close',
        replyCode: 406,
        replyText:
          'PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. ' +
          'Timeout value used: 1800000 ms. This timeout value can be configured, see consumers ' +
          'doc guide to learn more',
        failingClassId: 0,
        failingMethodId: 0,
      },
    ]);
    expect(node.broker.vhosts.get('/')!.queue('q')).toMatchObject({ ready: 1, unacked: 0 });
    expect(namesOf(await peer.asks(method(2, 'basic.qos')))).toEqual(['basic.qos-ok']);
  });

  it('does no harm when it is settled in time', async () => {
    const peer = await delivered(60_000);
    for (let i = 1; i < 20; i++) {
      await node.clock.advance('50s');
      await peer.asks(publish(1, { routingKey: 'q' }), method(1, 'basic.ack', { deliveryTag: i }));
    }
    expect(namesOf(await peer.asks(method(1, 'basic.qos')))).toEqual(['basic.qos-ok']);
  });

  it('counts by the time that its queue asks for', async () => {
    restart({});
    const peer = await ScriptedPeer.open(node);
    await peer.asks(
      method(1, 'queue.declare', {
        queue: 'q',
        arguments: new Map([['x-consumer-timeout', { type: 'I', value: 120_000 }]]),
      }),
      consume,
      publish(1, { routingKey: 'q' }),
    );
    await node.clock.advance('4m');
    expect(await peer.methods()).toMatchObject([
      { name: 'channel.close', replyCode: 406, replyText: expect.stringContaining('120000 ms') },
    ]);
  });
});
