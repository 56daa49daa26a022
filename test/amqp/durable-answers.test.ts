import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryExhausted, RECEIVE_BYTES, usedBytes } from '../../src/kit/memory.ts';
import { MemoryNode, turn } from '../kit/memory-node.ts';
import { method, methodsOf, namesOf, publish, ScriptedPeer } from '../kit/scripted-peer.ts';
import { SlowLog } from '../kit/slow-log.ts';

let log: SlowLog;
let node: MemoryNode;
let peer: ScriptedPeer;

beforeEach(async () => {
  log = new SlowLog();
  node = new MemoryNode({ log });
  log.sync();
  peer = await ScriptedPeer.open(node, { channels: [1, 2, 3] });
  peer.transport.output();
});

afterEach(async () => {
  if (!peer.transport.closed) await peer.vanishes();
  node.close();
});

const declareQueue = (channel: number, queue: string, fields = {}) =>
  method(channel, 'queue.declare', { queue, durable: true, ...fields });
const declareExchange = (channel: number, exchange: string, fields = {}) =>
  method(channel, 'exchange.declare', { exchange, type: 'fanout', durable: true, ...fields });
const qos = (channel: number) => method(channel, 'basic.qos');

/** What has been answered since it was last looked at, as `channel name`. */
async function answered(): Promise<string[]> {
  const frames = await peer.answers();
  return frames.map((each) => {
    if (each.type === 'method') return `${each.channel} ${each.method.name}`;
    return each.type;
  });
}

/** Makes durable what there is, one record after the other, and tells what is answered each time. */
async function answeredBySteps(): Promise<string[][]> {
  const steps: string[][] = [];
  while (log.durable < log.appended) {
    log.sync(log.durable + 1);
    steps.push(await answered());
  }
  return steps;
}

async function ask(...parts: readonly Uint8Array[]): Promise<string[]> {
  peer.sends(...parts);
  return answered();
}

async function settled(...parts: readonly Uint8Array[]): Promise<string[]> {
  peer.sends(...parts);
  for (let i = 0; i < 20; i++) {
    await turn();
    log.sync();
  }
  return answered();
}

describe('an answer to a change of what is durable', () => {
  it('waits until the change is', async () => {
    expect(await ask(declareQueue(1, 'q'))).toEqual([]);
    expect(node.broker.vhosts.get('/')?.queues.has('q')).toBe(true);
    log.sync();
    expect(await answered()).toEqual(['1 queue.declare-ok']);
  });

  it.each([
    ['exchange.declare', declareExchange(1, 'new')],
    ['exchange.delete', method(1, 'exchange.delete', { exchange: 'x' })],
    [
      'exchange.bind',
      method(1, 'exchange.bind', { destination: 'y', source: 'x', routingKey: 'k' }),
    ],
    ['exchange.unbind', method(1, 'exchange.unbind', { destination: 'y', source: 'x' })],
    ['queue.declare', declareQueue(1, 'new')],
    ['queue.bind', method(1, 'queue.bind', { queue: 'q', exchange: 'x', routingKey: 'k' })],
    ['queue.unbind', method(1, 'queue.unbind', { queue: 'q', exchange: 'x' })],
    ['queue.purge', method(1, 'queue.purge', { queue: 'q' })],
    ['queue.delete', method(1, 'queue.delete', { queue: 'q' })],
  ])('waits after %s, and whatever is asked behind it on any channel', async (name, frame) => {
    await settled(
      declareExchange(1, 'x'),
      declareExchange(1, 'y'),
      declareQueue(1, 'q'),
      method(1, 'queue.bind', { queue: 'q', exchange: 'x' }),
      method(1, 'exchange.bind', { destination: 'y', source: 'x' }),
      publish(1, { routingKey: 'q', properties: { deliveryMode: 2 } }),
    );
    expect(await ask(qos(2), frame, qos(3), qos(1))).toEqual(['2 basic.qos-ok']);
    log.sync();
    expect(await answered()).toEqual([`1 ${name}-ok`, '3 basic.qos-ok', '1 basic.qos-ok']);
  });

  it('waits after tx.commit', async () => {
    await settled(declareQueue(1, 'q'), method(1, 'tx.select'));
    const message = publish(1, { routingKey: 'q', properties: { deliveryMode: 2 } });
    expect(await ask(message, message, method(1, 'tx.commit'), qos(2))).toEqual([]);
    log.sync(log.appended - 1);
    expect(await answered()).toEqual([]);
    log.sync();
    expect(await answered()).toEqual(['1 tx.commit-ok', '2 basic.qos-ok']);
  });

  it('keeps all answers in their order, however the log goes on', async () => {
    expect(
      await ask(
        declareQueue(1, 'a'),
        declareExchange(2, 'x'),
        qos(3),
        method(1, 'queue.bind', { queue: 'a', exchange: 'x' }),
        method(2, 'queue.delete', { queue: 'a' }),
        method(3, 'channel.close'),
      ),
    ).toEqual([]);
    const steps = await answeredBySteps();
    expect(steps.flat()).toEqual([
      '1 queue.declare-ok',
      '2 exchange.declare-ok',
      '3 basic.qos-ok',
      '1 queue.bind-ok',
      '2 queue.delete-ok',
      '3 channel.close-ok',
    ]);
    expect(steps.slice(0, 2)).toEqual([
      ['1 queue.declare-ok'],
      ['2 exchange.declare-ok', '3 basic.qos-ok'],
    ]);
  });

  it('does not wait when nothing has changed', async () => {
    await settled(declareExchange(1, 'x'), declareQueue(1, 'q'));
    await settled(method(1, 'queue.bind', { queue: 'q', exchange: 'x' }));
    const before = log.appended;
    // Somebody else's change is on its way.
    log.append();
    expect(
      await ask(
        declareQueue(1, 'q'),
        declareExchange(1, 'x'),
        method(1, 'queue.bind', { queue: 'q', exchange: 'x' }),
        method(1, 'queue.unbind', { queue: 'q', exchange: 'amq.direct' }),
        method(1, 'queue.purge', { queue: 'q' }),
        method(1, 'queue.delete', { queue: 'none' }),
        method(1, 'exchange.delete', { exchange: 'none' }),
      ),
    ).toHaveLength(7);
    expect(log.appended).toBe(before + 1);
  });

  it('does not wait after a change of what is transient', async () => {
    log.append();
    const fields = { durable: false };
    expect(
      await ask(
        declareQueue(1, 'q', fields),
        declareExchange(1, 'x', fields),
        method(1, 'queue.bind', { queue: 'q', exchange: 'x' }),
        publish(1, { routingKey: 'q', properties: { deliveryMode: 2 } }),
        method(1, 'queue.purge', { queue: 'q' }),
        method(1, 'queue.delete', { queue: 'q' }),
      ),
    ).toHaveLength(5);
  });

  it('is not given to those who do not wait for it, and holds up nobody', async () => {
    const noWait = { noWait: true };
    expect(
      await ask(
        declareQueue(1, 'q', noWait),
        declareExchange(1, 'x', noWait),
        method(1, 'queue.bind', { queue: 'q', exchange: 'x', ...noWait }),
        method(1, 'queue.purge', { queue: 'q', ...noWait }),
        method(1, 'queue.delete', { queue: 'q', ...noWait }),
        method(1, 'exchange.delete', { exchange: 'x', ...noWait }),
        qos(1),
      ),
    ).toEqual(['1 basic.qos-ok']);
    expect(log.waiting).toBe(0);
  });

  it('keeps other connections waiting for nothing', async () => {
    const other = await ScriptedPeer.open(node);
    await ask(declareQueue(1, 'q'));
    expect(namesOf(await other.asks(qos(1))).at(-1)).toBe('basic.qos-ok');
    await other.leaves();
  });
});

describe('while an answer waits', () => {
  it('what is published behind it waits, and is taken in its turn', async () => {
    await settled(declareQueue(1, 'first'));
    const message = publish(2, { routingKey: 'first', content: 'x'.repeat(5000) });
    expect(await ask(declareQueue(1, 'q'), message, message)).toEqual([]);
    peer.sendsIn([3000], message);
    const queue = node.broker.vhosts.get('/')?.queues.get('first');
    expect(queue?.ready).toBe(0);
    expect(peer.transport.paused).toBe(true);
    log.sync();
    await turn(3);
    expect(queue?.ready).toBe(3);
    expect(peer.transport.paused).toBe(false);
  });

  it('deliveries go on', async () => {
    await settled(declareQueue(1, 'first'));
    await settled(method(2, 'basic.consume', { queue: 'first', consumerTag: 'c', noAck: true }));
    await ask(declareQueue(1, 'q'));
    const other = await ScriptedPeer.open(node);
    await other.asks(publish(1, { routingKey: 'first' }));
    expect(await answered()).toEqual(['2 basic.deliver', 'header']);
    await other.leaves();
  });

  it('a consumer of a deleted queue is told behind the answer', async () => {
    const capable = await ScriptedPeer.open(node, {
      capabilities: { consumer_cancel_notify: true },
      channels: [1, 2],
    });
    capable.sends(declareQueue(1, 'q'));
    log.sync();
    await capable.asks(method(2, 'basic.consume', { queue: 'q', consumerTag: 'c' }));
    expect(namesOf(await capable.asks(method(1, 'queue.delete', { queue: 'q' })))).toEqual([]);
    log.sync();
    expect(namesOf(await capable.answers())).toEqual(['queue.delete-ok', 'basic.cancel']);
    await capable.leaves();
  });

  it('a read of thousands of questions loses none', async () => {
    const count = 2000;
    const frames = Array.from({ length: count }, (_, i) => declareQueue(1, `q${i}`));
    const all = Buffer.concat(frames);
    expect(all.length).toBeLessThan(RECEIVE_BYTES);
    peer.sends(all);
    let answers = 0;
    for (let i = 0; i < count; i++) {
      log.sync();
      if (i % 500 === 499) answers += (await answered()).length;
    }
    expect(answers).toBe(count);
    expect(peer.transport.paused).toBe(false);
  });

  it('questions that come cut into pieces are put together', async () => {
    const frames = ['a', 'b', 'c'].flatMap((name) => [declareQueue(1, name), qos(2)]);
    peer.sendsIn([1, 7, 30], ...frames);
    const names: string[] = [];
    for (let i = 0; i < 10; i++) {
      log.sync();
      await turn(2);
      names.push(...(await answered()));
    }
    expect(names).toEqual(
      Array.from({ length: 3 }, () => ['1 queue.declare-ok', '2 basic.qos-ok']).flat(),
    );
  });

  it('a client may vanish', async () => {
    const used = usedBytes();
    await ask(declareQueue(1, 'q'), publish(1, { routingKey: 'q', content: 'behind' }));
    await peer.vanishes();
    log.sync();
    await turn(2);
    expect(peer.transport.output()).toHaveLength(0);
    expect(node.broker.connections.size).toBe(0);
    expect(node.broker.vhosts.get('/')?.queues.get('q')?.ready).toBe(0);
    expect(usedBytes()).toBe(used);
  });

  it('a channel that is ended by the broker gets its answer before the end', async () => {
    await settled(declareQueue(1, 'first'), publish(1, { routingKey: 'first' }));
    await ask(method(2, 'basic.consume', { queue: 'first' }));
    expect(await ask(declareQueue(2, 'q'))).toEqual([]);
    await node.clock.advance('35m');
    expect(await answered()).toEqual([]);
    log.sync();
    expect(await answered()).toEqual(['2 queue.declare-ok', '2 channel.close']);
    expect(await ask(qos(1))).toEqual(['1 basic.qos-ok']);
  });

  it('a connection that the broker ends is told so at once, and nothing else', async () => {
    await ask(declareQueue(1, 'q'), qos(1));
    peer.connection.forceClose('test');
    expect(await answered()).toEqual(['0 connection.close']);
    log.sync();
    expect(await answered()).toEqual([]);
    await ask(method(0, 'connection.close-ok'));
    expect(peer.transport.closed).toBe(true);
  });

  it('a goodbye behind the question is heard when the broker ends the connection', async () => {
    await ask(declareQueue(1, 'q'), method(0, 'connection.close', { replyCode: 200 }));
    peer.connection.forceClose('test');
    expect(await answered()).toEqual(['0 connection.close', '0 connection.close-ok']);
    // It is for the client to hang up, as long as it does.
    await node.clock.advance('30s');
    expect(peer.transport.closed).toBe(true);
  });

  it('a goodbye behind the question is answered behind the answer', async () => {
    await ask(declareQueue(1, 'q'), method(0, 'connection.close', { replyCode: 200 }));
    log.sync();
    expect(await answered()).toEqual(['1 queue.declare-ok', '0 connection.close-ok']);
  });

  it('a client for whose answer there is no memory does not harm the others', async () => {
    const other = await ScriptedPeer.open(node);
    peer.sends(declareQueue(1, 'q'));
    other.sends(declareQueue(1, 'r'));
    peer.connection.outbox.room = () => {
      throw new MemoryExhausted();
    };
    log.sync();
    await turn(2);
    expect(peer.transport.closed).toBe(true);
    expect(namesOf(await other.answers())).toContain('queue.declare-ok');
    await other.leaves();
  });

  it('the client is not taken for dead', async () => {
    const beating = await ScriptedPeer.open(node, { heartbeat: 10 });
    await beating.asks(declareQueue(1, 'q'));
    for (let i = 0; i < 20; i++) {
      await node.clock.advance('5s');
      await turn();
    }
    expect(beating.transport.destroyed).toBe(false);
    log.sync();
    expect(namesOf(await beating.answers())).toContain('queue.declare-ok');
    await beating.leaves();
  });
});

describe('when the log fails', () => {
  const failure = {
    name: 'connection.close',
    replyCode: 541,
    replyText: 'INTERNAL_ERROR - the disk has failed: EIO: i/o error, write',
  };

  it('whoever waits for an answer is told that the disk has failed', async () => {
    await ask(declareQueue(1, 'q'), qos(1));
    log.fail(new Error('EIO: i/o error, write'));
    expect(methodsOf(await peer.answers())).toMatchObject([
      { ...failure, failingClassId: 50, failingMethodId: 10 },
    ]);
    await ask(method(0, 'connection.close-ok'));
    expect(peer.transport.closed).toBe(true);
  });

  it('whoever changes something later is told at once', async () => {
    log.fail(new Error('EIO: i/o error, write'));
    expect(await ask(qos(1))).toEqual(['1 basic.qos-ok']);
    expect(methodsOf(await peer.asks(declareQueue(1, 'q')))).toMatchObject([failure]);
  });

  it('a transaction is not committed', async () => {
    await settled(declareQueue(1, 'q'), method(1, 'tx.select'));
    const message = publish(1, { routingKey: 'q', properties: { deliveryMode: 2 } });
    await ask(message, method(1, 'tx.commit'));
    log.fail(new Error('EIO: i/o error, write'));
    expect(methodsOf(await peer.answers())).toMatchObject([failure]);
  });

  it('what changes nothing durable goes on', async () => {
    await settled(declareQueue(1, 'q'));
    log.fail(new Error('EIO: i/o error, write'));
    expect(
      await ask(
        declareQueue(1, 'q'),
        declareQueue(1, 'transient', { durable: false }),
        publish(1, { routingKey: 'transient' }),
        method(1, 'basic.get', { queue: 'transient', noAck: true }),
      ),
    ).toEqual(['1 queue.declare-ok', '1 queue.declare-ok', '1 basic.get-ok', 'header']);
  });

  it('nothing persistent is confirmed any more', async () => {
    await settled(declareQueue(1, 'q'), method(1, 'confirm.select'));
    const message = publish(1, { routingKey: 'q', properties: { deliveryMode: 2 } });
    await ask(message);
    log.fail(new Error('EIO: i/o error, write'));
    expect(await ask(message, publish(1, { routingKey: 'q' }))).toEqual([]);
  });
});

describe('confirms', () => {
  it('for which there is no memory harm nobody else', async () => {
    const other = await ScriptedPeer.open(node);
    await settled(declareQueue(1, 'q'), method(1, 'confirm.select'));
    const message = publish(1, { routingKey: 'q', properties: { deliveryMode: 2 } });
    peer.sends(message);
    other.sends(method(1, 'confirm.select'), message);
    peer.connection.outbox.room = () => {
      throw new MemoryExhausted();
    };
    log.sync();
    await turn(2);
    expect(peer.transport.closed).toBe(true);
    expect(namesOf(await other.answers()).at(-1)).toBe('basic.ack');
    await other.leaves();
  });

  it('of many channels go out with one call of the log each', async () => {
    await settled(
      declareQueue(1, 'q'),
      ...[1, 2, 3].map((channel) => method(channel, 'confirm.select')),
    );
    const message = (channel: number) =>
      publish(channel, { routingKey: 'q', properties: { deliveryMode: 2 } });
    await ask(...[1, 2, 3, 1, 2, 3, 1, 2, 3].map(message));
    expect(log.waiting).toBe(3);
    log.sync();
    expect(methodsOf(await peer.answers())).toMatchObject(
      [1, 2, 3].map(() => ({ name: 'basic.ack', deliveryTag: 3, multiple: true })),
    );
  });
});
