import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, fill } from './kit/messages.ts';
import type { PeerChannel } from './kit/peer-channel.ts';

const broker = await target();

const priorityQueue = (ch: PeerChannel, max: number, args = {}) =>
  ch.queue(broker.name('q'), { arguments: { 'x-max-priority': max, ...args } });

function publish(ch: PeerChannel, queue: string, priorities: readonly (number | undefined)[]) {
  for (const [at, priority] of priorities.entries()) {
    const properties = priority === undefined ? {} : { priority };
    fill(ch, queue, [`${at}:${priority ?? 'none'}`], properties);
  }
}

describe('x-max-priority', () => {
  it('delivers by priority, and in order of arrival within one', async () => {
    const ch = await broker.channel();
    const queue = await priorityQueue(ch, 9);
    publish(ch, queue, [1, 5, 9, 1, 5, 0]);
    expect(await ch.drain(queue)).toEqual(['2:9', '1:5', '4:5', '0:1', '3:1', '5:0']);
  });

  it('takes an absent priority for 0 and one too high for the maximum', async () => {
    const ch = await broker.channel();
    const queue = await priorityQueue(ch, 5);
    publish(ch, queue, [undefined, 0, 200, 5, 1]);
    expect(await ch.drain(queue)).toEqual(['2:200', '3:5', '4:1', '0:none', '1:0']);
  });

  it('delivers the priority property as it was published', async () => {
    const ch = await broker.channel();
    const queue = await priorityQueue(ch, 5);
    publish(ch, queue, [200]);
    expect((await ch.get(queue))?.content.properties).toEqual({ priority: 200 });
  });

  it('of 0 makes no difference between messages', async () => {
    const ch = await broker.channel();
    const queue = await priorityQueue(ch, 0);
    publish(ch, queue, [1, 5, 3]);
    expect(await ch.drain(queue)).toEqual(['0:1', '1:5', '2:3']);
  });

  it('lets a message overtake what waits, not what was delivered', async () => {
    const ch = await broker.channel();
    const queue = await priorityQueue(ch, 9);
    publish(ch, queue, [1, 1, 1]);
    await ch.call('basic.qos', { prefetchCount: 1 });
    await ch.call('basic.consume', { queue });
    expect(await bodies(ch, 1)).toEqual(['0:1']);
    fill(ch, queue, ['urgent'], { priority: 9 });
    expect(await ch.call('channel.flow', { active: true })).toEqual({ active: true });
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await bodies(ch, 1)).toEqual(['urgent']);
  });

  it('puts a requeued message back to its place in its priority', async () => {
    const ch = await broker.channel();
    const queue = await priorityQueue(ch, 9);
    publish(ch, queue, [5, 5, 1]);
    const held = await ch.get(queue, { noAck: false });
    fill(ch, queue, ['higher'], { priority: 7 });
    ch.send('basic.reject', { deliveryTag: held?.deliveryTag ?? 0, requeue: true });
    expect(await ch.drain(queue)).toEqual(['higher', '0:5', '1:5', '2:1']);
  });

  it('takes no notice of priorities on a queue without it', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    publish(ch, queue, [1, 9]);
    expect(await ch.drain(queue)).toEqual(['0:1', '1:9']);
  });

  it('counts and purges over all priorities', async () => {
    const ch = await broker.channel();
    const queue = await priorityQueue(ch, 3);
    publish(ch, queue, [0, 1, 2, 3]);
    expect((await ch.get(queue))?.messageCount).toBe(3);
    expect(await ch.call('queue.purge', { queue })).toEqual({ messageCount: 3 });
  });
});
