import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { fill, numbered } from './kit/messages.ts';
import { noQueue } from './kit/texts.ts';

const broker = await target();

describe('channel.close from the client', () => {
  it('is answered by close-ok', async () => {
    const ch = await broker.channel();
    expect(await ch.call('channel.close', { replyCode: 200 })).toEqual({});
  });

  it('may carry any code, text and ids', async () => {
    const ch = await broker.channel();
    const close = { replyCode: 999, replyText: 'x'.repeat(255), classId: 3, methodId: 4 };
    expect(await ch.call('channel.close', close)).toEqual({});
  });

  it('requeues what was not acknowledged, in its old order', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    const queue = await ch.queue(broker.name('q'));
    fill(ch, queue, numbered(4));
    for (let at = 0; at < 3; at += 1) await ch.get(queue, { noAck: false });
    await ch.close();
    expect((await other.get(queue))?.redelivered).toBe(true);
    expect(await other.drain(queue)).toEqual(['m2', 'm3', 'm4']);
  });

  it('cancels its consumers', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.call('basic.consume', { queue });
    await ch.close();
    expect(await other.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('leaves queues and exchanges that were declared on it', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    const queue = await ch.queue(broker.name('q'), { exclusive: true });
    await ch.close();
    expect(await other.counts(queue)).toEqual({ messageCount: 0, consumerCount: 0 });
  });

  it('makes the broker drop what comes on the channel until it is opened again', async () => {
    const ch = await broker.channel();
    ch.send('channel.close', { replyCode: 200 });
    await ch.expect('channel.close-ok');
    const text = "CHANNEL_ERROR - expected 'channel.open'";
    await ch.failsConnection('queue.declare', {}, 504, text);
  });

  it('leaves other channels of the connection alone', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    const queue = await other.queue(broker.name('q'));
    await other.call('basic.consume', { queue, noAck: true });
    await ch.close();
    other.publish({ routingKey: queue }, 'm');
    expect((await other.expect('basic.deliver')).content.text).toBe('m');
  });
});

describe('channel.close from the broker', () => {
  it('blames the method that failed by its ids', async () => {
    const ch = await broker.channel();
    const queue = broker.name('q');
    ch.send('basic.get', { queue });
    const close = await ch.expect('channel.close');
    const ids = { classId: 60, methodId: 70 };
    expect(close).toEqual({ replyCode: 404, replyText: noQueue(queue), ...ids });
  });

  it('makes it drop everything on that channel until close-ok: methods and content', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    const queue = await other.queue(broker.name('q'));
    const never = broker.name('q');
    ch.send('queue.purge', { queue: broker.name('none') });
    ch.send('queue.declare', { queue: never });
    ch.publish({ routingKey: queue }, 'late');
    await ch.expect('channel.close');
    ch.send('queue.delete', { queue });
    ch.send('channel.close-ok');
    await ch.expectSilence(50);
    expect(await other.drain(queue)).toEqual([]);
    await other.fails('queue.declare', { queue: never, passive: true }, 404, noQueue(never));
  });

  it('may be answered by channel.close, which is answered by close-ok', async () => {
    const ch = await broker.channel();
    ch.send('queue.purge', { queue: broker.name('q') });
    await ch.expect('channel.close');
    ch.send('channel.close', { replyCode: 200 });
    await ch.expect('channel.close-ok');
    ch.send('channel.close-ok');
    await ch.call('channel.open');
  });

  it('requeues what its consumers hold without waiting for close-ok', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue }, 'm');
    await ch.call('basic.consume', { queue });
    await ch.expect('basic.deliver');
    ch.send('queue.purge', { queue: broker.name('none') });
    await ch.expect('channel.close');
    await other.call('basic.consume', { queue, noAck: true });
    const got = await other.expect('basic.deliver');
    expect(got).toMatchObject({ redelivered: true, content: { text: 'm' } });
  });

  it('requeues what was got and not acknowledged, once close-ok was sent', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue }, 'm');
    await ch.get(queue, { noAck: false });
    await ch.fails('queue.purge', { queue: broker.name('none') }, 404);
    await other.call('basic.consume', { queue, noAck: true });
    const got = await other.expect('basic.deliver');
    expect(got).toMatchObject({ redelivered: true, content: { text: 'm' } });
  });

  it('leaves the connection and its other channels alone', async () => {
    const ch = await broker.channel();
    const other = await ch.peer.channel();
    await ch.fails('queue.purge', { queue: broker.name('q') }, 404);
    expect(await other.call('channel.flow', { active: true })).toEqual({ active: true });
    await ch.peer.channel();
  });

  it('is an error event of amqplib with code and text, and the connection stays', async () => {
    const client = await broker.amqplib();
    const ch = await client.createChannel();
    const failed = new Promise((resolve) => ch.once('error', resolve));
    const queue = broker.name('q');
    ch.ack({ fields: { deliveryTag: 7 } } as never);
    expect(await failed).toMatchObject({
      code: 406,
      classId: 60,
      methodId: 80,
      message: expect.stringContaining('PRECONDITION_FAILED - unknown delivery tag 7') as string,
    });
    const next = await client.createChannel();
    expect(await next.assertQueue(queue)).toMatchObject({ queue });
  });
});
