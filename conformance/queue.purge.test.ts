import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { fill, numbered } from './kit/messages.ts';
import { locked, noPreviousQueue, noQueue } from './kit/texts.ts';

const broker = await target();

describe('queue.purge', () => {
  it('removes every ready message and answers how many', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(3));
    expect(await ch.call('queue.purge', { queue })).toEqual({ messageCount: 3 });
    expect(await ch.get(queue)).toBeUndefined();
    expect(await ch.call('queue.purge', { queue })).toEqual({ messageCount: 0 });
  });

  it('leaves unacknowledged messages alone: they can be requeued afterwards', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(3));
    const held = await ch.get(queue, { noAck: false });
    expect(await ch.call('queue.purge', { queue })).toEqual({ messageCount: 2 });
    ch.send('basic.reject', { deliveryTag: held?.deliveryTag ?? 0, requeue: true });
    expect(await ch.drain(queue)).toEqual(['m1']);
  });

  it('answers nothing with no-wait', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(2));
    ch.send('queue.purge', { queue, noWait: true });
    expect(await ch.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
    await ch.expectSilence(50);
  });

  it('means the last declared queue by the empty name', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(2));
    expect(await ch.call('queue.purge')).toEqual({ messageCount: 2 });
  });

  it('closes the channel with 404 when the queue does not exist', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    await ch.fails('queue.purge', { queue }, 404, noQueue(queue));
  });

  it('closes the channel with 404 for the empty name when no queue was declared on the channel', async () => {
    const ch = await broker.channel();
    await ch.fails('queue.purge', {}, 404, noPreviousQueue);
  });

  it('closes the channel with 405 for a queue exclusive to another connection', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { exclusive: true });
    const ch = await broker.channel();
    await ch.fails('queue.purge', { queue }, 405, locked(queue));
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const { queue } = await ch.assertQueue(broker.name('q'));
    ch.sendToQueue(queue, Buffer.from('m'));
    expect(await ch.purgeQueue(queue)).toEqual({ messageCount: 1 });
  });
});
