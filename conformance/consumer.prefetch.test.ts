import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, fill, numbered, tagged } from './kit/messages.ts';

const broker = await target();

async function backlog(count: number, prefetchCount: number) {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'));
  fill(ch, queue, numbered(count));
  await ch.call('basic.qos', { prefetchCount });
  return { ch, queue };
}

describe('the prefetch limit of a consumer', () => {
  it('holds for each consumer by itself', async () => {
    const { ch, queue } = await backlog(6, 2);
    await consume(ch, queue, 'a');
    expect(await tagged(ch, 2)).toEqual(['a:m1', 'a:m2']);
    await consume(ch, queue, 'b');
    expect(await tagged(ch, 2)).toEqual(['b:m3', 'b:m4']);
    await ch.expectSilence();
    ch.send('basic.ack', { deliveryTag: 3 });
    expect(await tagged(ch, 1)).toEqual(['b:m5']);
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await tagged(ch, 1)).toEqual(['a:m6']);
  });

  it('is the one that was set when the consumer started', async () => {
    const { ch, queue } = await backlog(8, 1);
    await consume(ch, queue, 'one');
    expect(await tagged(ch, 1)).toEqual(['one:m1']);
    await ch.call('basic.qos', { prefetchCount: 3 });
    await ch.expectSilence(50);
    await consume(ch, queue, 'three');
    expect(await tagged(ch, 3)).toEqual(['three:m2', 'three:m3', 'three:m4']);
    await ch.expectSilence(50);
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await tagged(ch, 1)).toEqual(['one:m5']);
    await ch.expectSilence(50);
  });

  it('frees as many places as an acknowledgement of several covers', async () => {
    const { ch, queue } = await backlog(6, 3);
    await consume(ch, queue, 'a');
    await bodies(ch, 3);
    ch.send('basic.ack', { deliveryTag: 2, multiple: true });
    expect(await bodies(ch, 2)).toEqual(['m4', 'm5']);
    await ch.expectSilence(50);
  });

  it('is freed by a reject and by a nack', async () => {
    const { ch, queue } = await backlog(3, 1);
    await consume(ch, queue, 'a');
    expect(await bodies(ch, 1)).toEqual(['m1']);
    ch.send('basic.reject', { deliveryTag: 1 });
    expect(await bodies(ch, 1)).toEqual(['m2']);
    ch.send('basic.nack', { deliveryTag: 2 });
    expect(await bodies(ch, 1)).toEqual(['m3']);
  });

  it('gives a requeued message back to the only consumer, flagged as redelivered', async () => {
    const { ch, queue } = await backlog(2, 1);
    await consume(ch, queue, 'a');
    await bodies(ch, 1);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    const again = await ch.expect('basic.deliver');
    expect(again).toMatchObject({ deliveryTag: 2, redelivered: true });
    expect(again.content.text).toBe('m1');
  });

  it('does not limit a consumer without acknowledgements', async () => {
    const { ch, queue } = await backlog(5, 1);
    await consume(ch, queue, 'a', { noAck: true });
    expect(await bodies(ch, 5)).toEqual(numbered(5));
  });

  it('leaves messages in the queue for consumers of other channels', async () => {
    const { ch, queue } = await backlog(4, 2);
    const other = await broker.channel();
    await consume(ch, queue, 'a');
    expect(await bodies(ch, 2)).toEqual(['m1', 'm2']);
    await consume(other, queue, 'b');
    expect(await bodies(other, 2)).toEqual(['m3', 'm4']);
  });

  it('holds on a quorum queue as well', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    await ch.queue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    fill(ch, queue, numbered(4));
    await ch.call('basic.qos', { prefetchCount: 2 });
    await consume(ch, queue, 'a');
    expect(await bodies(ch, 2)).toEqual(['m1', 'm2']);
    await ch.expectSilence();
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await bodies(ch, 1)).toEqual(['m3']);
  });
});
