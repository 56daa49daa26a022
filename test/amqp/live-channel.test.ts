import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChannelView } from '../../src/broker/live.ts';
import { table } from '../../src/codec/table.ts';
import { MemoryNode } from '../kit/memory-node.ts';
import { method, publish, ScriptedPeer } from '../kit/scripted-peer.ts';
import { SlowLog } from '../kit/slow-log.ts';

let node: MemoryNode;
let peer: ScriptedPeer;
let channel: ChannelView;

const declare = (queue: string, fields: object = {}) =>
  method(1, 'queue.declare', { queue, ...fields });
const send = (routingKey = 'q', mandatory = false) =>
  publish(1, { routingKey, mandatory, content: 'x' });
const consume = (consumerTag: string, fields: object = {}) =>
  method(1, 'basic.consume', { queue: 'q', consumerTag, ...fields });
const get = (noAck: boolean) => method(1, 'basic.get', { queue: 'q', noAck });
const ack = (deliveryTag: number, multiple = false) =>
  method(1, 'basic.ack', { deliveryTag, multiple });

async function begin(options?: ConstructorParameters<typeof MemoryNode>[0]): Promise<void> {
  node = new MemoryNode(options);
  peer = await ScriptedPeer.open(node);
  [channel] = peer.connection.channelViews() as [ChannelView];
  await peer.asks(declare('q'));
}

beforeEach(() => begin());

afterEach(() => {
  peer.transport.lose();
  node.close();
});

const queue = (name = 'q') => node.broker.vhosts.get('/')!.queue(name);
const exchange = (name: string) => node.broker.vhosts.get('/')!.exchange(name);

describe('what a channel has published', () => {
  it('is counted with what came of it', async () => {
    await peer.asks(send(), send(), send('nowhere'), send('nowhere', true), send('nowhere', true));
    expect(channel.published).toEqual({
      publish: 5,
      confirm: 0,
      returnUnroutable: 2,
      dropUnroutable: 1,
    });
  });

  it('is counted the same when its frames come one by one', async () => {
    peer.sendsIn([1], send(), send('nowhere', true));
    expect(channel.published).toMatchObject({ publish: 2, returnUnroutable: 1 });
  });

  it('is told for each exchange', async () => {
    await peer.asks(method(1, 'queue.bind', { queue: 'q', exchange: 'amq.fanout' }));
    const fanout = publish(1, { exchange: 'amq.fanout', routingKey: 'any' });
    await peer.asks(send(), fanout, send('nowhere'), fanout, fanout);
    const told = [...channel.publishedTo()].map(([to, { publish, dropUnroutable }]) => [
      to?.name ?? '',
      publish,
      dropUnroutable,
    ]);
    expect(told).toEqual([
      ['amq.fanout', 3, 0],
      ['', 2, 1],
    ]);
  });

  it('counts nothing of what was refused for its errors', async () => {
    await peer.asks(publish(1, { exchange: 'missing', routingKey: 'q' }));
    expect(channel.state).toBe('closing');
    expect(channel.published.publish).toBe(0);
  });

  it('is confirmed, or waits to be', async () => {
    peer.transport.lose();
    node.close();
    const log = new SlowLog();
    await begin({ log });
    await peer.asks(method(1, 'confirm.select'));
    expect(channel.isConfirming).toBe(true);
    peer.sends(declare('d', { durable: true }));
    log.sync();
    await peer.answers();
    await peer.asks(send());
    expect(channel).toMatchObject({ unconfirmed: 0, published: { publish: 1, confirm: 1 } });
    const durable = publish(1, { routingKey: 'd', properties: { deliveryMode: 2 } });
    await peer.asks(durable, durable);
    expect(channel).toMatchObject({ unconfirmed: 2, published: { publish: 3, confirm: 1 } });
    log.sync();
    await peer.answers();
    expect(channel).toMatchObject({ unconfirmed: 0, published: { publish: 3, confirm: 3 } });
  });

  it('is not confirmed where a queue refused it', async () => {
    const arguments_ = table({ 'x-max-length': 1, 'x-overflow': 'reject-publish' });
    await peer.asks(declare('short', { arguments: arguments_ }), method(1, 'confirm.select'));
    await peer.asks(send('short'), send('short'), send('short'));
    expect(channel).toMatchObject({ unconfirmed: 0, published: { publish: 3, confirm: 1 } });
  });
});

describe('what a channel was given', () => {
  it('is counted by how it was asked for, and by what became of it', async () => {
    await peer.asks(send(), send(), send(), send(), send());
    await peer.asks(get(true), get(false), consume('c', { noAck: false }));
    expect(channel.delivered).toMatchObject({ get: 1, getNoAck: 1, deliver: 3, deliverNoAck: 0 });
    expect(channel).toMatchObject({ unacknowledged: 4, consumerCount: 1 });
    await peer.asks(ack(3, true), method(1, 'basic.cancel', { consumerTag: 'c' }));
    expect(channel.delivered).toMatchObject({ ack: 2, redeliver: 0 });
    await peer.asks(method(1, 'basic.reject', { deliveryTag: 5, requeue: true }));
    await peer.asks(consume('d', { noAck: true }), get(true));
    expect(channel.delivered).toEqual({
      deliver: 3,
      deliverNoAck: 1,
      get: 1,
      getNoAck: 1,
      getEmpty: 1,
      ack: 2,
      redeliver: 1,
    });
  });

  it('is acknowledged by basic.ack alone', async () => {
    await peer.asks(send(), send(), get(false), get(false));
    await peer.asks(method(1, 'basic.nack', { deliveryTag: 0, multiple: true }));
    expect(channel.delivered.ack).toBe(0);
    expect(channel.unacknowledged).toBe(0);
  });
});

describe('a transaction that is looked at', () => {
  it('counts what waits for its commit, and what was published by the commit', async () => {
    await peer.asks(send(), send(), get(false), get(false), method(1, 'tx.select'));
    expect(channel.isTransactional).toBe(true);
    await peer.asks(send(), send('nowhere', true), send(), ack(2, true));
    expect(channel).toMatchObject({
      uncommitted: 3,
      acksUncommitted: 2,
      published: { publish: 2 },
      delivered: { ack: 0 },
    });
    await peer.asks(method(1, 'tx.commit'));
    expect(channel).toMatchObject({
      uncommitted: 0,
      acksUncommitted: 0,
      published: { publish: 5, returnUnroutable: 1 },
      delivered: { ack: 2 },
    });
    await peer.asks(send(), method(1, 'tx.rollback'));
    expect(channel).toMatchObject({ uncommitted: 0, published: { publish: 5 } });
  });
});

describe('the consumers of a channel', () => {
  it('are told with all that they asked for', async () => {
    const arguments_ = table({ 'x-priority': 5, 'x-consumer-timeout': 70_000 });
    await peer.asks(
      method(1, 'basic.qos', { prefetchCount: 7 }),
      consume('c', { arguments: arguments_ }),
      send(),
    );
    const [view] = channel.consumerViews();
    expect(view).toMatchObject({
      tag: 'c',
      noAck: false,
      exclusive: false,
      isActive: true,
      prefetchCount: 7,
      unacknowledged: 1,
      timeoutMs: 70_000,
    });
    expect(view?.queue).toBe(queue());
    expect(view?.channel).toBe(channel);
    expect([...view!.arguments.keys()]).toEqual(['x-priority', 'x-consumer-timeout']);
    expect(channel).toMatchObject({ prefetchCount: 7, globalPrefetchCount: 0 });
  });

  it('are active one at a time where the queue has a single active consumer', async () => {
    const arguments_ = table({ 'x-single-active-consumer': true });
    await peer.asks(declare('one', { arguments: arguments_ }));
    await peer.asks(consume('a', { queue: 'one' }), consume('b', { queue: 'one' }));
    const active = () => [...channel.consumerViews()].map(({ tag, isActive }) => [tag, isActive]);
    expect(active()).toEqual([
      ['a', true],
      ['b', false],
    ]);
    await peer.asks(method(1, 'basic.cancel', { consumerTag: 'a' }));
    expect(active()).toEqual([['b', true]]);
  });
});

describe('a channel that has nothing to do', () => {
  it('is idle from the moment of its last work, after some seconds', async () => {
    await node.clock.advance(10_000);
    await peer.asks(send());
    expect(channel.idleSince).toBeUndefined();
    await node.clock.advance(4000);
    expect(channel.idleSince).toBeUndefined();
    await node.clock.advance(4000);
    expect(channel.idleSince).toBe(10_000);
    await node.clock.advance(60_000);
    expect(channel.idleSince).toBe(10_000);
    await peer.asks(get(true));
    expect(channel.idleSince).toBeUndefined();
  });

  it('is at work while messages are delivered to it', async () => {
    await peer.asks(consume('c', { noAck: true }));
    const publisher = await ScriptedPeer.open(node);
    await node.clock.advance(60_000);
    expect(channel.idleSince).toBe(0);
    await publisher.asks(send());
    expect(channel.idleSince).toBeUndefined();
    await publisher.leaves();
  });
});

describe('what goes through an exchange', () => {
  it('is counted as it comes, and once for each queue that it reaches', async () => {
    const bind = (name: string) => method(1, 'queue.bind', { queue: name, exchange: 'amq.fanout' });
    await peer.asks(declare('r'), bind('q'), bind('r'));
    const fanout = publish(1, { exchange: 'amq.fanout', routingKey: 'any' });
    const topic = publish(1, { exchange: 'amq.topic', routingKey: 'any' });
    await peer.asks(fanout, fanout, topic, send());
    const counters = (name: string) => {
      const { publishedIn, publishedOut } = exchange(name);
      return [publishedIn, publishedOut];
    };
    expect(counters('amq.fanout')).toEqual([2, 4]);
    expect(counters('amq.topic')).toEqual([1, 0]);
    expect(node.broker.vhosts.get('/')!.ledger.defaultExchange).toMatchObject({
      publishedIn: 1,
      publishedOut: 1,
    });
  });

  it('stays counted when its publishers are gone', async () => {
    await peer.asks(publish(1, { exchange: 'amq.topic', routingKey: 'any' }), send());
    await peer.asks(method(1, 'channel.close'), method(1, 'channel.open'));
    await peer.asks(publish(1, { exchange: 'amq.topic', routingKey: 'any' }));
    expect(exchange('amq.topic')).toMatchObject({ publishedIn: 2, publishedOut: 0 });
    expect(node.broker.vhosts.get('/')!.ledger.defaultExchange.publishedOut).toBe(1);
  });

  it('counts no dead letters, as only clients publish to it', async () => {
    const arguments_ = table({ 'x-dead-letter-exchange': 'amq.fanout', 'x-max-length': 0 });
    await peer.asks(
      declare('dying', { arguments: arguments_ }),
      method(1, 'queue.bind', { queue: 'q', exchange: 'amq.fanout' }),
      send('dying'),
    );
    expect(queue().ready).toBe(1);
    expect(exchange('amq.fanout')).toMatchObject({ publishedIn: 0, publishedOut: 0 });
  });
});
