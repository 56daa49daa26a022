import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';

const broker = await target();

const refused = (exchange: string): string =>
  `ACCESS_REFUSED - cannot publish to internal exchange '${exchange}' in vhost '/'`;

describe('an internal exchange', () => {
  it('closes the channel with 403 when a client publishes to it', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout', internal: true });
    ch.publish({ exchange }, 'm');
    await ch.expectClose(403, refused(exchange), 'basic.publish');
  });

  it('is what amq.rabbitmq.trace is', async () => {
    const ch = await broker.channel();
    ch.publish({ exchange: 'amq.rabbitmq.trace' }, 'm');
    await ch.expectClose(403, refused('amq.rabbitmq.trace'), 'basic.publish');
  });

  it('takes what another exchange routes to it', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    const source = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout', internal: true });
    await ch.call('exchange.declare', { exchange: source, type: 'direct' });
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange });
    await ch.call('exchange.bind', { source, destination: exchange, routingKey: 'k' });
    ch.publish({ exchange: source, routingKey: 'k' }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('takes dead letters, and what an alternate exchange gets', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout', internal: true });
    const dead = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue: dead, exchange });
    const source = broker.name('x');
    const args = { 'alternate-exchange': exchange };
    await ch.call('exchange.declare', { exchange: source, type: 'direct', arguments: args });
    ch.publish({ exchange: source, routingKey: 'k' }, 'alternate');
    expect(await ch.drain(dead)).toEqual(['alternate']);
    const queue = await ch.queue(broker.name('q'), {
      arguments: { 'x-dead-letter-exchange': exchange },
    });
    ch.publish({ routingKey: queue }, 'dead');
    const held = await ch.get(queue, { noAck: false });
    await ch.call('basic.consume', { queue: dead, noAck: true });
    ch.send('basic.reject', { deliveryTag: held?.deliveryTag ?? 0 });
    expect((await ch.expect('basic.deliver')).content.text).toBe('dead');
  });
});
