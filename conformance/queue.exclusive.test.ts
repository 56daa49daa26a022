import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { eventually } from './kit/messages.ts';
import { locked, noQueue } from './kit/texts.ts';

const broker = await target();

describe('an exclusive queue', () => {
  it('can be used on every channel of its connection', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { exclusive: true });
    const other = await ch.peer.channel();
    other.publish({ routingKey: queue }, 'm');
    expect(await other.drain(queue)).toEqual(['m']);
    expect(await other.queue(queue, { exclusive: true })).toBe(queue);
  });

  it('takes messages from other connections', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { exclusive: true });
    const other = await broker.channel();
    await other.confirmSelect();
    expect(await other.publishConfirmed({ routingKey: queue }, 'm')).toBe('ack');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it.each([
    ['queue.declare', { exclusive: true }],
    ['queue.declare', { exclusive: false }],
    ['queue.declare', { passive: true }],
    ['queue.bind', { exchange: 'amq.fanout' }],
    ['queue.purge', {}],
    ['queue.delete', {}],
    ['basic.get', {}],
    ['basic.consume', {}],
  ] as const)('is locked with 405 to another connection: %s %o', async (method, args) => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { exclusive: true });
    const ch = await broker.channel();
    await ch.fails(method, { ...args, queue }, 405, locked(queue));
    expect(await owner.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('is locked with 405 when its own connection redeclares it without exclusive', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { exclusive: true });
    await ch.fails('queue.declare', { queue }, 405, locked(queue));
  });

  it('cannot be made of a shared queue: 405', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.fails('queue.declare', { queue, exclusive: true }, 405, locked(queue));
  });

  it('is gone once the connection has been closed', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { exclusive: true, durable: true });
    await owner.peer.close();
    const ch = await broker.channel();
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('is gone soon after the connection was lost', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { exclusive: true });
    owner.peer.destroy();
    const peer = await broker.peer();
    await eventually('the queue to be deleted', async () => {
      const ch = await peer.channel();
      ch.send('queue.declare', { queue, passive: true });
      const answer = await ch.any();
      return (
        answer.name === 'channel.close' && (answer.got as { replyCode: number }).replyCode === 404
      );
    });
  });

  it('outlives the channel that declared it', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { exclusive: true });
    const other = await ch.peer.channel();
    await ch.close();
    expect(await other.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('cancels nobody but goes with its consumers when auto-delete is set too', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { exclusive: true, autoDelete: true });
    const { consumerTag } = await ch.call('basic.consume', { queue });
    await ch.call('basic.cancel', { consumerTag });
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });
});
