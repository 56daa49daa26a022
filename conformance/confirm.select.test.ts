import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { consume, fill, got, numbered } from './kit/messages.ts';
import type { PeerChannel } from './kit/peer-channel.ts';

const broker = await target();

async function confirming(args: Parameters<PeerChannel['queue']>[1] = {}) {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'), args);
  await ch.confirmSelect();
  return { ch, queue };
}

/** Reads acks until the first `last` publishes are confirmed; an ack that repeats one is an error. */
async function confirmed(ch: PeerChannel, last: number): Promise<void> {
  const done = new Set<number>();
  while (done.size < last) {
    const { deliveryTag, multiple } = await ch.await('basic.ack');
    if (done.has(deliveryTag)) throw new Error(`publish ${deliveryTag} was confirmed twice`);
    for (let tag = multiple ? 1 : deliveryTag; tag <= deliveryTag; tag += 1) done.add(tag);
  }
  expect(Math.max(...done)).toBe(last);
}

describe('confirm.select', () => {
  it('answers select-ok, again and again', async () => {
    const ch = await broker.channel();
    expect(await ch.call('confirm.select')).toEqual({});
    expect(await ch.call('confirm.select')).toEqual({});
  });

  it('answers nothing with no-wait and works from then on', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.send('confirm.select', { noWait: true });
    fill(ch, queue, ['m1']);
    expect(await ch.expect('basic.ack')).toMatchObject({ deliveryTag: 1 });
  });

  it('counts the publishes of the channel from 1, from the first select on', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['before']);
    await ch.confirmSelect();
    fill(ch, queue, ['m1']);
    expect(await ch.expect('basic.ack')).toMatchObject({ deliveryTag: 1 });
    await ch.confirmSelect();
    fill(ch, queue, ['m2']);
    expect(await ch.expect('basic.ack')).toMatchObject({ deliveryTag: 2 });
    expect(await ch.drain(queue)).toEqual(['before', 'm1', 'm2']);
  });

  it('counts for each channel by itself', async () => {
    const peer = await broker.peer();
    const a = await peer.channel();
    const b = await peer.channel();
    const queue = await a.queue(broker.name('q'));
    await a.confirmSelect();
    await b.confirmSelect();
    fill(a, queue, ['a1']);
    expect(await a.expect('basic.ack')).toMatchObject({ deliveryTag: 1 });
    fill(b, queue, ['b1']);
    expect(await b.expect('basic.ack')).toMatchObject({ deliveryTag: 1 });
  });

  it('closes the channel with 406 on a transactional channel', async () => {
    const ch = await broker.channel();
    await ch.call('tx.select');
    const text = 'PRECONDITION_FAILED - cannot switch from tx to confirm mode';
    await ch.fails('confirm.select', {}, 406, text);
  });
});

describe('publisher confirms', () => {
  it('acknowledge every publish, singly or several at a time', async () => {
    const { ch, queue } = await confirming();
    fill(ch, queue, numbered(200));
    await confirmed(ch, 200);
    expect(await ch.counts(queue)).toMatchObject({ messageCount: 200 });
    await ch.expectSilence(50);
  });

  it('say nothing on a channel that did not ask', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['m1']);
    await ch.expectSilence();
  });

  it('acknowledge a message that no queue gets', async () => {
    const { ch } = await confirming();
    const routingKey = broker.name('q');
    ch.publish({ routingKey }, 'lost');
    ch.publish({ exchange: 'amq.fanout', routingKey }, 'lost');
    await confirmed(ch, 2);
  });

  it('acknowledge a persistent message in a durable queue', async () => {
    const { ch, queue } = await confirming({ durable: true });
    fill(ch, queue, numbered(3), { deliveryMode: 2 });
    await confirmed(ch, 3);
  });

  it('acknowledge a message in a quorum queue', async () => {
    const { ch, queue } = await confirming({
      durable: true,
      arguments: { 'x-queue-type': 'quorum' },
    });
    fill(ch, queue, numbered(3));
    await confirmed(ch, 3);
  });

  it('acknowledge a message once that goes to several queues', async () => {
    const { ch, queue } = await confirming();
    const other = await ch.queue(broker.name('q'), { durable: true });
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    for (const name of [queue, other]) await ch.call('queue.bind', { queue: name, exchange });
    ch.publish({ exchange }, 'm1', { deliveryMode: 2 });
    expect(await ch.expect('basic.ack')).toEqual({ deliveryTag: 1, multiple: false });
    await ch.expectSilence(50);
  });

  it('acknowledge a message that a consumer takes at once', async () => {
    const { ch, queue } = await confirming();
    await consume(ch, queue, 'a', { noAck: true });
    fill(ch, queue, ['m1']);
    expect(await ch.await('basic.ack')).toMatchObject({ deliveryTag: 1 });
    expect((await ch.await('basic.deliver')).content.text).toBe('m1');
  });

  it('do not wait for the consumer to acknowledge', async () => {
    const { ch, queue } = await confirming();
    const other = await broker.channel();
    await consume(other, queue, 'a');
    fill(ch, queue, ['m1']);
    expect(await ch.expect('basic.ack')).toMatchObject({ deliveryTag: 1 });
  });

  it('acknowledge a message that expires at once', async () => {
    const { ch, queue } = await confirming({ arguments: { 'x-message-ttl': 0 } });
    fill(ch, queue, ['m1']);
    expect(await ch.expect('basic.ack')).toMatchObject({ deliveryTag: 1 });
  });

  it('acknowledge a message whose queue is purged or deleted', async () => {
    const { ch, queue } = await confirming({ durable: true });
    fill(ch, queue, numbered(50), { deliveryMode: 2 });
    ch.send('queue.purge', { queue });
    fill(ch, queue, numbered(50), { deliveryMode: 2 });
    ch.send('queue.delete', { queue });
    await confirmed(ch, 100);
  });

  it('use a count of their own, apart from delivery tags', async () => {
    const { ch, queue } = await confirming();
    fill(ch, queue, ['m1']);
    await ch.expect('basic.ack');
    expect(await got(ch, queue)).toMatchObject({ deliveryTag: 1 });
    fill(ch, queue, ['m2']);
    expect(await ch.expect('basic.ack')).toMatchObject({ deliveryTag: 2 });
  });
});

describe('publisher confirms of a queue that is full', () => {
  const full = { 'x-max-length': 2 };

  it('refuse with basic.nack what reject-publish refuses', async () => {
    const { ch, queue } = await confirming({
      arguments: { ...full, 'x-overflow': 'reject-publish' },
    });
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm1')).toBe('ack');
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm2')).toBe('ack');
    ch.publish({ routingKey: queue }, 'm3');
    expect(await ch.expect('basic.nack')).toMatchObject({ deliveryTag: 3 });
    await got(ch, queue);
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm4')).toBe('ack');
    expect(await ch.drain(queue)).toEqual(['m2', 'm4']);
  });

  it('refuse what reject-publish refuses by size', async () => {
    const { ch, queue } = await confirming({
      arguments: { 'x-max-length-bytes': 10, 'x-overflow': 'reject-publish' },
    });
    expect(await ch.publishConfirmed({ routingKey: queue }, '12345')).toBe('ack');
    expect(await ch.publishConfirmed({ routingKey: queue }, '67890')).toBe('ack');
    expect(await ch.publishConfirmed({ routingKey: queue }, 'x')).toBe('nack');
  });

  it('refuse what reject-publish-dlx refuses', async () => {
    const { ch, queue } = await confirming({
      arguments: { ...full, 'x-overflow': 'reject-publish-dlx' },
    });
    for (const body of ['m1', 'm2']) {
      expect(await ch.publishConfirmed({ routingKey: queue }, body)).toBe('ack');
    }
    expect(await ch.publishConfirmed({ routingKey: queue }, 'm3')).toBe('nack');
  });

  it('refuse a message when one of its queues refuses it, though the other keeps it', async () => {
    const { ch, queue } = await confirming({
      arguments: { 'x-max-length': 0, 'x-overflow': 'reject-publish' },
    });
    const other = await ch.queue(broker.name('q'));
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    for (const name of [queue, other]) await ch.call('queue.bind', { queue: name, exchange });
    expect(await ch.publishConfirmed({ exchange }, 'm1')).toBe('nack');
    expect(await ch.drain(other)).toEqual(['m1']);
  });

  it('acknowledge what drop-head lets in', async () => {
    const { ch, queue } = await confirming({ arguments: full });
    for (const body of numbered(4)) {
      expect(await ch.publishConfirmed({ routingKey: queue }, body)).toBe('ack');
    }
    expect(await ch.drain(queue)).toEqual(['m3', 'm4']);
  });

  it('drop the message silently on a channel without confirms', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      arguments: { ...full, 'x-overflow': 'reject-publish' },
    });
    fill(ch, queue, numbered(3));
    expect(await ch.drain(queue)).toEqual(['m1', 'm2']);
    await ch.expectSilence(50);
  });
});
