import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Publisher } from '../../src/broker/publish.ts';
import { table } from '../../src/codec/table.ts';
import { MemoryNode } from '../kit/memory-node.ts';
import { method, publish, ScriptedPeer } from '../kit/scripted-peer.ts';
import { Desk } from './fixtures.ts';

let node: MemoryNode;
let peer: ScriptedPeer;

const declare = (queue: string, fields: Parameters<typeof table>[0] = {}, more: object = {}) =>
  method(1, 'queue.declare', { queue, arguments: table(fields), ...more });
const send = (routingKey = 'q', mandatory = false, content = 'x') =>
  publish(1, { routingKey, mandatory, content });
const get = (queue: string, noAck: boolean) => method(1, 'basic.get', { queue, noAck });
const quorum = { 'x-queue-type': 'quorum' };

beforeEach(async () => {
  node = new MemoryNode();
  peer = await ScriptedPeer.open(node);
});

afterEach(() => {
  peer.transport.lose();
  node.close();
});

const totals = () => node.broker.totals();

/** A client works, through all that is counted. */
async function work(client: ScriptedPeer): Promise<void> {
  await client.asks(declare('q'), declare('r', quorum, { durable: true }));
  await client.asks(send(), send('r'), send('nowhere'), send('nowhere', true));
  await client.asks(method(1, 'confirm.select'), send(), send('r'));
  await client.asks(get('q', false), get('q', true), get('q', true), get('r', false));
  await client.asks(method(1, 'basic.ack', { deliveryTag: 0, multiple: true }));
}

const worked = {
  published: { publish: 6, confirm: 2, returnUnroutable: 1, dropUnroutable: 1 },
  receivedConfirm: 2,
  routed: 4,
  deliveredBy: {
    classic: { get: 1, getNoAck: 1, getEmpty: 1, ack: 1 },
    quorum: { get: 1, getNoAck: 0, getEmpty: 0, ack: 1 },
  },
  delivered: { get: 2, getNoAck: 1, getEmpty: 1, ack: 2, deliver: 0 },
};

describe('the totals of a node', () => {
  it('are what its channels published and what its queues gave away, by their types', async () => {
    await work(peer);
    expect(totals()).toMatchObject(worked);
    expect(node.broker.vhosts.get('/')!.totals()).toMatchObject(worked);
  });

  it.each([
    ['the channel is closed', () => peer.asks(method(1, 'channel.close'))],
    ['the connection is closed', () => peer.leaves()],
    ['the connection is lost', () => peer.vanishes()],
    ['an error ends the channel', () => peer.asks(get('missing', true))],
    ['the queues are deleted', () => peer.asks(...['q', 'r'].map(deleteQueue))],
    ['the vhost is removed', async () => node.broker.removeVhost('/')],
  ])('stay what they were when %s', async (_when, end) => {
    await work(peer);
    await end();
    expect(totals()).toMatchObject(worked);
  });

  it('count on with the next channel of the same number', async () => {
    await work(peer);
    await peer.asks(method(1, 'channel.close'), method(1, 'channel.open'), send('q'));
    expect(totals().published).toEqual({ ...worked.published, publish: 7 });
  });

  it('are added up over all vhosts', async () => {
    node.broker.addVhost('other');
    node.broker.permissions.set('guest', 'other', { configure: '.*', write: '.*', read: '.*' });
    const other = await ScriptedPeer.open(node, { vhost: 'other' });
    await work(peer);
    await other.asks(declare('q'), send());
    expect(node.broker.vhosts.get('other')!.totals().published.publish).toBe(1);
    expect(totals().published.publish).toBe(7);
    await other.leaves();
  });

  it('hold the sizes of what was published, whether it was routed or not', async () => {
    await peer.asks(declare('q'), send(), send('q', false, 'x'.repeat(500)));
    await peer.asks(send('nowhere', false, 'x'.repeat(200_000)), publish(1, { routingKey: 'q' }));
    await peer.asks(
      publish(1, { routingKey: 'q', content: 'y'.repeat(101), properties: { priority: 1 } }),
    );
    const { counts, sum } = totals().messageSizes;
    expect(counts).toEqual([2, 2, 0, 0, 1, 0, 0, 0, 0]);
    expect(sum).toBe(1 + 500 + 200_000 + 101);
  });

  it('count publishers without a channel once they are done', async () => {
    const desk = new Desk(node.broker);
    desk.queue('q');
    desk.publish('', 'q', 'hello');
    desk.publisher.end();
    expect(totals()).toMatchObject({ published: { publish: 1 }, routed: 1 });
    new Publisher(desk).end();
    expect(totals()).toMatchObject({ published: { publish: 1 }, routed: 1 });
  });
});

describe('dead letters', () => {
  const dlx = { 'x-dead-letter-exchange': 'amq.fanout' };

  it('are counted by their reason, and by what was to become of them', async () => {
    await peer.asks(declare('short', { 'x-max-length': 1 }), declare('dying', dlx));
    await peer.asks(declare('brief', { ...dlx, 'x-message-ttl': 0 }));
    await peer.asks(send('short'), send('short'), send('short'), send('brief'), send('dying'));
    await peer.asks(get('dying', false));
    await peer.asks(method(1, 'basic.reject', { deliveryTag: 1, requeue: false }));
    expect(totals().deadLettered.classic).toEqual({
      disabled: { maxlen: 2, expired: 0, rejected: 0, delivery_limit: 0 },
      at_most_once: { maxlen: 0, expired: 1, rejected: 1, delivery_limit: 0 },
      at_least_once: { maxlen: 0, expired: 0, rejected: 0, delivery_limit: 0 },
    });
  });

  it('are counted by the type of their queue', async () => {
    const limited = { ...quorum, ...dlx, 'x-delivery-limit': 0 };
    await peer.asks(declare('poison', limited, { durable: true }), send('poison'));
    await peer.asks(get('poison', false));
    await peer.asks(method(1, 'basic.reject', { deliveryTag: 1, requeue: true }));
    const { classic, quorum: ofQuorum } = totals().deadLettered;
    expect(ofQuorum.at_most_once.delivery_limit).toBe(1);
    expect(classic.at_most_once.delivery_limit).toBe(0);
  });
});

describe('the churn of a node', () => {
  it('counts what began and what ended', async () => {
    const { churn } = node.broker;
    expect(churn).toMatchObject({ connectionCreated: 1, channelCreated: 1, queueDeclared: 0 });
    await peer.asks(
      declare('q'),
      declare('q'),
      method(1, 'queue.declare', { queue: 'q', passive: true }),
    );
    expect(churn).toMatchObject({ queueDeclared: 2, queueCreated: 1, queueDeleted: 0 });
    await peer.asks(deleteQueue('q'), deleteQueue('q'), declare('mine', {}, { exclusive: true }));
    expect(churn).toMatchObject({ queueDeclared: 3, queueCreated: 2, queueDeleted: 1 });
    await peer.asks(method(2, 'channel.open'), method(1, 'channel.close'));
    expect(churn).toMatchObject({ channelCreated: 2, channelClosed: 1, connectionClosed: 0 });
    await peer.leaves();
    expect(churn).toEqual({
      connectionCreated: 1,
      connectionClosed: 1,
      channelCreated: 2,
      channelClosed: 2,
      queueDeclared: 3,
      queueCreated: 2,
      queueDeleted: 2,
    });
  });

  it('counts no connection that never came in', async () => {
    const stranger = new ScriptedPeer(node);
    stranger.sends(Buffer.from('GET / HTTP/1.1\r\n'));
    await stranger.vanishes();
    expect(node.broker.churn).toMatchObject({ connectionCreated: 1, connectionClosed: 0 });
  });

  it('counts the end of a connection whose vhost is removed, and the queues that go with it', async () => {
    await peer.asks(declare('q'), declare('r'));
    node.broker.removeVhost('/');
    await peer.asks(method(0, 'connection.close-ok'));
    expect(node.broker.churn).toMatchObject({
      connectionClosed: 1,
      channelClosed: 1,
      queueDeleted: 2,
    });
  });
});

function deleteQueue(queue: string): Uint8Array {
  return method(1, 'queue.delete', { queue });
}
