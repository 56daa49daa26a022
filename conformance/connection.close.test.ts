import { describe, expect, it } from 'vitest';
import { forcedClose } from './kit/admin.ts';
import { target } from './kit/broker.ts';
import { noQueue } from './kit/texts.ts';
import { trust } from './kit/trust.ts';

const broker = await target();

describe('connection.close from the client', () => {
  it('is answered by close-ok', async () => {
    const peer = await broker.peer();
    peer.send(0, 'connection.close', { replyCode: 200, replyText: 'bye' });
    expect(await peer.expect('connection.close-ok')).toEqual({});
  });

  it('is answered each time, and leaves it to the client to hang up', async () => {
    const peer = await broker.peer();
    for (let times = 0; times < 3; times += 1) {
      peer.send(0, 'connection.close', { replyCode: 200, replyText: 'bye' });
      await peer.expect('connection.close-ok');
    }
    peer.destroy();
  });

  it('may carry any code, text and ids', async () => {
    const peer = await broker.peer();
    const close = { replyCode: 999, replyText: 'x'.repeat(255), classId: 60, methodId: 41 };
    peer.send(0, 'connection.close', close);
    await peer.expect('connection.close-ok');
  });

  it('leaves what comes after it unread', async () => {
    const peer = await broker.peer();
    const ch = await peer.channel();
    const queue = broker.name('q');
    peer.send(0, 'connection.close', { replyCode: 200 });
    ch.send('queue.declare', { queue });
    await peer.expect('connection.close-ok');
    peer.destroy();
    const other = await broker.channel();
    await other.fails('queue.declare', { queue, passive: true }, 404, noQueue(queue));
  });

  it('lets everything before it happen first', async () => {
    const peer = await broker.peer();
    const ch = await peer.channel();
    const queue = await ch.queue(broker.name('q'));
    for (let at = 0; at < 100; at += 1) ch.publish({ routingKey: queue }, String(at));
    await peer.close();
    const other = await broker.channel();
    expect(await other.drain(queue)).toHaveLength(100);
  });

  it('requeues what was not acknowledged', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue }, 'm');
    await ch.get(queue, { noAck: false });
    await ch.peer.close();
    const other = await broker.channel();
    expect(await other.get(queue)).toMatchObject({ redelivered: true, content: { text: 'm' } });
  });

  it('works through amqplib', async () => {
    const { connect } = await import('amqplib');
    const client = await connect(broker.url, trust());
    const closed = new Promise((resolve) => client.once('close', resolve));
    await client.createChannel();
    await client.close();
    await closed;
  });
});

describe('connection.close from the broker', () => {
  it('makes it drop every frame but close-ok', async () => {
    const peer = await broker.peer();
    const ch = await peer.channel();
    const queue = broker.name('q');
    ch.send('channel.open');
    const close = await peer.expect('connection.close');
    expect(close).toMatchObject({ replyCode: 504, classId: 20, methodId: 10 });
    ch.send('queue.declare', { queue });
    peer.send(0, 'channel.open');
    peer.send(0, 'connection.close-ok');
    await peer.expectEnd();
    const other = await broker.channel();
    await other.fails('queue.declare', { queue, passive: true }, 404);
  });

  it('may be answered by connection.close, which is answered by close-ok', async () => {
    const peer = await broker.peer();
    const ch = await peer.channel();
    ch.send('channel.open');
    await peer.expect('connection.close');
    peer.send(0, 'connection.close', { replyCode: 200 });
    await peer.expect('connection.close-ok');
    peer.destroy();
  });

  it('leaves other connections alone', async () => {
    const bystander = await broker.channel();
    const ch = await broker.channel();
    ch.send('channel.open');
    await ch.peer.expectClose(504, "CHANNEL_ERROR - second 'channel.open' seen", 'channel.open');
    expect(await bystander.call('channel.flow', { active: true })).toEqual({ active: true });
  });

  it('says 320 when somebody has the connection closed', async () => {
    const { peer, close } = await forcedClose(broker);
    await peer.channel();
    const text = await close();
    await peer.expectClose(320, `CONNECTION_FORCED - ${text}`, 'none');
  });

  it('is an error event of amqplib with code and text', async () => {
    const client = await broker.amqplib();
    const failed = new Promise((resolve) => client.once('error', resolve));
    const ch = await client.createChannel();
    ch.on('error', () => undefined);
    // The prefetch size, which RabbitMQ does not have.
    const raw = ch as unknown as { sendImmediately(method: number, fields: object): void };
    raw.sendImmediately(0x3c000a, { prefetchSize: 1, prefetchCount: 0, global: false });
    expect(await failed).toMatchObject({
      code: 540,
      message: expect.stringContaining('NOT_IMPLEMENTED - prefetch_size!=0 (1)') as string,
    });
  });
});

describe('a socket that goes away without connection.close', () => {
  it('requeues what was not acknowledged', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    ch.publish({ routingKey: queue }, 'm');
    await ch.get(queue, { noAck: false });
    const other = await broker.channel();
    await other.call('basic.consume', { queue, noAck: true });
    ch.peer.destroy();
    expect(await other.expect('basic.deliver')).toMatchObject({
      redelivered: true,
      content: { text: 'm' },
    });
  });

  it('ends the connection at FIN as well', async () => {
    const peer = await broker.peer();
    const ch = await peer.channel();
    const queue = await ch.queue(broker.name('q'), { exclusive: true });
    expect(queue).not.toBe('');
    peer.halfClose();
    await peer.expectEnd();
  });
});
