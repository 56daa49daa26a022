import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';

const broker = await target();

describe('channel.open', () => {
  it('is answered by open-ok with an empty reserved field', async () => {
    const peer = await broker.peer();
    const ch = peer.rawChannel(1);
    expect(await ch.call('channel.open')).toEqual({ reserved1: '' });
  });

  it('may have any number up to channel-max, in any order', async () => {
    const peer = await broker.peer();
    for (const number of [2047, 1, 1000, 2]) await peer.channel(number);
  });

  it('twice closes the connection with 504', async () => {
    const ch = await broker.channel();
    const text = "CHANNEL_ERROR - second 'channel.open' seen";
    await ch.failsConnection('channel.open', {}, 504, text);
  });

  it('may be sent ahead of the answers, with what follows', async () => {
    const peer = await broker.peer();
    const queue = broker.name('q');
    const ch = peer.rawChannel(7);
    ch.send('channel.open');
    ch.send('queue.declare', { queue });
    ch.send('channel.close');
    await ch.expect('channel.open-ok');
    expect(await ch.expect('queue.declare-ok')).toMatchObject({ queue });
    await ch.expect('channel.close-ok');
  });

  it('is possible again after channel.close, with a clean state', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.confirmSelect();
    await ch.call('basic.consume', { queue, consumerTag: 'a' });
    await ch.close();
    await ch.call('channel.open');
    ch.publish({ routingKey: queue }, 'm');
    await ch.call('basic.consume', { queue, consumerTag: 'a' });
    const got = await ch.expect('basic.deliver');
    expect(got).toMatchObject({ consumerTag: 'a', deliveryTag: 1, content: { text: 'm' } });
    await ch.expectSilence(50);
    await ch.call('tx.select');
  });

  it('is possible again after an error, once close-ok was sent', async () => {
    const ch = await broker.channel();
    await ch.fails('queue.purge', { queue: broker.name('q') }, 404);
    await ch.call('channel.open');
    expect(await ch.call('channel.flow', { active: true })).toEqual({ active: true });
  });

  it('before close-ok was sent closes the connection with 504', async () => {
    const ch = await broker.channel();
    ch.send('queue.purge', { queue: broker.name('q') });
    await ch.expect('channel.close');
    const text = "CHANNEL_ERROR - second 'channel.open' seen";
    await ch.failsConnection('channel.open', {}, 504, text);
  });

  it('is not needed for channels of other connections', async () => {
    const one = await broker.channel();
    const two = await broker.channel();
    expect(one.number).toBe(two.number);
    await one.close();
    expect(await two.call('channel.flow', { active: true })).toEqual({ active: true });
  });
});
