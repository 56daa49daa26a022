import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, eventually, fill, hold, numbered } from './kit/messages.ts';

const broker = await target();

/** A channel that holds `held` of `count` messages unacknowledged, tags 1 to `held`. */
async function holding(count: number, held = count) {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'));
  fill(ch, queue, numbered(count));
  await hold(ch, queue, held);
  return { ch, queue };
}

/** What is in the queue once the channel has gone. */
async function left(ch: Awaited<ReturnType<typeof broker.channel>>, queue: string) {
  await ch.close();
  const later = await broker.channel();
  return later.drain(queue);
}

describe('basic.ack', () => {
  it('settles the one delivery', async () => {
    const { ch, queue } = await holding(3);
    ch.send('basic.ack', { deliveryTag: 2 });
    expect(await left(ch, queue)).toEqual(['m1', 'm3']);
  });

  it('settles everything up to the tag with multiple', async () => {
    const { ch, queue } = await holding(4);
    ch.send('basic.ack', { deliveryTag: 3, multiple: true });
    expect(await left(ch, queue)).toEqual(['m4']);
  });

  it('settles what is left below the tag when some was settled before', async () => {
    const { ch, queue } = await holding(4);
    ch.send('basic.ack', { deliveryTag: 2 });
    ch.send('basic.ack', { deliveryTag: 3, multiple: true });
    expect(await left(ch, queue)).toEqual(['m4']);
  });

  it('settles everything outstanding with tag 0 and multiple', async () => {
    const { ch, queue } = await holding(4);
    ch.send('basic.ack', { deliveryTag: 0, multiple: true });
    expect(await left(ch, queue)).toEqual([]);
  });

  it('takes tag 0 with multiple when nothing is outstanding', async () => {
    const ch = await broker.channel();
    ch.send('basic.ack', { deliveryTag: 0, multiple: true });
    await ch.expectSilence(50);
  });

  it('settles deliveries of several queues and of basic.get together', async () => {
    const { ch, queue } = await holding(1);
    const other = await ch.queue(broker.name('q'));
    fill(ch, other, ['other']);
    await consume(ch, other, 'a');
    await bodies(ch, 1);
    ch.send('basic.ack', { deliveryTag: 2, multiple: true });
    await ch.close();
    const later = await broker.channel();
    expect(await later.drain(queue)).toEqual([]);
    expect(await later.drain(other)).toEqual([]);
  });

  it('takes the tags in any order', async () => {
    const { ch, queue } = await holding(3);
    for (const deliveryTag of [3, 1, 2]) ch.send('basic.ack', { deliveryTag });
    expect(await left(ch, queue)).toEqual([]);
  });

  it.each([
    ['a tag that was never used', { deliveryTag: 5 }],
    ['a tag that was never used, with multiple', { deliveryTag: 5, multiple: true }],
    ['tag 0 without multiple', { deliveryTag: 0 }],
  ])('closes the channel with 406 for %s', async (_, args) => {
    const { ch, queue } = await holding(2);
    const text = `PRECONDITION_FAILED - unknown delivery tag ${args.deliveryTag}`;
    await ch.fails('basic.ack', args, 406, text);
    const later = await broker.channel();
    const again = await eventually('the requeued message', () => later.get(queue));
    expect(again.redelivered).toBe(true);
  });

  it('closes the channel with 406 for a tag that is settled already', async () => {
    const { ch } = await holding(2);
    ch.send('basic.ack', { deliveryTag: 1 });
    const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
    await ch.fails('basic.ack', { deliveryTag: 1 }, 406, text);
  });

  it('closes the channel with 406 for multiple up to a tag that is settled already', async () => {
    const { ch } = await holding(3);
    ch.send('basic.ack', { deliveryTag: 3, multiple: true });
    const text = 'PRECONDITION_FAILED - unknown delivery tag 2';
    await ch.fails('basic.ack', { deliveryTag: 2, multiple: true }, 406, text);
  });

  it('closes the channel with 406 for a tag of another channel', async () => {
    const { ch } = await holding(1);
    const other = await ch.peer.channel();
    const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
    await other.fails('basic.ack', { deliveryTag: 1 }, 406, text);
    ch.send('basic.ack', { deliveryTag: 1 });
    await ch.expectSilence(50);
  });

  it('names a tag of 64 bits in full', async () => {
    const ch = await broker.channel();
    const deliveryTag = 18446744073709551615n;
    const text = 'PRECONDITION_FAILED - unknown delivery tag 18446744073709551615';
    await ch.fails('basic.ack', { deliveryTag }, 406, text);
  });

  it('is answered by nothing', async () => {
    const { ch } = await holding(1);
    ch.send('basic.ack', { deliveryTag: 1 });
    await ch.expectSilence(50);
  });
});

describe('unacknowledged messages', () => {
  it('are requeued in their order when the channel closes', async () => {
    const { ch, queue } = await holding(5, 4);
    ch.send('basic.ack', { deliveryTag: 2 });
    expect(await left(ch, queue)).toEqual(['m1', 'm3', 'm4', 'm5']);
  });

  it('are requeued when the connection closes', async () => {
    const { ch, queue } = await holding(3, 2);
    await ch.peer.close();
    const later = await broker.channel();
    await eventually('three ready', async () => (await later.counts(queue)).messageCount === 3);
    const all = await hold(later, queue, 3);
    expect(all.map(({ content }) => content.text)).toEqual(['m1', 'm2', 'm3']);
    expect(all.map(({ redelivered }) => redelivered)).toEqual([true, true, false]);
  });

  it('are requeued when the connection is cut off', async () => {
    const { ch, queue } = await holding(2);
    ch.peer.destroy();
    const later = await broker.channel();
    await eventually('two ready', async () => (await later.counts(queue)).messageCount === 2);
    expect(await later.get(queue)).toMatchObject({ redelivered: true, messageCount: 1 });
  });

  it('are requeued when an error closes the channel', async () => {
    const { ch, queue } = await holding(2);
    await ch.fails('basic.get', { queue: broker.name('q') }, 404);
    const later = await broker.channel();
    await eventually('two ready', async () => (await later.counts(queue)).messageCount === 2);
    expect(await later.drain(queue)).toEqual(['m1', 'm2']);
  });

  it('of two channels keep the order of the queue when both close', async () => {
    const peer = await broker.peer();
    const a = await peer.channel();
    const b = await peer.channel();
    const queue = await a.queue(broker.name('q'));
    fill(a, queue, numbered(6));
    for (let at = 0; at < 3; at += 1) {
      await hold(a, queue, 1);
      await hold(b, queue, 1);
    }
    await b.close();
    await a.close();
    const later = await broker.channel();
    await eventually('six ready', async () => (await later.counts(queue)).messageCount === 6);
    expect(await later.drain(queue)).toEqual(numbered(6));
  });

  it('go at once to a consumer that waits, flagged as redelivered', async () => {
    const { ch, queue } = await holding(2);
    const other = await broker.channel();
    await consume(other, queue, 'a');
    await ch.close();
    const first = await other.expect('basic.deliver');
    expect(first).toMatchObject({ redelivered: true, deliveryTag: 1 });
    expect(first.content.text).toBe('m1');
    expect(await bodies(other, 1)).toEqual(['m2']);
  });

  it('are gone with an exclusive queue when its connection closes', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { exclusive: true });
    fill(owner, queue, ['m1']);
    await hold(owner, queue, 1);
    await owner.peer.close();
    const later = await broker.channel();
    const text = `NOT_FOUND - no queue '${queue}' in vhost '/'`;
    await later.fails('queue.declare', { queue, passive: true }, 404, text);
  });
});
