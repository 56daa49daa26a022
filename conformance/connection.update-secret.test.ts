import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import { unimplemented } from './kit/texts.ts';

const broker = await target();

describe('connection.update-secret', () => {
  it('is answered by update-secret-ok', async () => {
    const peer = await broker.peer();
    peer.send(0, 'connection.update-secret', { newSecret: 'guest', reason: 'refresh' });
    expect(await peer.expect('connection.update-secret-ok')).toEqual({});
    await peer.channel();
  });

  it('closes the connection with 503 on a channel', async () => {
    const ch = await broker.channel();
    ch.send('connection.update-secret', { newSecret: 'guest' });
    await ch.peer.expectClose(503, unimplemented, 'connection.update-secret');
  });

  it('works through amqplib', async () => {
    const client = await broker.amqplib();
    await client.updateSecret(Buffer.from('guest'), 'refresh');
    await client.createChannel();
  });
});
