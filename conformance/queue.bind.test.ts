import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { locked, noExchange, noPreviousQueue, noQueue, onDefaultExchange } from './kit/texts.ts';

const broker = await target();

describe('queue.bind', () => {
  it('routes to the queue from then on', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, 'before');
    expect(
      await ch.call('queue.bind', { queue, exchange: 'amq.direct', routingKey: queue }),
    ).toEqual({});
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, 'after');
    expect(await ch.drain(queue)).toEqual(['after']);
  });

  it('is idempotent: the same binding twice delivers once', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const binding = { queue, exchange: 'amq.direct', routingKey: queue, arguments: { a: 1 } };
    await ch.call('queue.bind', binding);
    await ch.call('queue.bind', binding);
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
    await ch.call('queue.unbind', binding);
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, 'm');
    expect(await ch.drain(queue)).toEqual([]);
  });

  it('holds bindings that differ in their arguments apart, and delivers once all the same', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const binding = { queue, exchange: 'amq.direct', routingKey: queue };
    await ch.call('queue.bind', { ...binding, arguments: { a: 1 } });
    await ch.call('queue.bind', { ...binding, arguments: { a: 2 } });
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, '1');
    await ch.call('queue.unbind', { ...binding, arguments: { a: 1 } });
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, '2');
    await ch.call('queue.unbind', { ...binding, arguments: { a: 2 } });
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, '3');
    expect(await ch.drain(queue)).toEqual(['1', '2']);
  });

  it('delivers once to a queue that several bindings of one exchange reach', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'topic' });
    for (const routingKey of ['a.b', 'a.*', '#']) {
      await ch.call('queue.bind', { queue, exchange, routingKey });
    }
    ch.publish({ exchange, routingKey: 'a.b' }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('answers nothing with no-wait', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.send('queue.bind', { queue, exchange: 'amq.fanout', noWait: true });
    ch.publish({ exchange: 'amq.fanout' }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
    await ch.expectSilence(50);
  });

  it('closes the channel with 404 when the exchange does not exist', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const exchange = broker.name('x');
    await ch.fails('queue.bind', { queue, exchange }, 404, noExchange(exchange));
  });

  it('closes the channel with 404 when the queue does not exist', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    await ch.fails('queue.bind', { queue, exchange: 'amq.direct' }, 404, noQueue(queue));
  });

  it('names the exchange when neither exists', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.fails('queue.bind', { queue: broker.name('q'), exchange }, 404, noExchange(exchange));
  });

  it('closes the channel with 403 for the default exchange', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.fails('queue.bind', { queue, routingKey: 'k' }, 403, onDefaultExchange);
  });

  it('closes the channel with 404 for the empty name when no queue was declared on the channel', async () => {
    const ch = await broker.channel();
    await ch.fails('queue.bind', { exchange: 'amq.direct' }, 404, noPreviousQueue);
  });

  it('closes the channel with 405 for a queue exclusive to another connection', async () => {
    const owner = await broker.channel();
    const queue = await owner.queue(broker.name('q'), { exclusive: true });
    const ch = await broker.channel();
    await ch.fails('queue.bind', { queue, exchange: 'amq.direct' }, 405, locked(queue));
  });

  it('closes the channel with 404 for amq.rabbitmq.reply-to, which is no real queue', async () => {
    const ch = await broker.channel();
    const queue = 'amq.rabbitmq.reply-to';
    await ch.fails('queue.bind', { queue, exchange: 'amq.direct' }, 404, noQueue(queue));
  });

  it('takes the last declared queue, and its name as routing key, when both are empty', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.call('queue.bind', { exchange: 'amq.direct' });
    ch.publish({ exchange: 'amq.direct', routingKey: queue }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('keeps an empty routing key when the queue is named', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'direct' });
    await ch.call('queue.bind', { queue, exchange });
    ch.publish({ exchange, routingKey: queue }, 'by name');
    ch.publish({ exchange, routingKey: '' }, 'by empty key');
    expect(await ch.drain(queue)).toEqual(['by empty key']);
  });

  it('keeps a routing key that is given with the empty queue name', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const routingKey = `${queue}.key`;
    await ch.call('queue.bind', { exchange: 'amq.direct', routingKey });
    ch.publish({ exchange: 'amq.direct', routingKey }, 'm');
    expect(await ch.drain(queue)).toEqual(['m']);
  });

  it('closes the connection with 501 for a routing key that is not UTF-8', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.send('queue.bind', { queue, exchange: 'amq.direct', routingKey: Buffer.of(0xff) });
    await ch.peer.expectClose(501, 'FRAME_ERROR - Malformed UTF-8 in shortstr', 'none');
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const { queue } = await ch.assertQueue(broker.name('q'));
    await ch.bindQueue(queue, 'amq.topic', `${queue}.#`);
    ch.publish('amq.topic', `${queue}.a.b`, Buffer.from('m'));
    const got = await ch.get(queue, { noAck: true });
    expect(got).toMatchObject({ content: Buffer.from('m') });
    await ch.unbindQueue(queue, 'amq.topic', `${queue}.#`);
  });
});
