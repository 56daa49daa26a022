import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';

const broker = await target();

describe('a fanout exchange', () => {
  it('gives every bound queue its copy, whatever the keys', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    const queues: string[] = [];
    for (const routingKey of ['', 'a', '#']) {
      const queue = await ch.queue(broker.name('q'));
      await ch.call('queue.bind', { queue, exchange, routingKey });
      queues.push(queue);
    }
    for (const routingKey of ['', 'a', 'b.c']) ch.publish({ exchange, routingKey }, routingKey);
    for (const queue of queues) expect(await ch.drain(queue)).toEqual(['', 'a', 'b.c']);
  });

  it('delivers once to a queue that is bound with several keys', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    const queue = await ch.queue(broker.name('q'));
    for (const routingKey of ['a', 'b'])
      await ch.call('queue.bind', { queue, exchange, routingKey });
    ch.publish({ exchange, routingKey: 'a' }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
    await ch.call('queue.unbind', { queue, exchange, routingKey: 'a' });
    ch.publish({ exchange, routingKey: 'a' }, 'still bound with b');
    expect(await ch.drain(queue)).toEqual(['still bound with b']);
  });

  it('takes no notice of binding arguments', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { queue, exchange, arguments: { 'x-match': 'bogus', a: 1 } });
    ch.publish({ exchange }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const { exchange } = await ch.assertExchange(broker.name('x'), 'fanout');
    const { queue } = await ch.assertQueue(broker.name('q'));
    await ch.bindQueue(queue, exchange, '');
    ch.publish(exchange, 'any', Buffer.from('m'));
    expect(await ch.get(queue)).toMatchObject({
      fields: { exchange, routingKey: 'any' },
      content: Buffer.from('m'),
    });
  });
});
