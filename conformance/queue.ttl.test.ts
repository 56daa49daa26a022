import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { fill, got, pause, ready, realTime } from './kit/messages.ts';

const broker = await target();

describe('x-message-ttl', realTime, () => {
  it('drops a message that has waited for its time', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { arguments: { 'x-message-ttl': 60 } });
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'm');
    expect(await ch.counts(queue)).toEqual({ messageCount: 1, consumerCount: 0 });
    await ready(ch, queue, 0);
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('does not drop it before', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { arguments: { 'x-message-ttl': 2000 } });
    fill(ch, queue, ['m']);
    await pause(150);
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('counts from the arrival of each message', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { arguments: { 'x-message-ttl': 400 } });
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'early');
    await pause(250);
    await ch.publishConfirmed({ routingKey: queue }, 'late');
    await ready(ch, queue, 1);
    expect(await ch.drain(queue)).toEqual(['late']);
  });

  it('does not touch a message that a consumer holds', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { arguments: { 'x-message-ttl': 50 } });
    await ch.call('basic.consume', { queue });
    fill(ch, queue, ['m']);
    const { deliveryTag } = await ch.expect('basic.deliver');
    await pause(120);
    ch.send('basic.ack', { deliveryTag });
    expect(await ch.call('channel.flow', { active: true })).toEqual({ active: true });
  });

  it('drops a message that comes back after its time', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { arguments: { 'x-message-ttl': 50 } });
    fill(ch, queue, ['m']);
    const held = await ch.get(queue, { noAck: false });
    await pause(120);
    ch.send('basic.reject', { deliveryTag: held?.deliveryTag ?? 0, requeue: true });
    await ready(ch, queue, 0);
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('of 0 gives a message to a consumer that waits, and drops it otherwise', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), { arguments: { 'x-message-ttl': 0 } });
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'lost');
    await ready(ch, queue, 0);
    await ch.call('basic.consume', { queue, noAck: true });
    fill(ch, queue, ['taken']);
    expect((await ch.await('basic.deliver')).content.text).toBe('taken');
    await ch.await('basic.ack');
    await ch.expectSilence(50);
  });

  it('gives way to a shorter expiration of the message, not to a longer one', async () => {
    const ch = await broker.channel();
    const slow = await ch.queue(broker.name('q'), { arguments: { 'x-message-ttl': 60000 } });
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: slow }, 'm', { expiration: '50' });
    const fast = await ch.queue(broker.name('q'), { arguments: { 'x-message-ttl': 50 } });
    await ch.publishConfirmed({ routingKey: fast }, 'm', { expiration: '60000' });
    await ready(ch, slow, 0);
    await ready(ch, fast, 0);
  });

  it('sends what it drops to the dead-letter exchange', async () => {
    const ch = await broker.channel();
    const dead = await ch.queue(broker.name('dead'));
    const queue = await ch.queue(broker.name('q'), {
      arguments: {
        'x-message-ttl': 50,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': dead,
      },
    });
    fill(ch, queue, ['m1', 'm2']);
    expect((await got(ch, dead)).content.text).toBe('m1');
    const second = await got(ch, dead);
    expect(second.content.text).toBe('m2');
    expect(second.content.properties.headers).toMatchObject({ 'x-first-death-reason': 'expired' });
  });
});
