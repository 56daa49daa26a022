import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, deliveries, fill, hold, numbered, ready } from './kit/messages.ts';

const broker = await target();

async function holding(count: number, held = count) {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'));
  fill(ch, queue, numbered(count));
  await hold(ch, queue, held);
  return { ch, queue };
}

describe('basic.nack', () => {
  it('drops the one message without requeue', async () => {
    const { ch, queue } = await holding(3);
    ch.send('basic.nack', { deliveryTag: 2 });
    await ch.close();
    const later = await broker.channel();
    expect(await later.drain(queue)).toEqual(['m1', 'm3']);
  });

  it('puts the one message back into its place with requeue', async () => {
    const { ch, queue } = await holding(4, 3);
    ch.send('basic.nack', { deliveryTag: 2, requeue: true });
    await ready(ch, queue, 2);
    expect(await ch.drain(queue)).toEqual(['m2', 'm4']);
  });

  it('drops everything up to the tag with multiple', async () => {
    const { ch, queue } = await holding(4);
    ch.send('basic.nack', { deliveryTag: 3, multiple: true });
    await ch.close();
    const later = await broker.channel();
    expect(await later.drain(queue)).toEqual(['m4']);
  });

  it('puts everything up to the tag back in order with multiple and requeue', async () => {
    const { ch, queue } = await holding(5, 4);
    ch.send('basic.nack', { deliveryTag: 3, multiple: true, requeue: true });
    await ready(ch, queue, 4);
    expect(await ch.drain(queue)).toEqual(['m1', 'm2', 'm3', 'm5']);
  });

  it('settles everything outstanding with tag 0 and multiple', async () => {
    const { ch, queue } = await holding(3);
    ch.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true });
    await ready(ch, queue, 3);
    expect(await ch.drain(queue)).toEqual(numbered(3));
  });

  it('takes tag 0 with multiple when nothing is outstanding', async () => {
    const ch = await broker.channel();
    ch.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true });
    await ch.expectSilence(50);
  });

  it('redelivers in order to a consumer, with new tags and the flag', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await consume(ch, queue, 'a');
    fill(ch, queue, numbered(3));
    await bodies(ch, 3);
    ch.send('basic.nack', { deliveryTag: 3, multiple: true, requeue: true });
    const again = await deliveries(ch, 3);
    expect(again.map(({ content }) => content.text)).toEqual(numbered(3));
    expect(again.map(({ deliveryTag }) => deliveryTag)).toEqual([4, 5, 6]);
    expect(again.every(({ redelivered }) => redelivered)).toBe(true);
  });

  it('requeues into each queue what came from it', async () => {
    const { ch, queue } = await holding(1);
    const other = await ch.queue(broker.name('q'));
    fill(ch, other, ['other']);
    await hold(ch, other, 1);
    ch.send('basic.nack', { deliveryTag: 2, multiple: true, requeue: true });
    await ready(ch, queue, 1);
    await ready(ch, other, 1);
    expect(await ch.drain(other)).toEqual(['other']);
  });

  it.each([
    { deliveryTag: 7 },
    { deliveryTag: 7, multiple: true },
    { deliveryTag: 0, requeue: true },
  ])('closes the channel with 406 for %o', async (args) => {
    const { ch } = await holding(1);
    const text = `PRECONDITION_FAILED - unknown delivery tag ${args.deliveryTag}`;
    await ch.fails('basic.nack', args, 406, text);
  });

  it('closes the channel with 406 for a tag that is settled already', async () => {
    const { ch } = await holding(2);
    ch.send('basic.nack', { deliveryTag: 2, multiple: true, requeue: true });
    const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
    await ch.fails('basic.nack', { deliveryTag: 1 }, 406, text);
  });
});
