import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { fill } from './kit/messages.ts';
import { field } from './kit/wire.ts';

const broker = await target();

describe('basic.return', () => {
  it('brings back a mandatory message that no queue gets, whole', async () => {
    const ch = await broker.channel();
    const routingKey = broker.name('q');
    const properties = { contentType: 'text/plain', messageId: '7', headers: { a: 'b' } };
    ch.publish({ routingKey, mandatory: true }, 'body', properties);
    const back = await ch.expect('basic.return');
    expect(back).toMatchObject({
      replyCode: 312,
      replyText: 'NO_ROUTE',
      exchange: '',
      routingKey,
    });
    expect(back.content.text).toBe('body');
    expect(back.content.properties).toEqual(properties);
  });

  it('names the exchange that the message was published to', async () => {
    const ch = await broker.channel();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'topic' });
    ch.publish({ exchange, routingKey: 'some.key', mandatory: true }, '');
    const back = await ch.expect('basic.return');
    expect(back).toMatchObject({ replyCode: 312, exchange, routingKey: 'some.key' });
    expect(back.content.split).toEqual([]);
  });

  it('comes before the confirm of the message', async () => {
    const ch = await broker.channel();
    await ch.confirmSelect();
    ch.publish({ routingKey: broker.name('q'), mandatory: true }, 'm1');
    await ch.expect('basic.return');
    expect(await ch.expect('basic.ack')).toMatchObject({ deliveryTag: 1 });
  });

  it('comes in the order of publishing, for the unroutable messages only', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    const nowhere = broker.name('q');
    ch.publish({ routingKey: nowhere, mandatory: true }, 'first');
    ch.publish({ routingKey: queue, mandatory: true }, 'routed');
    ch.publish({ routingKey: nowhere }, 'not mandatory');
    ch.publish({ routingKey: nowhere, mandatory: true }, 'second');
    expect((await ch.expect('basic.return')).content.text).toBe('first');
    expect((await ch.expect('basic.return')).content.text).toBe('second');
    await ch.expectSilence(50);
  });

  it('keeps a large body and every header type as they were', async () => {
    const ch = await broker.channel();
    const body = Buffer.alloc(300_000, 'ab');
    const headers = { small: field('b', -1), float: field('f', 0.5), void: null, list: [1, 'a'] };
    ch.publish({ routingKey: broker.name('q'), mandatory: true }, body, { headers });
    const { content } = await ch.expect('basic.return');
    expect(content.body.equals(body)).toBe(true);
    const types = [...(content.typedHeaders ?? [])].map(([name, { type }]) => name + type);
    expect(types).toEqual(['smallb', 'floatf', 'voidV', 'listA']);
  });

  it('goes to the channel that published', async () => {
    const peer = await broker.peer();
    const publisher = await peer.channel();
    const other = await peer.channel();
    publisher.publish({ routingKey: broker.name('q'), mandatory: true }, 'm1');
    await publisher.expect('basic.return');
    await other.expectSilence(50);
  });

  it('is sent when the only queue was deleted before', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue, mandatory: true }, 'm1');
    await ch.call('queue.delete', { queue });
    fill(ch, queue, ['not mandatory']);
    ch.publish({ routingKey: queue, mandatory: true }, 'm2');
    expect((await ch.expect('basic.return')).content.text).toBe('m2');
  });
});
