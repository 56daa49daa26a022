import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { consume, eventually, fill, hold, numbered } from './kit/messages.ts';

const broker = await target();

async function channelWithQueue(count = 0) {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'));
  fill(ch, queue, numbered(count));
  return { ch, queue };
}

describe('basic.get', () => {
  it('answers get-empty for an empty queue', async () => {
    const { ch, queue } = await channelWithQueue();
    ch.send('basic.get', { queue });
    expect(await ch.expect('basic.get-empty')).toEqual({ reserved1: '' });
  });

  it('takes the first message and says how many ready messages are left', async () => {
    const { ch, queue } = await channelWithQueue(3);
    const all = await hold(ch, queue, 3);
    expect(all.map(({ content }) => content.text)).toEqual(['m1', 'm2', 'm3']);
    expect(all.map(({ messageCount }) => messageCount)).toEqual([2, 1, 0]);
    expect(all.map(({ deliveryTag }) => deliveryTag)).toEqual([1, 2, 3]);
    expect(all.every(({ redelivered }) => !redelivered)).toBe(true);
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('keeps an unacknowledged message from others and requeues it with the channel', async () => {
    const { ch, queue } = await channelWithQueue(1);
    await hold(ch, queue, 1);
    const other = await broker.channel();
    expect(await other.get(queue)).toBeUndefined();
    await ch.close();
    const again = await eventually('the requeued message', () => other.get(queue));
    expect(again.redelivered).toBe(true);
  });

  it('removes the message at once with no-ack', async () => {
    const { ch, queue } = await channelWithQueue(2);
    expect((await ch.get(queue, { noAck: true }))?.content.text).toBe('m1');
    await ch.close();
    const later = await broker.channel();
    expect(await later.counts(queue)).toMatchObject({ messageCount: 1 });
    expect(await later.get(queue)).toMatchObject({ redelivered: false });
  });

  it('closes the channel with 406 when a no-ack message is acknowledged', async () => {
    const { ch, queue } = await channelWithQueue(1);
    await ch.get(queue, { noAck: true });
    const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
    await ch.fails('basic.ack', { deliveryTag: 1 }, 406, text);
  });

  it('uses the last declared queue for an empty name', async () => {
    const { ch } = await channelWithQueue(1);
    expect((await ch.get(''))?.content.text).toBe('m1');
  });

  it('closes the channel with 404 for an empty name when none was declared', async () => {
    const ch = await broker.channel();
    await ch.fails('basic.get', {}, 404, 'NOT_FOUND - no previously declared queue');
  });

  it('closes the channel with 404 when the queue does not exist', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    await ch.fails('basic.get', { queue }, 404, `NOT_FOUND - no queue '${queue}' in vhost '/'`);
  });

  it('closes the channel with 405 for an exclusive queue of another connection', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { exclusive: true });
    const ch = await broker.channel();
    const text = /^RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '/;
    await ch.fails('basic.get', { queue }, 405, text);
  });

  it('finds nothing while a consumer has taken everything', async () => {
    const { ch, queue } = await channelWithQueue(2);
    await consume(ch, queue, 'a');
    const other = await broker.channel();
    expect(await other.get(queue)).toBeUndefined();
  });

  it('counts a returned message as ready again', async () => {
    const { ch, queue } = await channelWithQueue(2);
    const [first] = await hold(ch, queue, 1);
    expect(first?.messageCount).toBe(1);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    await eventually('two ready', async () => (await ch.counts(queue)).messageCount === 2);
    expect(await ch.get(queue)).toMatchObject({ messageCount: 1, redelivered: true });
  });
});
