import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, deliveries, fill, hold, numbered, tagged } from './kit/messages.ts';
import type { PeerChannel } from './kit/peer-channel.ts';

const broker = await target();

/** A channel and a queue that holds this many messages. */
async function backlog(count: number) {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'));
  fill(ch, queue, numbered(count));
  return { ch, queue };
}

/** The consumers that get the next `count` deliveries, each acknowledged before the next. */
async function takers(ch: PeerChannel, count: number): Promise<Set<string>> {
  const tags = new Set<string>();
  for (let taken = 0; taken < count; taken += 1) {
    const [delivery] = await deliveries(ch, 1);
    tags.add(delivery?.consumerTag ?? '');
    ch.send('basic.ack', { deliveryTag: delivery?.deliveryTag ?? 0 });
  }
  return tags;
}

describe('basic.qos', () => {
  it('answers qos-ok, for the consumer and for the channel, limited or not', async () => {
    const ch = await broker.channel();
    for (const prefetchCount of [0, 1, 65535]) {
      expect(await ch.call('basic.qos', { prefetchCount })).toEqual({});
      expect(await ch.call('basic.qos', { prefetchCount, global: true })).toEqual({});
    }
  });

  it('closes the connection with 540 when a prefetch size is asked for', async () => {
    const ch = await broker.channel();
    const args = { prefetchSize: 10, prefetchCount: 1 };
    await ch.failsConnection('basic.qos', args, 540, 'NOT_IMPLEMENTED - prefetch_size!=0 (10)');
  });

  it('does not limit a channel that never asked', async () => {
    const { ch, queue } = await backlog(300);
    await consume(ch, queue, 'a');
    expect(await bodies(ch, 300)).toEqual(numbered(300));
  });

  it('takes a count of zero for no limit', async () => {
    const { ch, queue } = await backlog(5);
    await ch.call('basic.qos', { prefetchCount: 1 });
    await ch.call('basic.qos', { prefetchCount: 0 });
    await consume(ch, queue, 'a');
    expect(await bodies(ch, 5)).toEqual(numbered(5));
  });
});

describe('basic.qos with global=true', () => {
  it('is one limit that the consumers of the channel share', async () => {
    const { ch, queue } = await backlog(6);
    await ch.call('basic.qos', { prefetchCount: 3, global: true });
    await consume(ch, queue, 'a');
    await consume(ch, queue, 'b');
    await bodies(ch, 3);
    await ch.expectSilence();
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await bodies(ch, 1)).toEqual(['m4']);
    await ch.expectSilence(50);
  });

  it('is shared by consumers of several queues', async () => {
    const { ch, queue } = await backlog(1);
    const other = await ch.queue(broker.name('q'));
    fill(ch, other, ['other']);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await consume(ch, queue, 'a');
    expect(await tagged(ch, 1)).toEqual(['a:m1']);
    await consume(ch, other, 'b');
    await ch.expectSilence(50);
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await tagged(ch, 1)).toEqual(['b:other']);
  });

  it('delivers more at once when it is raised', async () => {
    const { ch, queue } = await backlog(6);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await consume(ch, queue, 'a');
    await bodies(ch, 1);
    await ch.expectSilence(50);
    await ch.call('basic.qos', { prefetchCount: 4, global: true });
    expect(await bodies(ch, 3)).toEqual(['m2', 'm3', 'm4']);
    await ch.expectSilence(50);
  });

  it('delivers everything when it is set to zero', async () => {
    const { ch, queue } = await backlog(4);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await consume(ch, queue, 'a');
    await bodies(ch, 1);
    await ch.call('basic.qos', { prefetchCount: 0, global: true });
    expect(await bodies(ch, 3)).toEqual(['m2', 'm3', 'm4']);
  });

  it('delivers nothing after it was lowered until enough is acknowledged', async () => {
    const { ch, queue } = await backlog(6);
    await ch.call('basic.qos', { prefetchCount: 4, global: true });
    await consume(ch, queue, 'a');
    await bodies(ch, 4);
    await ch.call('basic.qos', { prefetchCount: 2, global: true });
    ch.send('basic.ack', { deliveryTag: 2, multiple: true });
    await ch.expectSilence();
    ch.send('basic.ack', { deliveryTag: 3 });
    expect(await bodies(ch, 1)).toEqual(['m5']);
    await ch.expectSilence(50);
  });

  it('limits consumers that were there before it', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await consume(ch, queue, 'a');
    await ch.call('basic.qos', { prefetchCount: 2, global: true });
    fill(ch, queue, numbered(4));
    expect(await bodies(ch, 2)).toEqual(['m1', 'm2']);
    await ch.expectSilence();
  });

  it('holds together with the limit of each consumer', async () => {
    const { ch, queue } = await backlog(8);
    await ch.call('basic.qos', { prefetchCount: 2 });
    await ch.call('basic.qos', { prefetchCount: 5, global: true });
    await consume(ch, queue, 'a');
    expect(await tagged(ch, 2)).toEqual(['a:m1', 'a:m2']);
    await consume(ch, queue, 'b');
    expect(await tagged(ch, 2)).toEqual(['b:m3', 'b:m4']);
    await consume(ch, queue, 'c');
    expect(await tagged(ch, 1)).toEqual(['c:m5']);
    await ch.expectSilence(50);
  });

  it('is lifted by a later limit for consumers', async () => {
    const { ch, queue } = await backlog(4);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await consume(ch, queue, 'a');
    await bodies(ch, 1);
    await ch.expectSilence(50);
    await ch.call('basic.qos', { prefetchCount: 2 });
    expect(await bodies(ch, 3)).toEqual(['m2', 'm3', 'm4']);
  });

  it('does not concern the other channels of the connection', async () => {
    const peer = await broker.peer();
    const limited = await peer.channel();
    const free = await peer.channel();
    const queue = await limited.queue(broker.name('q'));
    await limited.call('basic.qos', { prefetchCount: 1, global: true });
    await consume(free, queue, 'a');
    fill(limited, queue, numbered(5));
    expect(await bodies(free, 5)).toEqual(numbered(5));
  });

  it('does not limit a consumer without acknowledgements', async () => {
    const { ch, queue } = await backlog(5);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await consume(ch, queue, 'a', { noAck: true });
    expect(await bodies(ch, 5)).toEqual(numbered(5));
  });

  it('holds a consumer without acknowledgements back while it is reached', async () => {
    const { ch, queue } = await backlog(1);
    const other = await ch.queue(broker.name('q'));
    fill(ch, other, ['other']);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await consume(ch, queue, 'a');
    expect(await tagged(ch, 1)).toEqual(['a:m1']);
    await consume(ch, other, 'b', { noAck: true });
    await ch.expectSilence();
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await tagged(ch, 1)).toEqual(['b:other']);
  });

  it('leaves none of the consumers of a queue without its share', async () => {
    const { ch, queue } = await backlog(60);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    for (const tag of ['a', 'b', 'c']) await consume(ch, queue, tag);
    expect(await takers(ch, 60)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('leaves none of the queues waiting until the others are empty', async () => {
    const ch = await broker.channel();
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    for (const tag of ['a', 'b', 'c']) {
      const queue = await ch.queue(broker.name('q'));
      fill(ch, queue, numbered(60));
      await consume(ch, queue, tag);
    }
    expect(await takers(ch, 59)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('goes by the priorities of the consumers of a queue', async () => {
    const { ch, queue } = await backlog(10);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await consume(ch, queue, 'low', { arguments: { 'x-priority': 1 } });
    expect(await tagged(ch, 1)).toEqual(['low:m1']);
    await consume(ch, queue, 'high', { arguments: { 'x-priority': 2 } });
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await takers(ch, 9)).toEqual(new Set(['high']));
  });

  it('does not count what was taken by basic.get', async () => {
    const { ch, queue } = await backlog(4);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await hold(ch, queue, 2);
    await consume(ch, queue, 'a');
    expect(await bodies(ch, 1)).toEqual(['m3']);
    ch.send('basic.ack', { deliveryTag: 2, multiple: true });
    await ch.expectSilence(50);
    ch.send('basic.ack', { deliveryTag: 3 });
    expect(await bodies(ch, 1)).toEqual(['m4']);
  });

  it('still counts the outstanding deliveries of a cancelled consumer', async () => {
    const { ch, queue } = await backlog(3);
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await consume(ch, queue, 'a');
    await bodies(ch, 1);
    await ch.call('basic.cancel', { consumerTag: 'a' });
    await consume(ch, queue, 'b');
    await ch.expectSilence(50);
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await tagged(ch, 1)).toEqual(['b:m2']);
  });

  it('closes the connection with 540 when a quorum queue is consumed under it', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    await ch.queue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await ch.call('basic.qos', { prefetchCount: 1, global: true });
    await ch.failsConnection(
      'basic.consume',
      { queue },
      540,
      `NOT_IMPLEMENTED - queue '${queue}' in vhost '/' does not support global qos`,
    );
  });
});
