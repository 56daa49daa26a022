import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import type { PeerChannel } from './kit/peer-channel.ts';
import { noExchange, onDefaultExchange } from './kit/texts.ts';

const broker = await target();

async function exchangeOn(ch: PeerChannel, type = 'fanout') {
  const exchange = broker.name('x');
  await ch.call('exchange.declare', { exchange, type });
  return exchange;
}

describe('exchange.delete', () => {
  it('removes the exchange', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    expect(await ch.call('exchange.delete', { exchange })).toEqual({});
    await ch.fails('exchange.declare', { exchange, passive: true }, 404, noExchange(exchange));
  });

  it('answers delete-ok for an exchange that does not exist', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    expect(await ch.call('exchange.delete', { exchange })).toEqual({});
    expect(await ch.call('exchange.delete', { exchange, ifUnused: true })).toEqual({});
  });

  it('answers nothing with no-wait', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    ch.send('exchange.delete', { exchange, noWait: true });
    await ch.fails('exchange.declare', { exchange, passive: true }, 404, noExchange(exchange));
  });

  it('removes the bindings with it: a new exchange of that name has none', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange });
    await ch.call('exchange.delete', { exchange });
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    ch.publish({ exchange, mandatory: true }, 'm');
    expect(await ch.expect('basic.return')).toMatchObject({ replyCode: 312, exchange });
  });

  it('removes the bindings in which it is the destination', async () => {
    const ch = await broker.channel();
    const source = await exchangeOn(ch);
    const exchange = await exchangeOn(ch);
    const queue = await ch.queue(broker.name('q'));
    await ch.call('exchange.bind', { source, destination: exchange });
    await ch.call('exchange.delete', { exchange });
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    await ch.call('queue.bind', { queue, exchange });
    ch.publish({ exchange: source }, 'm');
    expect(await ch.drain(queue)).toEqual([]);
  });

  it.each(['amq.direct', 'amq.rabbitmq.trace', 'amq.that-does-not-exist'])(
    'closes the channel with 403 for %s',
    async (exchange) => {
      const ch = await broker.channel();
      const text = `ACCESS_REFUSED - deletion of system exchange '${exchange}' in vhost '/' not allowed`;
      await ch.fails('exchange.delete', { exchange }, 403, text);
    },
  );

  it('closes the channel with 403 for the default exchange', async () => {
    const ch = await broker.channel();
    await ch.fails('exchange.delete', {}, 403, onDefaultExchange);
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const { exchange } = await ch.assertExchange(broker.name('x'), 'direct');
    expect(await ch.deleteExchange(exchange)).toEqual({});
  });
});

describe('exchange.delete if-unused', () => {
  const inUse = (exchange: string) =>
    `PRECONDITION_FAILED - exchange '${exchange}' in vhost '/' in use`;

  it('closes the channel with 406 when a queue is bound', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange });
    await ch.fails('exchange.delete', { exchange, ifUnused: true }, 406, inUse(exchange));
  });

  it('closes the channel with 406 when another exchange is bound to it', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    const destination = await exchangeOn(ch);
    await ch.call('exchange.bind', { source: exchange, destination });
    await ch.fails('exchange.delete', { exchange, ifUnused: true }, 406, inUse(exchange));
  });

  it('deletes an exchange that is only a destination', async () => {
    const ch = await broker.channel();
    const source = await exchangeOn(ch);
    const exchange = await exchangeOn(ch);
    await ch.call('exchange.bind', { source, destination: exchange });
    expect(await ch.call('exchange.delete', { exchange, ifUnused: true })).toEqual({});
  });

  it('deletes an exchange whose bindings are gone', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch);
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange });
    await ch.call('queue.delete', { queue });
    expect(await ch.call('exchange.delete', { exchange, ifUnused: true })).toEqual({});
  });
});
