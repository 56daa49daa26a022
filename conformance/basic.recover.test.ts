import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, deliveries, fill, hold, numbered, ready } from './kit/messages.ts';

const broker = await target();

describe('basic.recover with requeue', () => {
  it('answers recover-ok when nothing is outstanding', async () => {
    const ch = await broker.channel();
    expect(await ch.call('basic.recover', { requeue: true })).toEqual({});
  });

  it('redelivers what is outstanding, in order, after recover-ok', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(4));
    await consume(ch, queue, 'a');
    await bodies(ch, 4);
    ch.send('basic.ack', { deliveryTag: 2 });
    ch.send('basic.recover', { requeue: true });
    await ch.expect('basic.recover-ok');
    const again = await deliveries(ch, 3);
    expect(again.map(({ content }) => content.text)).toEqual(['m1', 'm3', 'm4']);
    expect(again.map(({ deliveryTag }) => deliveryTag)).toEqual([5, 6, 7]);
    expect(again.every(({ redelivered }) => redelivered)).toBe(true);
    await ch.expectSilence(50);
  });

  it('makes the old tags unknown', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['m1']);
    await hold(ch, queue, 1);
    await ch.call('basic.recover', { requeue: true });
    const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
    await ch.fails('basic.ack', { deliveryTag: 1 }, 406, text);
  });

  it('puts messages of basic.get back into their places', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(4));
    await hold(ch, queue, 3);
    await ch.call('basic.recover', { requeue: true });
    await ready(ch, queue, 4);
    const all = await hold(ch, queue, 4);
    expect(all.map(({ content }) => content.text)).toEqual(numbered(4));
    expect(all.map(({ redelivered }) => redelivered)).toEqual([true, true, true, false]);
  });

  it('may give the messages to other consumers', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['m1']);
    await hold(ch, queue, 1);
    const other = await broker.channel();
    await consume(other, queue, 'a');
    await ch.call('basic.recover', { requeue: true });
    expect(await other.expect('basic.deliver')).toMatchObject({ redelivered: true });
  });

  it('concerns this channel alone', async () => {
    const peer = await broker.peer();
    const ch = await peer.channel();
    const other = await peer.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['m1']);
    await hold(ch, queue, 1);
    await other.call('basic.recover', { requeue: true });
    expect(await other.get(queue)).toBeUndefined();
  });

  it('frees the prefetch window', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(2));
    await ch.call('basic.qos', { prefetchCount: 1 });
    await consume(ch, queue, 'a');
    await bodies(ch, 1);
    await ch.call('basic.recover', { requeue: true });
    expect(await bodies(ch, 1)).toEqual(['m1']);
    await ch.expectSilence(50);
  });
});

describe('basic.recover without requeue', () => {
  it('closes the connection with 540', async () => {
    const ch = await broker.channel();
    const text = 'NOT_IMPLEMENTED - requeue=false';
    await ch.failsConnection('basic.recover', { requeue: false }, 540, text);
  });
});
