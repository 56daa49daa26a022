import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, fill, hold } from './kit/messages.ts';
import { transactional } from './kit/transactions.ts';

const broker = await target();

describe('tx.select', () => {
  it('answers select-ok, again and again', async () => {
    const ch = await broker.channel();
    expect(await ch.call('tx.select')).toEqual({});
    expect(await ch.call('tx.select')).toEqual({});
  });

  it('closes the channel with 406 on a channel with confirms', async () => {
    const ch = await broker.channel();
    await ch.confirmSelect();
    const text = 'PRECONDITION_FAILED - cannot switch from confirm to tx mode';
    await ch.fails('tx.select', {}, 406, text);
  });

  it('concerns its channel alone', async () => {
    const { ch, queue } = await transactional(broker);
    const other = await ch.peer.channel();
    fill(other, queue, ['m1']);
    expect(await other.drain(queue)).toEqual(['m1']);
  });
});

describe('a transaction', () => {
  it('is forgotten when its channel closes', async () => {
    const { ch, queue } = await transactional(broker, 1);
    await hold(ch, queue, 1);
    ch.send('basic.ack', { deliveryTag: 1 });
    fill(ch, queue, ['new']);
    await ch.close();
    const later = await broker.channel();
    expect(await later.drain(queue)).toEqual(['m1']);
  });

  it('closes the channel with 404 at once for an exchange that does not exist', async () => {
    const { ch } = await transactional(broker);
    const exchange = broker.name('x');
    ch.publish({ exchange }, 'lost');
    const text = `NOT_FOUND - no exchange '${exchange}' in vhost '/'`;
    await ch.expectClose(404, text, 'basic.publish');
  });

  it('closes the channel with 406 at once for an unknown delivery tag', async () => {
    const { ch } = await transactional(broker);
    const text = 'PRECONDITION_FAILED - unknown delivery tag 9';
    await ch.fails('basic.ack', { deliveryTag: 9 }, 406, text);
  });

  it('does not take a delivery tag twice', async () => {
    const { ch, queue } = await transactional(broker, 1);
    await hold(ch, queue, 1);
    ch.send('basic.ack', { deliveryTag: 1 });
    const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
    await ch.fails('basic.ack', { deliveryTag: 1 }, 406, text);
  });

  it('is not touched by basic.recover: what it acknowledged is not redelivered', async () => {
    const { ch, queue } = await transactional(broker, 2);
    await consume(ch, queue, 'a');
    await bodies(ch, 2);
    ch.send('basic.ack', { deliveryTag: 1 });
    await ch.call('basic.recover', { requeue: true });
    expect(await bodies(ch, 1)).toEqual(['m2']);
    await ch.expectSilence(50);
    await ch.call('tx.commit');
    await ch.close();
    const later = await broker.channel();
    expect(await later.drain(queue)).toEqual(['m2']);
  });
});
