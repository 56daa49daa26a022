import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import type { PeerChannel } from './kit/peer-channel.ts';
import { noExchange, onDefaultExchange } from './kit/texts.ts';

const broker = await target();

async function exchangeOn(ch: PeerChannel, type: string) {
  const exchange = broker.name('x');
  await ch.call('exchange.declare', { exchange, type });
  return exchange;
}

describe('exchange.bind', () => {
  it('routes what the source would route on to the destination, by the same key', async () => {
    const ch = await broker.channel();
    const source = await exchangeOn(ch, 'topic');
    const destination = await exchangeOn(ch, 'direct');
    const queue = await ch.queue(broker.name('q'));
    const bound = { source, destination, routingKey: 'a.*' };
    expect(await ch.call('exchange.bind', bound)).toEqual({});
    await ch.call('queue.bind', { queue, exchange: destination, routingKey: 'a.b' });
    for (const routingKey of ['a.b', 'a.c', 'b.b']) {
      ch.publish({ exchange: source, routingKey }, routingKey);
    }
    const got = await ch.get(queue);
    expect(got).toMatchObject({ exchange: source, routingKey: 'a.b' });
    expect(await ch.drain(queue)).toEqual([]);
  });

  it('delivers once to a queue that several ways lead to', async () => {
    const ch = await broker.channel();
    const source = await exchangeOn(ch, 'fanout');
    const queue = await ch.queue(broker.name('q'));
    for (const type of ['fanout', 'direct', 'topic']) {
      const destination = await exchangeOn(ch, type);
      await ch.call('exchange.bind', { source, destination });
      await ch.call('queue.bind', { queue, exchange: destination, routingKey: 'k' });
    }
    await ch.call('queue.bind', { queue, exchange: source });
    ch.publish({ exchange: source, routingKey: 'k' }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('survives cycles, and an exchange bound to itself', async () => {
    const ch = await broker.channel();
    const ring = [await exchangeOn(ch, 'fanout'), await exchangeOn(ch, 'fanout')] as const;
    const queue = await ch.queue(broker.name('q'));
    await ch.call('exchange.bind', { source: ring[0], destination: ring[1] });
    await ch.call('exchange.bind', { source: ring[1], destination: ring[0] });
    await ch.call('exchange.bind', { source: ring[0], destination: ring[0] });
    await ch.call('queue.bind', { queue, exchange: ring[1] });
    for (const exchange of ring) ch.publish({ exchange }, 'm');
    expect(await ch.drain(queue)).toEqual(['m', 'm']);
  });

  it('is idempotent', async () => {
    const ch = await broker.channel();
    const source = await exchangeOn(ch, 'direct');
    const destination = await exchangeOn(ch, 'fanout');
    const queue = await ch.queue(broker.name('q'));
    const binding = { source, destination, routingKey: 'k' };
    await ch.call('exchange.bind', binding);
    await ch.call('exchange.bind', binding);
    await ch.call('queue.bind', { queue, exchange: destination });
    ch.publish({ exchange: source, routingKey: 'k' }, 'm');
    await ch.call('exchange.unbind', binding);
    ch.publish({ exchange: source, routingKey: 'k' }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('goes by the arguments when the source is a headers exchange', async () => {
    const ch = await broker.channel();
    const source = await exchangeOn(ch, 'headers');
    const destination = await exchangeOn(ch, 'fanout');
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange: destination });
    await ch.call('exchange.bind', { source, destination, arguments: { a: 1 } });
    ch.publish({ exchange: source }, 'yes', { headers: { a: 1 } });
    ch.publish({ exchange: source }, 'no', { headers: { a: 2 } });
    expect(await ch.drain(queue)).toEqual(['yes']);
  });

  it('answers nothing with no-wait', async () => {
    const ch = await broker.channel();
    const source = await exchangeOn(ch, 'fanout');
    const destination = await exchangeOn(ch, 'fanout');
    ch.send('exchange.bind', { source, destination, noWait: true });
    ch.send('exchange.unbind', { source, destination, noWait: true });
    expect(await ch.call('exchange.delete', { exchange: source, ifUnused: true })).toEqual({});
    await ch.expectSilence(50);
  });

  it('closes the channel with 404 when the source does not exist', async () => {
    const ch = await broker.channel();
    const source = broker.name('x');
    const args = { source, destination: 'amq.fanout' };
    await ch.fails('exchange.bind', args, 404, noExchange(source));
  });

  it('closes the channel with 404 when the destination does not exist', async () => {
    const ch = await broker.channel();
    const destination = broker.name('x');
    const args = { source: 'amq.fanout', destination };
    await ch.fails('exchange.bind', args, 404, noExchange(destination));
  });

  it('names the source when neither exists', async () => {
    const ch = await broker.channel();
    const source = broker.name('source');
    const args = { source, destination: broker.name('destination') };
    await ch.fails('exchange.bind', args, 404, noExchange(source));
  });

  it.each([
    ['source', { destination: 'amq.fanout' }],
    ['destination', { source: 'amq.fanout' }],
  ])('closes the channel with 403 when the %s is the default exchange', async (_, args) => {
    const ch = await broker.channel();
    await ch.fails('exchange.bind', args, 403, onDefaultExchange);
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const source = (await ch.assertExchange(broker.name('x'), 'fanout')).exchange;
    const { queue } = await ch.assertQueue(broker.name('q'));
    const destination = (await ch.assertExchange(broker.name('x'), 'direct')).exchange;
    await ch.bindExchange(destination, source, '');
    await ch.bindQueue(queue, destination, 'k');
    ch.publish(source, 'k', Buffer.from('m'));
    expect(await ch.get(queue)).toMatchObject({ fields: { exchange: source } });
    await ch.unbindExchange(destination, source, '');
  });
});
