import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { messageDifferences } from './kit/message-differences.ts';
import { bodies, consume, got } from './kit/messages.ts';
import type { PeerChannel } from './kit/peer-channel.ts';

const broker = await target();
const replyTo = 'amq.rabbitmq.reply-to';
const address = /^amq\.rabbitmq\.reply-to\.[A-Za-z0-9+/=._@-]+\.[A-Za-z0-9+/]+==$/;

/** A channel that waits for replies, and the address that its requests carry. */
async function requester(tag = 'replies') {
  const ch = await broker.channel();
  await consume(ch, replyTo, tag, { noAck: true });
  const queue = await ch.queue(broker.name('q'));
  return { ch, queue, to: await request(ch, queue) };
}

/** Publishes a request and gives the reply address that arrives with it. */
async function request(ch: PeerChannel, queue: string): Promise<string> {
  ch.publish({ routingKey: queue }, 'request', { replyTo, correlationId: '7' });
  const { properties } = (await got(ch, queue)).content;
  expect(properties.correlationId).toBe('7');
  return properties.replyTo ?? '';
}

const noQueue = (name: string) => `NOT_FOUND - no queue '${name}' in vhost '/'`;

describe('consuming from amq.rabbitmq.reply-to', () => {
  it('answers consume-ok with the tag, given or made up', async () => {
    const ch = await broker.channel();
    expect(await consume(ch, replyTo, 'tag', { noAck: true })).toBe('tag');
    const other = await ch.peer.channel();
    expect(await consume(other, replyTo, '', { noAck: true })).toMatch(/^amq\.ctag-/);
  });

  it('closes the channel with 406 without no-ack', async () => {
    const ch = await broker.channel();
    const text = 'PRECONDITION_FAILED - reply consumer cannot acknowledge';
    await ch.fails('basic.consume', { queue: replyTo }, 406, text);
  });

  it('closes the channel with 406 the second time', async () => {
    const ch = await broker.channel();
    await consume(ch, replyTo, 'a', { noAck: true });
    const text = 'PRECONDITION_FAILED - reply consumer already set';
    const args = { queue: replyTo, consumerTag: 'b', noAck: true };
    await ch.fails('basic.consume', args, 406, text);
  });

  it('is possible again after a cancel', async () => {
    const ch = await broker.channel();
    await consume(ch, replyTo, 'a', { noAck: true });
    await ch.call('basic.cancel', { consumerTag: 'a' });
    expect(await consume(ch, replyTo, 'b', { noAck: true })).toBe('b');
  });

  it('works without an answer with no-wait', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.send('basic.consume', { queue: replyTo, consumerTag: 'a', noAck: true, noWait: true });
    const to = await request(ch, queue);
    ch.publish({ routingKey: to }, 'reply');
    expect(await ch.expect('basic.deliver')).toMatchObject({ consumerTag: 'a' });
  });
});

describe('a request with reply-to amq.rabbitmq.reply-to', () => {
  it('arrives with an address of the form amq.rabbitmq.reply-to.<token>.<key>==', async () => {
    const { to } = await requester();
    expect(to).toMatch(address);
    expect(Buffer.byteLength(to)).toBeLessThanOrEqual(255);
  });

  it('carries the same address each time, and another from another channel', async () => {
    const { ch, queue, to } = await requester();
    expect(await request(ch, queue)).toBe(to);
    const other = await ch.peer.channel();
    await consume(other, replyTo, 'a', { noAck: true });
    expect(await request(other, queue)).not.toBe(to);
  });

  it('is rewritten whatever the exchange, and when it is returned', async () => {
    const { ch, queue, to } = await requester();
    const exchange = broker.name('x');
    await ch.call('exchange.declare', { exchange, type: 'fanout' });
    ch.publish({ exchange, mandatory: true }, 'nobody', { replyTo });
    expect((await ch.expect('basic.return')).content.properties.replyTo).toBe(to);
    await ch.call('queue.bind', { queue, exchange });
    ch.publish({ exchange }, 'request', { replyTo });
    expect((await got(ch, queue)).content.properties.replyTo).toBe(to);
  });

  it('keeps its other properties and its body', async () => {
    const { ch, queue, to } = await requester();
    const properties = {
      contentType: 'text/plain',
      headers: { a: 1 },
      messageId: 'm',
      priority: 3,
    };
    ch.publish({ routingKey: queue }, 'body', { ...properties, replyTo });
    const { content } = await got(ch, queue);
    expect(content.properties).toEqual({ ...properties, replyTo: to });
    expect(content.text).toBe('body');
  });

  it('looks for who consumes replies before it looks at the user-id', async () => {
    const ch = await broker.channel();
    ch.publish({ routingKey: broker.name('q') }, 'request', { replyTo, userId: 'bob' });
    const text = 'PRECONDITION_FAILED - fast reply consumer does not exist';
    await ch.expectClose(406, text, 'basic.publish');
  });

  it('closes the channel with 406 when the channel does not consume replies', async () => {
    const { ch, queue } = await requester();
    const other = await ch.peer.channel();
    other.publish({ routingKey: queue }, 'request', { replyTo });
    const text = 'PRECONDITION_FAILED - fast reply consumer does not exist';
    await other.expectClose(406, text, 'basic.publish');
  });

  it('is left alone when reply-to names any other queue', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue }, 'request', { replyTo: 'my.replies' });
    expect((await got(ch, queue)).content.properties.replyTo).toBe('my.replies');
  });
});

describe('a reply to the address', () => {
  it('is delivered to the requester from the default exchange', async () => {
    const { ch, to } = await requester();
    const server = await broker.channel();
    server.publish({ routingKey: to }, 'reply', { correlationId: '7', headers: { h: 1 } });
    const delivery = await ch.expect('basic.deliver');
    expect(delivery).toMatchObject({
      consumerTag: 'replies',
      redelivered: false,
      exchange: '',
      routingKey: to,
    });
    expect(delivery.content.text).toBe('reply');
    expect(delivery.content.properties).toEqual({ correlationId: '7', headers: { h: 1 } });
  });

  it('may be given many times, in order, with empty and large bodies', async () => {
    const { ch, to } = await requester();
    const server = await broker.channel();
    const large = 'x'.repeat(300_000);
    for (const body of ['', large, 'last']) server.publish({ routingKey: to }, body);
    expect(await bodies(ch, 3)).toEqual(['', large, 'last']);
  });

  it('is confirmed', async () => {
    const { ch, to } = await requester();
    const server = await broker.channel();
    await server.confirmSelect();
    expect(await server.publishConfirmed({ routingKey: to }, 'reply')).toBe('ack');
    await ch.expect('basic.deliver');
  });

  it('is not returned though it is mandatory', async () => {
    const { ch, to } = await requester();
    const server = await broker.channel();
    server.publish({ routingKey: to, mandatory: true }, 'reply');
    await ch.expect('basic.deliver');
    if (broker.differs(messageDifferences.mandatoryReply)) await server.expect('basic.return');
    await server.expectSilence(50);
  });

  it('is unroutable through another exchange', async () => {
    const { ch, to } = await requester();
    const server = await broker.channel();
    server.publish({ exchange: 'amq.direct', routingKey: to, mandatory: true }, 'reply');
    expect(await server.expect('basic.return')).toMatchObject({ replyText: 'NO_ROUTE' });
    await ch.expectSilence(50);
  });

  it.each([
    [
      'its consumer was cancelled',
      (ch: PeerChannel) => ch.call('basic.cancel', { consumerTag: 'replies' }),
    ],
    ['its channel was closed', (ch: PeerChannel) => ch.close()],
    ['its connection was closed', (ch: PeerChannel) => ch.peer.close()],
  ])('is unroutable when %s', async (_, leave) => {
    const { ch, to } = await requester();
    await leave(ch);
    const server = await broker.channel();
    server.publish({ routingKey: to, mandatory: true }, 'late');
    expect(await server.expect('basic.return')).toMatchObject({ replyCode: 312, routingKey: to });
    await server.fails('queue.declare', { queue: to, passive: true }, 404, noQueue(to));
  });

  it.each(['amq.rabbitmq.reply-to', 'amq.rabbitmq.reply-to.', 'amq.rabbitmq.reply-to.garbage'])(
    'is unroutable when the address is %s',
    async (routingKey) => {
      const ch = await broker.channel();
      ch.publish({ routingKey, mandatory: true }, 'lost');
      expect(await ch.expect('basic.return')).toMatchObject({ replyCode: 312, routingKey });
    },
  );
});

describe('queue methods on a reply address', () => {
  it('declare passively tells that the requester is there', async () => {
    const { to } = await requester();
    const server = await broker.channel();
    const ok = await server.call('queue.declare', { queue: to, passive: true });
    expect(ok).toEqual({ queue: to, messageCount: 0, consumerCount: 1 });
  });

  it('declare of a dead or made-up address closes the channel with 404', async () => {
    const server = await broker.channel();
    const queue = `${replyTo}.garbage`;
    await server.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('declare of the bare name is answered', async () => {
    const ch = await broker.channel();
    const ok = await ch.call('queue.declare', { queue: replyTo, passive: true });
    expect(ok).toEqual({ queue: replyTo, messageCount: 0, consumerCount: 1 });
  });

  it('get and purge find no queue of that name', async () => {
    const ch = await broker.channel();
    await ch.fails('basic.get', { queue: replyTo }, 404, noQueue(replyTo));
    const other = await broker.channel();
    await other.fails('queue.purge', { queue: replyTo }, 404, noQueue(replyTo));
  });

  it('consume from an address finds no queue', async () => {
    const { to } = await requester();
    const thief = await broker.channel();
    await thief.fails('basic.consume', { queue: to, noAck: true }, 404, noQueue(to));
  });
});
