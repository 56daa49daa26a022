import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { noPreviousQueue, onDefaultExchange } from './kit/texts.ts';

const broker = await target();

describe('queue.unbind', () => {
  it('stops routing over that binding and no other', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const [a, b] = [`${queue}.a`, `${queue}.b`];
    for (const routingKey of [a, b]) {
      await ch.call('queue.bind', { queue, exchange: 'amq.direct', routingKey });
    }
    const unbound = { queue, exchange: 'amq.direct', routingKey: a };
    expect(await ch.call('queue.unbind', unbound)).toEqual({});
    for (const routingKey of [a, b]) ch.publish({ exchange: 'amq.direct', routingKey }, routingKey);
    expect(await ch.drain(queue)).toEqual([b]);
  });

  it('removes only the binding with equal arguments', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const binding = { queue, exchange: 'amq.direct', routingKey: queue };
    await ch.call('queue.bind', { ...binding, arguments: { a: 'x' } });
    await ch.call('queue.unbind', binding);
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('leaves what waits in the queue alone', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const binding = { queue, exchange: 'amq.direct', routingKey: queue };
    await ch.call('queue.bind', binding);
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, 'm');
    await ch.call('queue.unbind', binding);
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('answers unbind-ok when there is no such binding', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    expect(await ch.call('queue.unbind', { queue, exchange: 'amq.direct' })).toEqual({});
  });

  it('answers unbind-ok when the queue, the exchange or both do not exist', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const none = broker.name('none');
    for (const args of [
      { queue: none, exchange: 'amq.direct' },
      { queue, exchange: none },
      { queue: none, exchange: none },
    ]) {
      expect(await ch.call('queue.unbind', args)).toEqual({});
    }
  });

  it('takes the last declared queue, and its name as routing key, when both are empty', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange: 'amq.direct', routingKey: queue });
    await ch.call('queue.unbind', { exchange: 'amq.direct' });
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, 'm');
    expect(await ch.drain(queue)).toEqual([]);
  });

  it('closes the channel with 404 for the empty name when no queue was declared on the channel', async () => {
    const ch = await broker.channel();
    await ch.fails('queue.unbind', { exchange: 'amq.direct' }, 404, noPreviousQueue);
  });

  it('closes the channel with 403 for the default exchange', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.fails('queue.unbind', { queue, routingKey: queue }, 403, onDefaultExchange);
  });
});
