import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { eventually } from './kit/messages.ts';
import type { Peer } from './kit/peer.ts';
import { noQueue } from './kit/texts.ts';

const broker = await target();

const isGone = async (peer: Peer, queue: string): Promise<boolean> => {
  const ch = await peer.channel();
  ch.send('queue.declare', { queue, passive: true });
  return (await ch.any()).name === 'channel.close';
};

describe('an auto-delete queue', () => {
  it('is deleted when its last consumer is cancelled', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { autoDelete: true });
    await ch.call('basic.consume', { queue, consumerTag: 'a' });
    await ch.call('basic.consume', { queue, consumerTag: 'b' });
    await ch.call('basic.cancel', { consumerTag: 'a' });
    expect(await ch.counts(queue)).toEqual({ messageCount: 0, consumerCount: 1 });
    await ch.call('basic.cancel', { consumerTag: 'b' });
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('is deleted although messages wait in it', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { autoDelete: true });
    await ch.call('basic.consume', { queue, consumerTag: 'a' });
    ch.publish({ routingKey: queue }, 'm');
    await ch.expect('basic.deliver');
    ch.publish({ routingKey: queue }, 'm');
    await ch.call('basic.cancel', { consumerTag: 'a' });
    await ch.await('basic.deliver');
    await ch.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('is deleted when the channel of its last consumer is closed', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { autoDelete: true });
    await ch.call('basic.consume', { queue });
    await ch.close();
    const peer = await broker.peer();
    await eventually('the queue to be deleted', () => isGone(peer, queue));
  });

  it('has no dead letters when what its last consumer held would come back', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    const dead = await ch.queue(broker.name('dead'));
    const table = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
    const queue = await ch.queue(broker.name('q'), { autoDelete: true, arguments: table });
    await ch.call('basic.consume', { queue });
    ch.publish({ routingKey: queue }, 'm', { expiration: '0' });
    await ch.expect('basic.deliver');
    await ch.close();
    const peer = await broker.peer();
    await eventually('the queue to be deleted', () => isGone(peer, queue));
    expect(await other.counts(dead)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('is deleted when the connection of its last consumer is lost', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { autoDelete: true });
    await ch.call('basic.consume', { queue });
    ch.peer.destroy();
    const peer = await broker.peer();
    await eventually('the queue to be deleted', () => isGone(peer, queue));
  });

  it('stays as long as it has never had a consumer', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { autoDelete: true });
    owner.publish({ routingKey: queue }, 'm');
    expect(await owner.drain(queue)).toEqual(['m']);
    await owner.peer.close();
    const ch = await broker.channel();
    expect(await ch.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('takes its bindings with it, and an auto-delete exchange on the way', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout', autoDelete: true });
    const queue = await ch.queue(broker.name('q'), { autoDelete: true });
    await ch.call('queue.bind', { queue, exchange });
    await ch.call('basic.consume', { queue, consumerTag: 'a' });
    await ch.call('basic.cancel', { consumerTag: 'a' });
    await ch.fails('exchange.declare', { exchange, passive: true }, 404);
  });
});
