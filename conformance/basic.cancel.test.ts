import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, eventually, fill, numbered, ready } from './kit/messages.ts';

const broker = await target();

async function channelWithQueue() {
  const ch = await broker.channel();
  return { ch, queue: await ch.queue(broker.name('q')) };
}

describe('basic.cancel from the client', () => {
  it('answers cancel-ok with the tag, and deliveries stop', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'tag');
    expect(await ch.call('basic.cancel', { consumerTag: 'tag' })).toEqual({ consumerTag: 'tag' });
    fill(ch, queue, ['m1']);
    await ready(ch, queue, 1);
    await ch.expectSilence(50);
  });

  it('answers cancel-ok for a tag that nobody uses', async () => {
    const ch = await broker.channel();
    expect(await ch.call('basic.cancel', { consumerTag: 'none' })).toEqual({ consumerTag: 'none' });
  });

  it('answers nothing with no-wait, known tag or not', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'tag');
    ch.send('basic.cancel', { consumerTag: 'tag', noWait: true });
    ch.send('basic.cancel', { consumerTag: 'none', noWait: true });
    expect(await ch.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
    await ch.expectSilence(50);
  });

  it('leaves outstanding deliveries unacknowledged: not requeued, still to be settled', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'tag');
    fill(ch, queue, numbered(2));
    await bodies(ch, 2);
    await ch.call('basic.cancel', { consumerTag: 'tag' });
    expect(await ch.get(queue)).toBeUndefined();
    ch.send('basic.ack', { deliveryTag: 1 });
    ch.send('basic.reject', { deliveryTag: 2, requeue: true });
    const again = await eventually('the rejected message', () => ch.get(queue));
    expect(again).toMatchObject({ redelivered: true, messageCount: 0 });
    expect(again.content.text).toBe('m2');
  });

  it('requeues the outstanding deliveries when the channel closes later', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'tag');
    fill(ch, queue, ['m1']);
    await bodies(ch, 1);
    await ch.call('basic.cancel', { consumerTag: 'tag' });
    await ch.close();
    const later = await broker.channel();
    const again = await eventually('the requeued message', () => later.get(queue));
    expect(again.redelivered).toBe(true);
  });

  it('deletes an auto-delete queue when its last consumer goes', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { autoDelete: true });
    await consume(ch, queue, 'a');
    await consume(ch, queue, 'b');
    await ch.call('basic.cancel', { consumerTag: 'a' });
    expect((await ch.counts(queue)).consumerCount).toBe(1);
    await ch.call('basic.cancel', { consumerTag: 'b' });
    const text = `NOT_FOUND - no queue '${queue}' in vhost '/'`;
    await ch.fails('queue.declare', { queue, passive: true }, 404, text);
  });
});

describe('basic.cancel from the broker', () => {
  it('tells every consumer of a queue that is deleted', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a');
    await consume(ch, queue, 'b');
    const other = await broker.channel();
    await other.call('queue.delete', { queue });
    const cancels = [await ch.expect('basic.cancel'), await ch.expect('basic.cancel')];
    expect(cancels.map(({ consumerTag }) => consumerTag).sort()).toEqual(['a', 'b']);
    expect(cancels.every(({ noWait }) => noWait)).toBe(true);
  });

  it('comes after delete-ok when the consumer deletes the queue itself', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a');
    ch.send('queue.delete', { queue });
    await ch.expect('queue.delete-ok');
    expect(await ch.expect('basic.cancel')).toEqual({ consumerTag: 'a', noWait: true });
  });

  it('concerns the consumers of the deleted queue alone', async () => {
    const { ch, queue } = await channelWithQueue();
    const kept = await ch.queue(broker.name('q'));
    await consume(ch, queue, 'lost');
    await consume(ch, kept, 'kept');
    const other = await broker.channel();
    await other.call('queue.delete', { queue });
    expect((await ch.expect('basic.cancel')).consumerTag).toBe('lost');
    fill(ch, kept, ['m1']);
    expect(await bodies(ch, 1)).toEqual(['m1']);
  });

  it('is not sent to a client that has not announced consumer_cancel_notify', async () => {
    const deaf = await broker.channel({ clientProperties: {} });
    const queue = await deaf.queue(broker.name('q'));
    await consume(deaf, queue, 'a');
    const other = await broker.channel();
    await other.call('queue.delete', { queue });
    await deaf.expectSilence(100);
    await deaf.queue(queue);
  });

  it('lets the client settle deliveries of the lost queue without an error', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a');
    fill(ch, queue, numbered(3));
    await bodies(ch, 3);
    await ch.call('queue.delete', { queue });
    await ch.expect('basic.cancel');
    ch.send('basic.ack', { deliveryTag: 1 });
    ch.send('basic.nack', { deliveryTag: 2, requeue: true });
    ch.send('basic.reject', { deliveryTag: 3 });
    expect(await ch.queue(queue)).toBe(queue);
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('frees the tag for another consumer', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a');
    await ch.call('queue.delete', { queue });
    await ch.expect('basic.cancel');
    await ch.queue(queue);
    await consume(ch, queue, 'a');
    fill(ch, queue, ['m1']);
    expect(await bodies(ch, 1)).toEqual(['m1']);
  });

  it('is not sent to the client that cancels', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { autoDelete: true });
    await consume(ch, queue, 'a');
    await ch.call('basic.cancel', { consumerTag: 'a' });
    await ch.expectSilence(50);
  });
});
