import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { onDefaultExchange } from './kit/texts.ts';

const broker = await target();

async function pair() {
  const ch = await broker.channel();
  const source = broker.name('x');
  const destination = broker.name('x');
  await ch.call('exchange.declare', { exchange: source, type: 'direct' });
  await ch.call('exchange.declare', { exchange: destination, type: 'fanout' });
  const queue = await ch.queue(broker.name('q'));
  await ch.call('queue.bind', { queue, exchange: destination });
  return { ch, source, destination, queue };
}

describe('exchange.unbind', () => {
  it('stops routing over that binding and no other', async () => {
    const { ch, source, destination, queue } = await pair();
    for (const routingKey of ['a', 'b']) {
      await ch.call('exchange.bind', { source, destination, routingKey });
    }
    expect(await ch.call('exchange.unbind', { source, destination, routingKey: 'a' })).toEqual({});
    for (const routingKey of ['a', 'b']) ch.publish({ exchange: source, routingKey }, routingKey);
    expect(await ch.drain(queue)).toEqual(['b']);
  });

  it('answers unbind-ok when there is no such binding', async () => {
    const { ch, source, destination } = await pair();
    expect(await ch.call('exchange.unbind', { source, destination })).toEqual({});
  });

  it('answers unbind-ok when either exchange, or both, do not exist', async () => {
    const { ch, source, destination } = await pair();
    const none = broker.name('none');
    for (const args of [
      { source: none, destination },
      { source, destination: none },
      { source: none, destination: none },
    ]) {
      expect(await ch.call('exchange.unbind', args)).toEqual({});
    }
  });

  it.each([
    ['source', { destination: 'amq.fanout' }],
    ['destination', { source: 'amq.fanout' }],
  ])('closes the channel with 403 when the %s is the default exchange', async (_, args) => {
    const ch = await broker.channel();
    await ch.fails('exchange.unbind', args, 403, onDefaultExchange);
  });
});
