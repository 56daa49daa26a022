import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, fill, hold } from './kit/messages.ts';
import { transactional } from './kit/transactions.ts';

const broker = await target();

describe('tx.rollback', () => {
  it('closes the channel with 406 on a channel without transactions', async () => {
    const ch = await broker.channel();
    await ch.fails('tx.rollback', {}, 406, 'PRECONDITION_FAILED - channel is not transactional');
  });

  it('forgets what was published', async () => {
    const { ch, queue } = await transactional(broker);
    fill(ch, queue, ['m1']);
    expect(await ch.call('tx.rollback')).toEqual({});
    await ch.call('tx.commit');
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('forgets acknowledgements: the deliveries are outstanding again', async () => {
    const { ch, queue } = await transactional(broker, 2);
    await hold(ch, queue, 2);
    ch.send('basic.ack', { deliveryTag: 2, multiple: true });
    await ch.call('tx.rollback');
    ch.send('basic.ack', { deliveryTag: 1 });
    await ch.call('tx.commit');
    await ch.close();
    const later = await broker.channel();
    expect(await later.drain(queue)).toEqual(['m2']);
  });

  it('redelivers nothing by itself', async () => {
    const { ch, queue } = await transactional(broker, 1);
    await consume(ch, queue, 'a');
    await bodies(ch, 1);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    await ch.call('tx.rollback');
    await ch.expectSilence(50);
  });
});
