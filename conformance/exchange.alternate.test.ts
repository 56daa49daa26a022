import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import type { PeerChannel } from './kit/peer-channel.ts';

const broker = await target();

async function exchangeOn(ch: PeerChannel, type: string, alternate?: string) {
  const exchange = broker.name('x');
  const args = alternate === undefined ? {} : { 'alternate-exchange': alternate };
  await ch.call('exchange.declare', { exchange, type, arguments: args });
  return exchange;
}

async function queueOn(ch: PeerChannel, exchange: string, routingKey = '') {
  const queue = await ch.queue(broker.name('q'));
  await ch.call('queue.bind', { queue, exchange, routingKey });
  return queue;
}

describe('an alternate exchange', () => {
  it('gets what no binding of the first takes, with exchange and key as published', async () => {
    const ch = await broker.channel();
    const alternate = await exchangeOn(ch, 'fanout');
    const exchange = await exchangeOn(ch, 'direct', alternate);
    const taken = await queueOn(ch, exchange, 'k');
    const rest = await queueOn(ch, alternate);
    for (const routingKey of ['k', 'other']) ch.publish({ exchange, routingKey }, routingKey);
    const got = await ch.get(rest);
    expect(got).toMatchObject({ exchange, routingKey: 'other', messageCount: 0 });
    expect(await ch.drain(taken)).toEqual(['k']);
  });

  it('counts as routed: a mandatory message is not returned', async () => {
    const ch = await broker.channel();
    const alternate = await exchangeOn(ch, 'fanout');
    const exchange = await exchangeOn(ch, 'direct', alternate);
    const rest = await queueOn(ch, alternate);
    await ch.confirmSelect();
    ch.publish({ exchange, mandatory: true }, 'm');
    expect(await ch.expect('basic.ack')).toEqual({ deliveryTag: 1, multiple: false });
    expect(await ch.drain(rest)).toEqual(['m']);
  });

  it('that routes nowhere either leaves a mandatory message to be returned', async () => {
    const ch = await broker.channel();
    const alternate = await exchangeOn(ch, 'direct');
    const exchange = await exchangeOn(ch, 'direct', alternate);
    ch.publish({ exchange, routingKey: 'k', mandatory: true }, 'm');
    expect(await ch.expect('basic.return')).toMatchObject({ replyCode: 312, exchange });
  });

  it('can have an alternate exchange of its own', async () => {
    const ch = await broker.channel();
    const last = await exchangeOn(ch, 'fanout');
    const middle = await exchangeOn(ch, 'direct', last);
    const first = await exchangeOn(ch, 'direct', middle);
    const queue = await queueOn(ch, last);
    ch.publish({ exchange: first, routingKey: 'k' }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('that leads back to the first ends there', async () => {
    const ch = await broker.channel();
    const first = broker.name('x');
    const second = await exchangeOn(ch, 'direct', first);
    const args = { 'alternate-exchange': second };
    await ch.call('exchange.declare', { exchange: first, type: 'direct', arguments: args });
    ch.publish({ exchange: first, routingKey: 'k', mandatory: true }, 'm');
    expect(await ch.expect('basic.return')).toMatchObject({ replyCode: 312, exchange: first });
  });

  it('that does not exist is as good as none', async () => {
    const ch = await broker.channel();
    const exchange = await exchangeOn(ch, 'direct', broker.name('nowhere'));
    ch.publish({ exchange, routingKey: 'k', mandatory: true }, 'm');
    expect(await ch.expect('basic.return')).toMatchObject({ replyCode: 312 });
  });

  it('may be declared later than the first', async () => {
    const ch = await broker.channel();
    const alternate = broker.name('x');
    const exchange = await exchangeOn(ch, 'direct', alternate);
    ch.publish({ exchange, routingKey: 'k' }, 'lost');
    await ch.call('exchange.declare', { exchange: alternate, type: 'fanout' });
    const queue = await queueOn(ch, alternate);
    ch.publish({ exchange, routingKey: 'k' }, 'found');
    expect(await ch.drain(queue)).toEqual(['found']);
  });

  it('of a destination gets what an exchange-to-exchange binding could not place', async () => {
    const ch = await broker.channel();
    const alternate = await exchangeOn(ch, 'fanout');
    const inner = await exchangeOn(ch, 'direct', alternate);
    const source = await exchangeOn(ch, 'fanout');
    await ch.call('exchange.bind', { source, destination: inner });
    const queue = await queueOn(ch, alternate);
    ch.publish({ exchange: source, routingKey: 'nobody' }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const alternate = (await ch.assertExchange(broker.name('x'), 'fanout')).exchange;
    const { queue } = await ch.assertQueue(broker.name('q'));
    await ch.bindQueue(queue, alternate, '');
    const options = { alternateExchange: alternate };
    const { exchange } = await ch.assertExchange(broker.name('x'), 'direct', options);
    ch.publish(exchange, 'k', Buffer.from('m'));
    expect(await ch.get(queue)).toMatchObject({ fields: { exchange, routingKey: 'k' } });
  });
});
