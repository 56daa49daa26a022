import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { bodies, consume, fill, hold, pause, ready } from './kit/messages.ts';
import type { PeerChannel } from './kit/peer-channel.ts';

const broker = await target();

async function priorityQueue(args = {}) {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'), { arguments: { 'x-max-priority': 5, ...args } });
  return { ch, queue };
}

/** Publishes one message for each priority, its body the priority and its place. */
function fillByPriority(
  ch: PeerChannel,
  queue: string,
  priorities: readonly (number | undefined)[],
) {
  for (const [at, priority] of priorities.entries()) {
    fill(ch, queue, [`${priority ?? 'none'}.${at}`], priority === undefined ? {} : { priority });
  }
}

describe('the priority property in a queue with x-max-priority', () => {
  it('delivers the higher priority first, in order within one priority', async () => {
    const { ch, queue } = await priorityQueue();
    fillByPriority(ch, queue, [1, 5, 3, 1, 5, 2]);
    await ready(ch, queue, 6);
    expect(await ch.drain(queue)).toEqual(['5.1', '5.4', '3.2', '2.5', '1.0', '1.3']);
  });

  it('is capped at the maximum, and stays as it was in the message', async () => {
    const { ch, queue } = await priorityQueue();
    fillByPriority(ch, queue, [5, 9, 255, 5]);
    await ready(ch, queue, 4);
    const all = await hold(ch, queue, 4);
    expect(all.map(({ content }) => content.text)).toEqual(['5.0', '9.1', '255.2', '5.3']);
    expect(all.map(({ content }) => content.properties.priority)).toEqual([5, 9, 255, 5]);
  });

  it('is zero when absent', async () => {
    const { ch, queue } = await priorityQueue();
    fillByPriority(ch, queue, [undefined, 0, 1, undefined]);
    await ready(ch, queue, 4);
    expect(await ch.drain(queue)).toEqual(['1.2', 'none.0', '0.1', 'none.3']);
  });

  it('decides what a consumer gets next', async () => {
    const { ch, queue } = await priorityQueue();
    await ch.call('basic.qos', { prefetchCount: 1 });
    await consume(ch, queue, 'a');
    fillByPriority(ch, queue, [0]);
    expect(await bodies(ch, 1)).toEqual(['0.0']);
    fillByPriority(ch, queue, [1, 4]);
    await ready(ch, queue, 2);
    ch.send('basic.ack', { deliveryTag: 1 });
    expect(await bodies(ch, 1)).toEqual(['4.1']);
    ch.send('basic.ack', { deliveryTag: 2 });
    expect(await bodies(ch, 1)).toEqual(['1.0']);
  });

  it('keeps a requeued message in its place within its priority', async () => {
    const { ch, queue } = await priorityQueue();
    fillByPriority(ch, queue, [1, 3, 1]);
    await ready(ch, queue, 3);
    await hold(ch, queue, 2);
    ch.send('basic.reject', { deliveryTag: 2, requeue: true });
    ch.send('basic.reject', { deliveryTag: 1, requeue: true });
    await ready(ch, queue, 3);
    expect(await ch.drain(queue)).toEqual(['3.1', '1.0', '1.2']);
  });

  it('makes the head, of the highest priority, go first when the queue is too long', async () => {
    const { ch, queue } = await priorityQueue({ 'x-max-length': 2 });
    fillByPriority(ch, queue, [5, 0, 1, 3]);
    expect(await ch.drain(queue)).toEqual(['1.2', '0.1']);
  });

  it('lets a message expire behind others of a higher priority', async () => {
    const { ch, queue } = await priorityQueue();
    fill(ch, queue, ['high'], { priority: 5 });
    fill(ch, queue, ['gone'], { priority: 1, expiration: '20' });
    fill(ch, queue, ['low'], { priority: 1 });
    await pause(60);
    expect(await ch.drain(queue)).toEqual(['high', 'low']);
  });

  it('means nothing in a queue without x-max-priority', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    fillByPriority(ch, queue, [1, 5, 3]);
    expect(await ch.drain(queue)).toEqual(['1.0', '5.1', '3.2']);
  });
});
