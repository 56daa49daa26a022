import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { death, deaths } from './kit/deaths.ts';
import { bodies, consume, fill, got, hold, numbered, ready } from './kit/messages.ts';
import type { PeerChannel } from './kit/peer-channel.ts';

const broker = await target();

async function quorum(args = {}) {
  const ch = await broker.channel();
  const graveyard = await ch.queue(broker.name('dead'));
  const queue = await ch.queue(broker.name('q'), {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': graveyard,
      ...args,
    },
  });
  return { ch, queue, graveyard };
}

/** Takes the message, requeues it, and gives its x-delivery-count and redelivered flag. */
async function bounce(ch: PeerChannel, queue: string): Promise<[count: number, again: boolean]> {
  const { content, deliveryTag, redelivered } = await got(ch, queue, { noAck: false });
  ch.send('basic.reject', { deliveryTag, requeue: true });
  const count = content.typedHeaders?.get('x-delivery-count');
  if (count) expect(count.type).toBe('l');
  return [Number(count?.value ?? 0), redelivered];
}

describe('x-delivery-limit of a quorum queue', () => {
  it('dead-letters with reason delivery_limit what comes back once too often', async () => {
    const { ch, queue, graveyard } = await quorum({ 'x-delivery-limit': 2 });
    fill(ch, queue, ['m1'], { headers: { mine: 1 } });
    expect(await bounce(ch, queue)).toEqual([0, false]);
    expect(await bounce(ch, queue)).toEqual([1, true]);
    expect(await bounce(ch, queue)).toEqual([2, true]);
    const { content } = await got(ch, graveyard);
    expect(deaths(content)).toEqual([
      { queue, reason: 'delivery_limit', count: 1, exchange: '', 'routing-keys': [queue] },
    ]);
    expect(death(content, 'first')).toBe(`${queue} delivery_limit `);
    expect(content.properties.headers).toMatchObject({ mine: 1 });
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('of zero allows one delivery', async () => {
    const { ch, queue, graveyard } = await quorum({ 'x-delivery-limit': 0 });
    fill(ch, queue, ['m1']);
    await bounce(ch, queue);
    expect(deaths((await got(ch, graveyard)).content)[0]?.reason).toBe('delivery_limit');
  });

  it('counts deliveries lost with their channel or connection', async () => {
    const { ch, queue, graveyard } = await quorum({ 'x-delivery-limit': 1 });
    fill(ch, queue, ['m1']);
    const first = await broker.channel();
    await got(first, queue, { noAck: false });
    await first.close();
    const second = await broker.channel();
    const { content } = await got(second, queue, { noAck: false });
    expect(content.properties.headers).toMatchObject({ 'x-delivery-count': 1 });
    second.peer.destroy();
    expect(deaths((await got(ch, graveyard)).content)[0]?.reason).toBe('delivery_limit');
  });

  it('counts for each message by itself', async () => {
    const { ch, queue, graveyard } = await quorum({ 'x-delivery-limit': 1 });
    fill(ch, queue, ['m1', 'm2']);
    await hold(ch, queue, 2);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    await got(ch, queue, { noAck: false });
    ch.send('basic.reject', { deliveryTag: 3, requeue: true });
    expect((await got(ch, graveyard)).content.text).toBe('m1');
    ch.send('basic.reject', { deliveryTag: 2, requeue: true });
    expect((await got(ch, queue)).content.text).toBe('m2');
  });

  it('drops the message without a dead-letter exchange', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 1 },
    });
    fill(ch, queue, ['m1']);
    await bounce(ch, queue);
    await bounce(ch, queue);
    fill(ch, queue, ['m2']);
    expect((await got(ch, queue)).content.text).toBe('m2');
    expect(await ch.get(queue)).toBeUndefined();
  });

  it('puts a requeued message back into its place', async () => {
    const { ch, queue } = await quorum({ 'x-delivery-limit': 9 });
    fill(ch, queue, numbered(4));
    await hold(ch, queue, 3);
    ch.send('basic.reject', { deliveryTag: 2, requeue: true });
    await ready(ch, queue, 2);
    expect(await ch.drain(queue)).toEqual(['m2', 'm4']);
  });
});

describe('x-delivery-count of a quorum queue', () => {
  it('counts the returns of a message without a limit as well', async () => {
    const { ch, queue } = await quorum();
    fill(ch, queue, ['m1']);
    for (let count = 0; count < 4; count += 1) {
      expect(await bounce(ch, queue)).toEqual([count, count > 0]);
    }
  });

  it('comes with basic.deliver too', async () => {
    const { ch, queue } = await quorum();
    fill(ch, queue, ['m1']);
    await consume(ch, queue, 'a');
    await bodies(ch, 1);
    ch.send('basic.nack', { deliveryTag: 1, requeue: true });
    const again = await ch.expect('basic.deliver');
    expect(again.redelivered).toBe(true);
    expect(again.content.typedHeaders?.get('x-delivery-count')).toMatchObject({
      type: 'l',
      value: 1,
    });
  });

  it('is not there in a classic queue', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, ['m1']);
    await bounce(ch, queue);
    expect((await got(ch, queue)).content.properties).toEqual({});
  });

  it('does not go into a dead letter', async () => {
    const { ch, queue, graveyard } = await quorum();
    fill(ch, queue, ['m1']);
    await bounce(ch, queue);
    const { deliveryTag } = await got(ch, queue, { noAck: false });
    ch.send('basic.reject', { deliveryTag });
    const { content } = await got(ch, graveyard);
    expect(deaths(content)[0]?.reason).toBe('rejected');
    expect(content.properties.headers).not.toHaveProperty('x-delivery-count');
  });
});

describe('a quorum queue', () => {
  it('dead-letters what expires and what is too long as a classic one', async () => {
    const { ch, queue, graveyard } = await quorum({ 'x-max-length': 1 });
    fill(ch, queue, ['m1', 'm2']);
    const longest = await got(ch, graveyard);
    expect(longest.content.text).toBe('m1');
    expect(deaths(longest.content)[0]?.reason).toBe('maxlen');
  });

  it('dead-letters a message whose expiration is over', async () => {
    const { ch, queue, graveyard } = await quorum();
    fill(ch, queue, ['m1'], { expiration: '30' });
    const { content } = await got(ch, graveyard);
    expect(deaths(content)[0]).toMatchObject({ reason: 'expired', 'original-expiration': '30' });
    expect(content.properties.expiration).toBeUndefined();
  });
});
