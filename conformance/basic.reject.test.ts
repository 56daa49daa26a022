import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import {
  bodies,
  consume,
  deliveries,
  eventually,
  fill,
  got,
  hold,
  numbered,
  tagged,
} from './kit/messages.ts';

const broker = await target();

async function holding(count: number, held = count) {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'));
  fill(ch, queue, numbered(count));
  await hold(ch, queue, held);
  return { ch, queue };
}

describe('basic.reject', () => {
  it('drops the message without requeue', async () => {
    const { ch, queue } = await holding(2);
    ch.send('basic.reject', { deliveryTag: 1 });
    await ch.close();
    const later = await broker.channel();
    expect(await later.drain(queue)).toEqual(['m2']);
  });

  it('puts the message back into its place with requeue, flagged as redelivered', async () => {
    const { ch, queue } = await holding(4, 2);
    ch.send('basic.reject', { deliveryTag: 2, requeue: true });
    const again = await got(ch, queue);
    expect(again).toMatchObject({ deliveryTag: 3, redelivered: true, messageCount: 2 });
    expect(again.content.text).toBe('m2');
    expect(await ch.drain(queue)).toEqual(['m3', 'm4']);
  });

  it('keeps the order of the queue in whatever order messages come back', async () => {
    const { ch, queue } = await holding(5, 4);
    for (const deliveryTag of [3, 1, 4, 2]) {
      ch.send('basic.reject', { deliveryTag, requeue: true });
    }
    await eventually('five ready', async () => (await ch.counts(queue)).messageCount === 5);
    expect(await ch.drain(queue)).toEqual(numbered(5));
  });

  it('puts a message back in front of later ones although others are still out', async () => {
    const { ch, queue } = await holding(6, 4);
    ch.send('basic.reject', { deliveryTag: 3, requeue: true });
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    await eventually('four ready', async () => (await ch.counts(queue)).messageCount === 4);
    expect(await ch.drain(queue)).toEqual(['m1', 'm3', 'm5', 'm6']);
  });

  it('gives the message to another consumer whose turn it is', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await consume(ch, queue, 'a');
    await consume(ch, queue, 'b');
    fill(ch, queue, ['m1']);
    expect(await tagged(ch, 1)).toEqual(['a:m1']);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    const [again] = await deliveries(ch, 1);
    expect(again).toMatchObject({ consumerTag: 'b', redelivered: true, deliveryTag: 2 });
  });

  it('flags a message as redelivered every time after the first', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await consume(ch, queue, 'a');
    fill(ch, queue, ['m1']);
    const flags: boolean[] = [];
    for (let deliveryTag = 1; deliveryTag <= 4; deliveryTag += 1) {
      flags.push((await ch.expect('basic.deliver')).redelivered);
      ch.send('basic.reject', { deliveryTag, requeue: true });
    }
    expect(flags).toEqual([false, true, true, true]);
  });

  it('delivers a requeued message before new ones', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.call('basic.qos', { prefetchCount: 1 });
    await consume(ch, queue, 'a');
    fill(ch, queue, numbered(3));
    await bodies(ch, 1);
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    expect(await bodies(ch, 1)).toEqual(['m1']);
    ch.send('basic.ack', { deliveryTag: 2 });
    expect(await bodies(ch, 1)).toEqual(['m2']);
  });

  it.each([0, 9])('closes the channel with 406 for tag %i', async (deliveryTag) => {
    const { ch } = await holding(1);
    const text = `PRECONDITION_FAILED - unknown delivery tag ${deliveryTag}`;
    await ch.fails('basic.reject', { deliveryTag, requeue: true }, 406, text);
  });

  it('closes the channel with 406 for a tag that is settled already', async () => {
    const { ch } = await holding(1);
    ch.send('basic.reject', { deliveryTag: 1 });
    const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
    await ch.fails('basic.reject', { deliveryTag: 1 }, 406, text);
  });
});
