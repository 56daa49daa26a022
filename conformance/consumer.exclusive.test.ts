import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, eventually, fill } from './kit/messages.ts';

const broker = await target();

async function channelWithQueue() {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'));
  return { ch, queue, inUse: `ACCESS_REFUSED - queue '${queue}' in vhost '/' in exclusive use` };
}

describe('an exclusive consumer', () => {
  it('receives messages as any other', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a', { exclusive: true });
    fill(ch, queue, ['m1']);
    expect(await bodies(ch, 1)).toEqual(['m1']);
  });

  it('keeps other consumers out with 403', async () => {
    const { ch, queue, inUse } = await channelWithQueue();
    await consume(ch, queue, 'a', { exclusive: true });
    const other = await broker.channel();
    await other.fails('basic.consume', { queue }, 403, inUse);
    fill(ch, queue, ['m1']);
    expect(await bodies(ch, 1)).toEqual(['m1']);
  });

  it('keeps out consumers of its own channel and other exclusive ones', async () => {
    const { ch, queue, inUse } = await channelWithQueue();
    await consume(ch, queue, 'a', { exclusive: true });
    const other = await ch.peer.channel();
    await other.fails('basic.consume', { queue, exclusive: true }, 403, inUse);
    await ch.fails('basic.consume', { queue, consumerTag: 'b' }, 403, inUse);
  });

  it('is refused with 403 while the queue has another consumer', async () => {
    const { ch, queue, inUse } = await channelWithQueue();
    await consume(ch, queue, 'a');
    const other = await broker.channel();
    await other.fails('basic.consume', { queue, exclusive: true }, 403, inUse);
  });

  it('does not keep basic.get out', async () => {
    const { ch, queue } = await channelWithQueue();
    await ch.call('basic.qos', { prefetchCount: 1 });
    await consume(ch, queue, 'a', { exclusive: true });
    fill(ch, queue, ['m1', 'm2']);
    await bodies(ch, 1);
    const other = await broker.channel();
    expect((await other.get(queue))?.content.text).toBe('m2');
  });

  it('makes room when it is cancelled', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a', { exclusive: true });
    await ch.call('basic.cancel', { consumerTag: 'a' });
    const other = await broker.channel();
    await consume(other, queue, 'b', { exclusive: true });
  });

  it('makes room when its channel or connection closes', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a', { exclusive: true });
    await ch.close();
    const second = await broker.channel();
    await consume(second, queue, 'b', { exclusive: true });
    await second.peer.close();
    const third = await broker.channel();
    await eventually('no consumer', async () => (await third.counts(queue)).consumerCount === 0);
    await consume(third, queue, 'c', { exclusive: true });
  });

  it('is refused with 403 on a queue with a single active consumer', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-single-active-consumer': true },
    });
    const text = `ACCESS_REFUSED - queue '${queue}' in vhost '/' in exclusive use`;
    await ch.fails('basic.consume', { queue, exclusive: true }, 403, text);
  });

  it('keeps nobody out of a quorum queue', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      durable: true,
      arguments: { 'x-queue-type': 'quorum' },
    });
    await consume(ch, queue, 'a', { exclusive: true });
    await consume(ch, queue, 'b');
    await consume(ch, queue, 'c', { exclusive: true });
  });
});
