import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, fill, numbered, tagged } from './kit/messages.ts';
import type { PeerChannel } from './kit/peer-channel.ts';
import { field } from './kit/wire.ts';

const broker = await target();

async function channelWithQueue() {
  const ch = await broker.channel();
  return { ch, queue: await ch.queue(broker.name('q')) };
}

const withPriority = (ch: PeerChannel, queue: string, tag: string, priority: number) =>
  consume(ch, queue, tag, { arguments: { 'x-priority': priority } });

describe('x-priority of a consumer', () => {
  it('gives the higher priority everything while it can take more', async () => {
    const { ch, queue } = await channelWithQueue();
    await withPriority(ch, queue, 'low', 1);
    await withPriority(ch, queue, 'high', 10);
    fill(ch, queue, numbered(4));
    expect(await tagged(ch, 4)).toEqual(['high:m1', 'high:m2', 'high:m3', 'high:m4']);
  });

  it('is zero when absent, and may be negative', async () => {
    const { ch, queue } = await channelWithQueue();
    await withPriority(ch, queue, 'minus', -1);
    await consume(ch, queue, 'none');
    fill(ch, queue, numbered(2));
    expect(await tagged(ch, 2)).toEqual(['none:m1', 'none:m2']);
    await withPriority(ch, queue, 'plus', 1);
    fill(ch, queue, ['m3']);
    expect(await tagged(ch, 1)).toEqual(['plus:m3']);
  });

  it('gives the lower priority what the higher cannot take', async () => {
    const { ch, queue } = await channelWithQueue();
    await ch.call('basic.qos', { prefetchCount: 2 });
    await withPriority(ch, queue, 'low', 0);
    await withPriority(ch, queue, 'high', 5);
    fill(ch, queue, numbered(5));
    expect(await tagged(ch, 4)).toEqual(['high:m1', 'high:m2', 'low:m3', 'low:m4']);
    await ch.expectSilence(50);
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await tagged(ch, 1)).toEqual(['high:m5']);
  });

  it('lets equal priorities take turns', async () => {
    const { ch, queue } = await channelWithQueue();
    await withPriority(ch, queue, 'low', 1);
    await withPriority(ch, queue, 'a', 2);
    await withPriority(ch, queue, 'b', 2);
    fill(ch, queue, numbered(4));
    expect(await tagged(ch, 4)).toEqual(['a:m1', 'b:m2', 'a:m3', 'b:m4']);
  });

  it('gives the lower priority everything once the higher is cancelled', async () => {
    const { ch, queue } = await channelWithQueue();
    await withPriority(ch, queue, 'low', 1);
    await withPriority(ch, queue, 'high', 2);
    await ch.call('basic.cancel', { consumerTag: 'high' });
    fill(ch, queue, ['m1']);
    expect(await tagged(ch, 1)).toEqual(['low:m1']);
  });

  it('holds in a quorum queue as well', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      durable: true,
      arguments: { 'x-queue-type': 'quorum' },
    });
    await withPriority(ch, queue, 'low', 1);
    await withPriority(ch, queue, 'high', 2);
    fill(ch, queue, numbered(3));
    expect(await tagged(ch, 3)).toEqual(['high:m1', 'high:m2', 'high:m3']);
  });

  it('counts across connections', async () => {
    const { ch, queue } = await channelWithQueue();
    const other = await broker.channel();
    await withPriority(ch, queue, 'low', 1);
    await withPriority(other, queue, 'high', 2);
    fill(ch, queue, numbered(3));
    expect(await bodies(other, 3)).toEqual(numbered(3));
  });

  it.each(['b', 's', 'I', 'l'])('may be an integer of type %s', async (type) => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'low');
    await consume(ch, queue, 'high', { arguments: { 'x-priority': field(type, 3) } });
    fill(ch, queue, ['m1']);
    expect(await tagged(ch, 1)).toEqual(['high:m1']);
  });

  it('closes the channel with 406 when it is not an integer', async () => {
    const { ch, queue } = await channelWithQueue();
    await ch.fails(
      'basic.consume',
      { queue, arguments: { 'x-priority': 'high' } },
      406,
      `PRECONDITION_FAILED - invalid arg 'x-priority' for queue '${queue}' in vhost '/': ` +
        '"expected integer, got longstr"',
    );
  });
});
