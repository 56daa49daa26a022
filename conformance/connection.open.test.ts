import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import type { Peer } from './kit/peer.ts';
import type { MethodName, Sent } from './kit/spec.ts';

const broker = await target();

async function tuned(): Promise<Peer> {
  const peer = await broker.dial();
  await peer.start();
  peer.login();
  await peer.tune();
  return peer;
}

describe('connection.open', () => {
  it('is answered by open-ok with an empty reserved field', async () => {
    const peer = await tuned();
    peer.send(0, 'connection.open', { virtualHost: '/' });
    expect(await peer.expect('connection.open-ok')).toEqual({ reserved1: '' });
  });

  it('takes no notice of capabilities and insist, fields of older versions', async () => {
    const peer = await tuned();
    peer.send(0, 'connection.open', { virtualHost: '/', reserved1: 'x', reserved2: true });
    expect(await peer.expect('connection.open-ok')).toEqual({ reserved1: '' });
  });

  it.each(['nowhere', '', '//', 'NOWHERE é'])(
    'closes the connection with 530 for vhost %o',
    async (virtualHost) => {
      const peer = await tuned();
      peer.send(0, 'connection.open', { virtualHost });
      await peer.expectClose(
        530,
        `NOT_ALLOWED - vhost ${virtualHost} not found`,
        'connection.open',
      );
    },
  );

  it.each<[MethodName, Sent<MethodName>]>([
    ['connection.start-ok', {}],
    ['connection.tune-ok', { frameMax: 131072 }],
    ['connection.close', {}],
    ['connection.close-ok', {}],
    ['channel.open', {}],
    ['queue.declare', {}],
  ])('closes the connection with 504 when %s comes instead on channel 0', async (method, args) => {
    const peer = await tuned();
    peer.send(0, method, args);
    const text = 'CHANNEL_ERROR - unexpected method in connection state opening';
    await peer.expectClose(504, text, method);
  });

  it('closes the connection with 505 when it, or anything else, comes on another channel', async () => {
    const peer = await tuned();
    peer.send(1, 'connection.open', { virtualHost: '/' });
    const quoted = '<<0,10,0,40,1,47,0,0>>';
    await peer.expectClose(505, `UNEXPECTED_FRAME - type 1, all octets = ${quoted}`, 'none');
  });

  it('quotes no more than the first 16 octets of a frame that was not expected', async () => {
    const peer = await tuned();
    peer.sendFrame(3, 1, Buffer.from('0123456789abcdefg'));
    const text = 'UNEXPECTED_FRAME - type 3, first 16 octets = <<"0123456789abcdef">>';
    await peer.expectClose(505, text, 'none');
  });
});
