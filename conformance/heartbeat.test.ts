import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';

const broker = await target();

const beat = Buffer.alloc(0);

describe('heartbeats', () => {
  it('are sent by the broker once in the agreed interval, and the connection lives while the client sends some', async () => {
    const peer = await broker.peer({ tune: { heartbeat: 1 } });
    const start = performance.now();
    const beating = setInterval(() => peer.sendFrame(8, 0, beat), 400);
    await peer.until('four heartbeats', () => peer.heartbeats.length >= 4);
    clearInterval(beating);
    expect(performance.now() - start).toBeLessThan(4500);
    expect(peer.frames.filter(({ type }) => type === 8)).toEqual(
      peer.heartbeats.map(() => ({ type: 8, channel: 0, length: 0 })),
    );
    await peer.channel();
  });

  it('may be any other frame: a client that publishes is alive', async () => {
    const peer = await broker.peer({ tune: { heartbeat: 1 } });
    const ch = await peer.channel();
    const talking = setInterval(() => ch.publish({ routingKey: 'nobody' }, 'm'), 400);
    await peer.until('seven heartbeats', () => peer.heartbeats.length >= 7, 10_000);
    clearInterval(talking);
    await peer.channel();
  });

  it('that stop for two intervals end the connection without connection.close, and requeue its messages', async () => {
    const watcher = await broker.channel();
    const queue = await watcher.queue(broker.name('q'));
    const peer = await broker.peer({ tune: { heartbeat: 1 } });
    const ch = await peer.channel();
    ch.publish({ routingKey: queue }, 'm');
    await ch.get(queue, { noAck: false });
    await watcher.call('basic.consume', { queue, noAck: true });
    const start = performance.now();
    await peer.expectEnd();
    const waited = performance.now() - start;
    expect(waited).toBeGreaterThan(1400);
    expect(waited).toBeLessThan(4500);
    expect(await watcher.expect('basic.deliver')).toMatchObject({ redelivered: true });
  });

  it('of 0 are neither sent nor wanted, and harmless', async () => {
    const peer = await broker.peer({ tune: { heartbeat: 0 } });
    for (let at = 0; at < 10; at += 1) peer.sendFrame(8, 0, beat);
    await peer.expectSilence(200);
    expect(peer.heartbeats).toEqual([]);
    await peer.channel();
  });

  it('on a channel close the connection with 505', async () => {
    const ch = await broker.channel();
    ch.frame(8);
    const text = 'UNEXPECTED_FRAME - type 8, all octets = <<>>';
    await ch.peer.expectClose(505, text, 'none');
  });

  it('with a payload close the connection with 501', async () => {
    const peer = await broker.peer();
    peer.sendFrame(8, 0, Buffer.from('abc'));
    const text = 'FRAME_ERROR - type 8, all octets = <<"abc">>: unknown_frame';
    await peer.expectClose(501, text, 'none');
  });

  it('keep an idle amqplib connection alive', async () => {
    const client = await broker.amqplib({ query: '?heartbeat=1' });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const ch = await client.createChannel();
    expect(await ch.prefetch(1)).toEqual({});
  });
});
