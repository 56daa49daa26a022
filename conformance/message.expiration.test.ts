import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, fill, got, hold, pause, ready, realTime } from './kit/messages.ts';

const broker = await target();

async function channelWithQueue(args = {}) {
  const ch = await broker.channel();
  return { ch, queue: await ch.queue(broker.name('q'), { arguments: args }) };
}

describe('the expiration property', realTime, () => {
  it.each([
    ['abc', 'no_integer'],
    ['', 'no_integer'],
    ['-', 'no_integer'],
    [' 5', 'no_integer'],
    ['5 ', '{leftover_string," "}'],
    ['1.5', '{leftover_string,".5"}'],
    ['10s', '{leftover_string,"s"}'],
    ['-1', '{value_negative,-1}'],
    ['315360000001', '{value_too_large,315360000001}'],
  ])('closes the channel with 406 when it is %j', async (expiration, reason) => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['lost'], { expiration });
    const text = `PRECONDITION_FAILED - invalid expiration '${expiration}': ${reason}`;
    await ch.expectClose(406, text, 'basic.publish');
  });

  it('is checked though no queue gets the message', async () => {
    const ch = await broker.channel();
    fill(ch, broker.name('q'), ['lost'], { expiration: 'soon' });
    const text = "PRECONDITION_FAILED - invalid expiration 'soon': no_integer";
    await ch.expectClose(406, text, 'basic.publish');
  });

  it.each(['60000', '+60000', '0060000', '4294967296', '315360000000'])(
    'may be %s, and arrives as it was sent',
    async (expiration) => {
      const { ch, queue } = await channelWithQueue();
      fill(ch, queue, ['m1'], { expiration });
      expect((await got(ch, queue)).content.properties).toEqual({ expiration });
    },
  );

  it('removes the message from the queue when its time is over', async () => {
    const { ch, queue } = await channelWithQueue();
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'm1', { expiration: '30' });
    await ready(ch, queue, 0);
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('does not remove it before', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1'], { expiration: '5000' });
    await pause(50);
    expect((await ch.get(queue))?.content.text).toBe('m1');
  });

  it('takes effect at the head of the queue only', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['first']);
    fill(ch, queue, ['second'], { expiration: '20' });
    await ready(ch, queue, 2);
    await pause(60);
    expect(await ch.counts(queue)).toMatchObject({ messageCount: 2 });
    expect((await ch.get(queue))?.content.text).toBe('first');
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('of several at the head takes effect for all of them', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1', 'm2', 'm3'], { expiration: '30' });
    await ch.confirmSelect();
    expect(await ch.publishConfirmed({ routingKey: queue }, 'last')).toBe('ack');
    await ready(ch, queue, 1);
    expect(await ch.drain(queue)).toEqual(['last']);
  });

  it('does not concern a message that is delivered and unacknowledged', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1'], { expiration: '200' });
    await hold(ch, queue, 1);
    await pause(230);
    ch.send('basic.ack', { deliveryTag: 1 });
    await ch.expectSilence(50);
  });

  it('counts from publishing on: a message requeued too late is gone', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['late'], { expiration: '200' });
    fill(ch, queue, ['kept']);
    await hold(ch, queue, 1);
    await pause(230);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    expect((await got(ch, queue)).content.text).toBe('kept');
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('holds again for a message that is requeued in time', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1'], { expiration: '300' });
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    await hold(ch, queue, 1);
    ch.send('basic.reject', { deliveryTag: 2, requeue: true });
    await pause(330);
    expect(await ch.get(queue)).toBeUndefined();
  });
});

describe('an expiration of zero', realTime, () => {
  it('delivers to a consumer that is ready', async () => {
    const { ch, queue } = await channelWithQueue();
    await consume(ch, queue, 'a');
    fill(ch, queue, ['m1'], { expiration: '0' });
    const delivery = await ch.expect('basic.deliver');
    expect(delivery.content.properties).toEqual({ expiration: '0' });
  });

  it('drops the message when nobody is ready', async () => {
    const { ch, queue } = await channelWithQueue();
    fill(ch, queue, ['m1'], { expiration: '0' });
    expect(await ch.get(queue)).toBeUndefined();
    await consume(ch, queue, 'a');
    await ch.expectSilence(50);
  });

  it('drops the message when the consumer is at its limit', async () => {
    const { ch, queue } = await channelWithQueue();
    await ch.call('basic.qos', { prefetchCount: 1 });
    await consume(ch, queue, 'a');
    fill(ch, queue, ['m1', 'm2'], { expiration: '0' });
    expect(await bodies(ch, 1)).toEqual(['m1']);
    await pause(30);
    ch.send('basic.ack', { deliveryTag: 1 });
    await ch.expectSilence(50);
  });
});

describe('expiration together with x-message-ttl', realTime, () => {
  it('expires by the time of the queue when that is shorter', async () => {
    const { ch, queue } = await channelWithQueue({ 'x-message-ttl': 30 });
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'm1', { expiration: '60000' });
    await ready(ch, queue, 0);
  });

  it('expires by the time of the message when that is shorter', async () => {
    const { ch, queue } = await channelWithQueue({ 'x-message-ttl': 60_000 });
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'm1', { expiration: '30' });
    await ready(ch, queue, 0);
  });

  it('expires a message without expiration by the time of the queue', async () => {
    const { ch, queue } = await channelWithQueue({ 'x-message-ttl': 30 });
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'm1');
    await ready(ch, queue, 0);
  });

  it('delivers to a ready consumer with a queue time of zero', async () => {
    const { ch, queue } = await channelWithQueue({ 'x-message-ttl': 0 });
    await consume(ch, queue, 'a');
    fill(ch, queue, ['m1']);
    expect(await bodies(ch, 1)).toEqual(['m1']);
    await ch.call('basic.cancel', { consumerTag: 'a' });
    fill(ch, queue, ['m2']);
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('expires in a quorum queue as well', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      durable: true,
      arguments: { 'x-queue-type': 'quorum' },
    });
    await ch.confirmSelect();
    await ch.publishConfirmed({ routingKey: queue }, 'm1', { expiration: '30' });
    await pause(60);
    expect(await ch.get(queue)).toBeUndefined();
  });
});
