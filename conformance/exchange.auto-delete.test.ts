import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import type { PeerChannel } from './kit/peer-channel.ts';
import { noExchange } from './kit/texts.ts';

const broker = await target();

async function exchangeOn(ch: PeerChannel, autoDelete = true) {
  const exchange = broker.name('x');
  await ch.call('exchange.declare', { exchange, type: 'fanout', autoDelete });
  return exchange;
}

const gone = (ch: PeerChannel, exchange: string) =>
  ch.fails('exchange.declare', { exchange, passive: true }, 404, noExchange(exchange));

const there = async (ch: PeerChannel, exchange: string) =>
  expect(await ch.call('exchange.declare', { exchange, passive: true })).toEqual({});

describe('an auto-delete exchange', () => {
  it('is deleted with its last binding to a queue', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    const queue = await ch.queue(broker.name('q'));
    for (const routingKey of ['a', 'b'])
      await ch.call('queue.bind', { queue, exchange, routingKey });
    await ch.call('queue.unbind', { queue, exchange, routingKey: 'a' });
    await there(ch, exchange);
    await ch.call('queue.unbind', { queue, exchange, routingKey: 'b' });
    await gone(ch, exchange);
  });

  it('is deleted when the last bound queue is deleted', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange });
    await ch.call('queue.delete', { queue });
    await gone(ch, exchange);
  });

  it('is deleted with its last binding to an exchange', async () => {
    const ch = await broker.channel();
    const source = await exchangeOn(ch);
    const destination = await exchangeOn(ch, false);
    await ch.call('exchange.bind', { source, destination });
    await ch.call('exchange.unbind', { source, destination });
    await gone(ch, source);
  });

  it('is deleted when the last exchange that is bound to it is deleted', async () => {
    const ch = await broker.channel();
    const source = await exchangeOn(ch);
    const destination = await exchangeOn(ch, false);
    await ch.call('exchange.bind', { source, destination });
    await ch.call('exchange.delete', { exchange: destination });
    await gone(ch, source);
  });

  it('is deleted in a chain', async () => {
    const ch = await broker.channel();
    const first = await exchangeOn(ch);
    const second = await exchangeOn(ch);
    const queue = await ch.queue(broker.name('q'));
    await ch.call('exchange.bind', { source: first, destination: second });
    await ch.call('queue.bind', { queue, exchange: second });
    await ch.call('queue.delete', { queue });
    const other = await ch.peer.channel();
    await gone(ch, second);
    await gone(other, first);
  });

  it('stays as long as nothing was ever bound to it', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.unbind', { queue, exchange });
    ch.publish({ exchange }, 'm');
    await there(ch, exchange);
  });

  it('stays when it loses a binding in which it is the destination', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    const source = await exchangeOn(ch, false);
    await ch.call('exchange.bind', { source, destination: exchange });
    await ch.call('exchange.unbind', { source, destination: exchange });
    await there(ch, exchange);
  });

  it('goes when the connection of the exclusive queue bound to it ends', async () => {
    const owner = await broker.channel();
    const exchange = await exchangeOn(owner);
    const queue = await owner.queue('', { exclusive: true });
    await owner.call('queue.bind', { queue, exchange });
    await owner.peer.close();
    await gone(await broker.channel(), exchange);
  });
});
