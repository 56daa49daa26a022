import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, deliveries, fill, numbered, tagged } from './kit/messages.ts';

const broker = await target();

async function channelWithQueue() {
  const ch = await broker.channel();
  return { ch, queue: await ch.queue(broker.name('q')) };
}

describe('basic.consume', () => {
  it('answers consume-ok with the chosen tag before the first delivery', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1']);
    ch.send('basic.consume', { queue, consumerTag: 'tag' });
    expect(await ch.expect('basic.consume-ok')).toEqual({ consumerTag: 'tag' });
    const delivery = await ch.expect('basic.deliver');
    expect(delivery).toMatchObject({
      consumerTag: 'tag',
      deliveryTag: 1,
      redelivered: false,
      exchange: '',
      routingKey: queue,
    });
    expect(delivery.content.text).toBe('m1');
  });

  it('makes up a tag that differs each time when none is given', async () => {
    const { ch, queue } = await channelWithQueue();
    const first = await consume(ch, queue, '');
    const second = await consume(ch, queue, '');
    expect(first).toMatch(/^amq\.ctag-[\w-]{22}$/);
    expect(second).toMatch(/^amq\.ctag-[\w-]{22}$/);
    expect(second).not.toBe(first);
  });

  it('takes a tag of 255 octets', async () => {
    const { ch, queue } = await channelWithQueue();
    const tag = `${'é'.repeat(127)}x`;
    expect(await consume(ch, queue, tag)).toBe(tag);
    fill(ch, queue, ['m1']);
    expect(await tagged(ch, 1)).toEqual([`${tag}:m1`]);
  });

  it('starts without an answer with no-wait', async () => {
    const { ch, queue } = await channelWithQueue();
    ch.send('basic.consume', { queue, consumerTag: 'quiet', noWait: true });
    fill(ch, queue, ['m1']);
    expect(await tagged(ch, 1)).toEqual(['quiet:m1']);
  });

  it('makes up a tag for a consumer without a tag with no-wait', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1']);
    ch.send('basic.consume', { queue, noWait: true });
    expect((await ch.expect('basic.deliver')).consumerTag).toMatch(/^amq\.ctag-/);
  });

  it('delivers what waits in order, then what comes', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1', 'm2']);
    await consume(ch, queue, 'a');
    fill(ch, queue, ['m3']);
    const all = await deliveries(ch, 3);
    expect(all.map(({ content }) => content.text)).toEqual(['m1', 'm2', 'm3']);
    expect(all.map(({ deliveryTag }) => deliveryTag)).toEqual([1, 2, 3]);
  });

  it('numbers deliveries per channel over all of its consumers and gets', async () => {
    const { ch, queue } = await channelWithQueue();
    const other = await ch.queue(broker.name('q'));
    await consume(ch, queue, 'a');
    await consume(ch, other, 'b', { noAck: true });
    fill(ch, other, ['m1']);
    expect((await ch.expect('basic.deliver')).deliveryTag).toBe(1);
    fill(ch, queue, ['m2']);
    expect((await ch.expect('basic.deliver')).deliveryTag).toBe(2);
    const third = await ch.queue(broker.name('q'));
    fill(ch, third, ['m3']);
    expect((await ch.get(third))?.deliveryTag).toBe(3);
  });

  it('uses the last declared queue for an empty name', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, '', 'a');
    fill(ch, queue, ['m1']);
    expect(await bodies(ch, 1)).toEqual(['m1']);
  });

  it('closes the channel with 404 for an empty name when none was declared', async () => {
    const ch = await broker.channel();
    await ch.fails('basic.consume', {}, 404, 'NOT_FOUND - no previously declared queue');
  });

  it('closes the channel with 404 when the queue does not exist', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    const text = `NOT_FOUND - no queue '${queue}' in vhost '/'`;
    await ch.fails('basic.consume', { queue }, 404, text);
  });

  it('closes the channel with 405 for an exclusive queue of another connection', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { exclusive: true });
    const ch = await broker.channel();
    await ch.fails(
      'basic.consume',
      { queue },
      405,
      `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '/'. ` +
        'It could be originally declared on another connection or the exclusive property value ' +
        'does not match that of the original declaration.',
    );
  });

  it('closes the connection with 530 when the channel already uses the tag', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'tag');
    await ch.failsConnection(
      'basic.consume',
      { queue, consumerTag: 'tag' },
      530,
      "NOT_ALLOWED - attempt to reuse consumer tag 'tag'",
    );
  });

  it('closes the connection with 530 for a used tag with no-wait and another queue', async () => {
    const { ch, queue } = await channelWithQueue();
    const other = await ch.queue(broker.name('q'));
    await consume(ch, queue, 'tag');
    await ch.failsConnection(
      'basic.consume',
      { queue: other, consumerTag: 'tag', noWait: true },
      530,
      "NOT_ALLOWED - attempt to reuse consumer tag 'tag'",
    );
  });

  it('closes the connection with 530 for a used tag although the queue does not exist', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'tag');
    await ch.failsConnection(
      'basic.consume',
      { queue: broker.name('nowhere'), consumerTag: 'tag' },
      530,
      "NOT_ALLOWED - attempt to reuse consumer tag 'tag'",
    );
  });

  it('closes the channel with 404 for a used tag and no queue declared before', async () => {
    const { queue } = await channelWithQueue();
    const ch = await broker.channel();
    await consume(ch, queue, 'tag');
    const text = 'NOT_FOUND - no previously declared queue';
    await ch.fails('basic.consume', { queue: '', consumerTag: 'tag' }, 404, text);
  });

  it('lets another channel use the same tag', async () => {
    const peer = await broker.peer();
    const ch = await peer.channel();
    const other = await peer.channel();
    const queue = await ch.queue(broker.name('q'));
    await consume(ch, queue, 'tag');
    await consume(other, queue, 'tag');
    fill(ch, queue, ['m1', 'm2']);
    expect(await bodies(ch, 1)).toEqual(['m1']);
    expect(await bodies(other, 1)).toEqual(['m2']);
  });

  it('lets the channel use a tag again after its cancel', async () => {
    const { ch, queue } = await channelWithQueue();
    const other = await ch.queue(broker.name('q'));
    await consume(ch, queue, 'tag');
    await ch.call('basic.cancel', { consumerTag: 'tag' });
    await consume(ch, other, 'tag');
    fill(ch, other, ['m1']);
    expect(await tagged(ch, 1)).toEqual(['tag:m1']);
  });

  it('accepts arguments that it does not know', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a', { arguments: { 'x-unknown': 'value', other: [1, { a: 2 }] } });
    fill(ch, queue, ['m1']);
    expect(await bodies(ch, 1)).toEqual(['m1']);
  });

  it('ignores no-local: a connection receives what it published itself', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a', { noLocal: true });
    fill(ch, queue, ['mine']);
    expect(await bodies(ch, 1)).toEqual(['mine']);
  });

  it('is counted by queue.declare', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a');
    await consume(ch, queue, 'b');
    expect(await ch.counts(queue)).toEqual({ messageCount: 0, consumerCount: 2 });
  });
});

describe('basic.consume with no-ack', () => {
  it('removes a message as soon as it is delivered', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1', 'm2']);
    await consume(ch, queue, 'a', { noAck: true });
    await bodies(ch, 2);
    await ch.peer.close();
    const later = await broker.channel();
    expect(await later.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('closes the channel with 406 when such a delivery is acknowledged', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1']);
    await consume(ch, queue, 'a', { noAck: true });
    await bodies(ch, 1);
    const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
    await ch.fails('basic.ack', { deliveryTag: 1 }, 406, text);
  });
});

describe('several consumers of a queue', () => {
  it('take turns in the order in which they came', async () => {
    const { ch, queue } = await channelWithQueue();
    for (const tag of ['a', 'b', 'c']) await consume(ch, queue, tag);
    fill(ch, queue, numbered(7));
    expect(await tagged(ch, 7)).toEqual(['a:m1', 'b:m2', 'c:m3', 'a:m4', 'b:m5', 'c:m6', 'a:m7']);
  });

  it('take turns in a quorum queue as well', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      durable: true,
      arguments: { 'x-queue-type': 'quorum' },
    });
    for (const tag of ['a', 'b']) await consume(ch, queue, tag);
    fill(ch, queue, numbered(4));
    expect(await tagged(ch, 4)).toEqual(['a:m1', 'b:m2', 'a:m3', 'b:m4']);
  });

  it('take turns across channels and connections', async () => {
    const { ch, queue } = await channelWithQueue();
    const same = await ch.peer.channel();
    const other = await broker.channel();
    await consume(ch, queue, 'a', { noAck: true });
    await consume(same, queue, 'b', { noAck: true });
    await consume(other, queue, 'c', { noAck: true });
    fill(ch, queue, numbered(6));
    expect(await bodies(ch, 2)).toEqual(['m1', 'm4']);
    expect(await bodies(same, 2)).toEqual(['m2', 'm5']);
    expect(await bodies(other, 2)).toEqual(['m3', 'm6']);
  });

  it('pass over one at its prefetch limit, which queues up again once it acknowledges', async () => {
    const { ch, queue } = await channelWithQueue();
    await ch.call('basic.qos', { prefetchCount: 1 });
    await consume(ch, queue, 'slow');
    await ch.call('basic.qos', { prefetchCount: 0 });
    await consume(ch, queue, 'fast');
    fill(ch, queue, numbered(4));
    expect(await tagged(ch, 4)).toEqual(['slow:m1', 'fast:m2', 'fast:m3', 'fast:m4']);
    ch.send('basic.ack', { deliveryTag: 1 });
    fill(ch, queue, ['m5', 'm6']);
    expect(await tagged(ch, 2)).toEqual(['fast:m5', 'slow:m6']);
  });

  it('go on taking turns when one is cancelled', async () => {
    const { ch, queue } = await channelWithQueue();
    for (const tag of ['a', 'b', 'c']) await consume(ch, queue, tag);
    await ch.call('basic.cancel', { consumerTag: 'b' });
    fill(ch, queue, numbered(4));
    expect(await tagged(ch, 4)).toEqual(['a:m1', 'c:m2', 'a:m3', 'c:m4']);
  });

  it('each get what one message to several queues holds', async () => {
    const { ch, queue } = await channelWithQueue();
    const other = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange: 'amq.fanout' });
    await ch.call('queue.bind', { queue: other, exchange: 'amq.fanout' });
    await consume(ch, queue, 'a');
    await consume(ch, other, 'b');
    ch.publish({ exchange: 'amq.fanout', routingKey: 'key' }, 'body', { messageId: 'one' });
    const both = await deliveries(ch, 2);
    expect(both.map(({ consumerTag }) => consumerTag).sort()).toEqual(['a', 'b']);
    for (const { exchange, routingKey, content } of both) {
      expect({ exchange, routingKey }).toEqual({ exchange: 'amq.fanout', routingKey: 'key' });
      expect(content.text).toBe('body');
      expect(content.properties).toEqual({ messageId: 'one' });
    }
  });
});
