import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';

const broker = await target();

describe('connection.blocked', () => {
  it('is among the capabilities of the server', async () => {
    const peer = await broker.peer();
    expect(peer.started?.serverProperties['capabilities']).toMatchObject({
      'connection.blocked': true,
    });
  });

  it('is not sent while no alarm is on, whatever is published', async () => {
    const ch = await broker.channel();
    const queue = await ch.queue(broker.name('q'));
    await ch.confirmSelect();
    expect(await ch.publishConfirmed({ routingKey: queue }, Buffer.alloc(100_000))).toBe('ack');
    await ch.peer.expectSilence(50);
  });

  it.each(['connection.blocked', 'connection.unblocked'] as const)(
    'is for the broker to send: %s from a client closes the connection with 504',
    async (method) => {
      const peer = await broker.peer();
      peer.send(0, method);
      const text = 'CHANNEL_ERROR - unexpected method in connection state running';
      await peer.expectClose(504, text, method);
    },
  );
});
