import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, fill, hold, numbered, ready } from './kit/messages.ts';
import { transactional } from './kit/transactions.ts';

const broker = await target();

describe('tx.commit', () => {
  it('closes the channel with 406 on a channel without transactions', async () => {
    const ch = await broker.channel();
    await ch.fails('tx.commit', {}, 406, 'PRECONDITION_FAILED - channel is not transactional');
  });

  it('publishes what was held back, in order', async () => {
    const { ch, queue } = await transactional(broker);
    fill(ch, queue, numbered(5));
    expect(await ch.get(queue)).toBeUndefined();
    expect(await ch.call('tx.commit')).toEqual({});
    expect(await ch.drain(queue)).toEqual(numbered(5));
  });

  it('begins the next transaction', async () => {
    const { ch, queue } = await transactional(broker);
    fill(ch, queue, ['m1']);
    await ch.call('tx.commit');
    fill(ch, queue, ['m2']);
    expect(await ch.drain(queue)).toEqual(['m1']);
    await ch.call('tx.commit');
    expect(await ch.drain(queue)).toEqual(['m2']);
  });

  it('is fine with nothing to commit', async () => {
    const { ch } = await transactional(broker);
    expect(await ch.call('tx.commit')).toEqual({});
  });

  it('publishes to several queues and large bodies alike', async () => {
    const { ch, queue } = await transactional(broker);
    const other = await ch.queue(broker.name('q'));
    const body = 'x'.repeat(300_000);
    fill(ch, queue, [body, '']);
    fill(ch, other, ['other']);
    await ch.call('tx.commit');
    expect(await ch.drain(queue)).toEqual([body, '']);
    expect(await ch.drain(other)).toEqual(['other']);
  });

  it('makes acknowledgements count', async () => {
    const { ch, queue } = await transactional(broker, 3);
    await hold(ch, queue, 3);
    ch.send('basic.ack', { deliveryTag: 2, multiple: true });
    await ch.call('tx.commit');
    await ch.close();
    const later = await broker.channel();
    expect(await later.drain(queue)).toEqual(['m3']);
  });

  it('requeues what was rejected with requeue, and not before', async () => {
    const { ch, queue } = await transactional(broker, 3);
    await hold(ch, queue, 2);
    ch.send('basic.nack', { deliveryTag: 2, multiple: true, requeue: true });
    expect(await ch.counts(queue)).toMatchObject({ messageCount: 1 });
    await ch.call('tx.commit');
    await ready(ch, queue, 3);
    expect(await ch.drain(queue)).toEqual(numbered(3));
  });

  it('drops what was rejected without requeue', async () => {
    const { ch, queue } = await transactional(broker, 2);
    await hold(ch, queue, 2);
    ch.send('basic.reject', { deliveryTag: 1 });
    await ch.call('tx.commit');
    await ch.close();
    const later = await broker.channel();
    expect(await later.drain(queue)).toEqual(['m2']);
  });

  it('frees the prefetch window that uncommitted acknowledgements keep closed', async () => {
    const { ch, queue } = await transactional(broker, 2);
    await ch.call('basic.qos', { prefetchCount: 1 });
    await consume(ch, queue, 'a');
    await bodies(ch, 1);
    ch.send('basic.ack', { deliveryTag: 1 });
    await ch.expectSilence(50);
    await ch.call('tx.commit');
    expect(await bodies(ch, 1)).toEqual(['m2']);
  });

  it('returns mandatory messages before commit-ok, and not before the commit', async () => {
    const { ch } = await transactional(broker);
    ch.publish({ routingKey: broker.name('q'), mandatory: true }, 'lost');
    await ch.expectSilence(50);
    ch.send('tx.commit');
    expect((await ch.expect('basic.return')).content.text).toBe('lost');
    await ch.expect('tx.commit-ok');
  });

  it('is answered when the queue has gone meanwhile', async () => {
    const { ch, queue } = await transactional(broker);
    fill(ch, queue, ['m1']);
    await ch.call('queue.delete', { queue });
    expect(await ch.call('tx.commit')).toEqual({});
  });

  it('publishes where the bindings led when the message was sent', async () => {
    const { ch, queue } = await transactional(broker);
    const exchange = broker.name('e');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    const late = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange, routingKey: '' });
    ch.publish({ exchange }, 'm1');
    await ch.call('queue.bind', { queue: late, exchange, routingKey: '' });
    await ch.call('queue.unbind', { queue, exchange, routingKey: '' });
    expect(await ch.call('tx.commit')).toEqual({});
    expect([await ch.drain(queue), await ch.drain(late)]).toEqual([['m1'], []]);
  });

  it('publishes although the exchange has gone meanwhile', async () => {
    const { ch, queue } = await transactional(broker);
    const exchange = broker.name('e');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    await ch.call('queue.bind', { queue, exchange, routingKey: '' });
    ch.publish({ exchange }, 'm1');
    await ch.call('exchange.delete', { exchange });
    expect(await ch.call('tx.commit')).toEqual({});
    expect(await ch.drain(queue)).toEqual(['m1']);
  });

  it('returns a mandatory message whose queue has gone meanwhile', async () => {
    const { ch, queue } = await transactional(broker);
    ch.publish({ routingKey: queue, mandatory: true }, 'lost');
    await ch.call('queue.delete', { queue });
    ch.send('tx.commit');
    expect((await ch.expect('basic.return')).content.text).toBe('lost');
    await ch.expect('tx.commit-ok');
  });

  it('closes the channel with 406 when a queue refuses a message', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    });
    await ch.call('tx.select');
    fill(ch, queue, ['m1', 'm2']);
    await ch.fails('tx.commit', {}, 406, 'PRECONDITION_FAILED - partial tx completion');
  });
});
