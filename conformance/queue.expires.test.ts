import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { eventually, pause, realTime } from './kit/messages.ts';
import type { Peer } from './kit/peer.ts';

const broker = await target();

async function exists(peer: Peer, queue: string): Promise<boolean> {
  const ch = await peer.channel();
  // A passive declaration counts as use; binding does not, and needs the queue as well.
  ch.send('queue.bind', { queue, exchange: 'amq.fanout' });
  const { name } = await ch.any();
  return name === 'queue.bind-ok';
}

const gone = (peer: Peer, queue: string) =>
  eventually('the queue to expire', async () => !(await exists(peer, queue)));

const expires = (ms: number) => ({ arguments: { 'x-expires': ms } });

describe('x-expires', realTime, () => {
  it('deletes a queue that nobody has used for its time, with what it holds', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), expires(80));
    ch.publish({ routingKey: queue }, 'm');
    await gone(await broker.peer(), queue);
    expect(await ch.call('queue.declare', { queue })).toMatchObject({ messageCount: 0 });
  });

  it('does not delete it before', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), expires(2000));
    await pause(150);
    expect(await exists(await broker.peer(), queue)).toBe(true);
  });

  it('does not delete a queue that has a consumer, and counts from its cancelling', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), expires(100));
    await ch.call('basic.consume', { queue, consumerTag: 'a' });
    await pause(250);
    const peer = await broker.peer();
    expect(await exists(peer, queue)).toBe(true);
    await ch.call('basic.cancel', { consumerTag: 'a' });
    await gone(peer, queue);
  });

  it.each([
    ['a basic.get', 'basic.get'],
    ['a redeclaration', 'queue.declare'],
  ] as const)('starts anew with %s', async (_, method) => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), expires(400));
    await pause(250);
    if (method === 'basic.get') await ch.get(queue);
    else await ch.queue(queue, expires(400));
    await pause(250);
    const peer = await broker.peer();
    expect(await exists(peer, queue)).toBe(true);
    await gone(peer, queue);
  });

  it('does not start anew with a publish', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'), expires(250));
    const peer = await broker.peer();
    const start = performance.now();
    await eventually('the queue to expire', async () => {
      ch.publish({ routingKey: queue }, 'm');
      return !(await exists(peer, queue));
    });
    expect(performance.now() - start).toBeGreaterThan(200);
  });
});
