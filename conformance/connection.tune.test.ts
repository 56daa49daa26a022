import { describe, expect, it } from 'vitest';
import { target } from './kit/broker.ts';
import type { Peer, Tune } from './kit/peer.ts';

const broker = await target();

async function tuning(): Promise<Peer> {
  const peer = await broker.dial();
  await peer.start();
  peer.login();
  return peer;
}

describe('connection.tune', () => {
  it('proposes 2047 channels, frames of 131072 bytes and heartbeats of 60 seconds', async () => {
    const peer = await broker.peer();
    expect(peer.proposed).toEqual({ channelMax: 2047, frameMax: 131072, heartbeat: 60 });
  });
});

describe('connection.tune-ok', () => {
  it.each<Partial<Tune>>([
    { channelMax: 1 },
    { frameMax: 4096 },
    { frameMax: 8192 },
    { heartbeat: 0 },
    { heartbeat: 60 },
    { heartbeat: 61 },
    { heartbeat: 65535 },
    { channelMax: 1, frameMax: 4096, heartbeat: 580 },
  ])('may say %o', async (tune) => {
    const peer = await broker.peer({ tune });
    await peer.channel();
  });

  it('binds the broker to the smaller frame-max in what it delivers', async () => {
    const peer = await broker.peer({ tune: { frameMax: 4096 } });
    const ch = await peer.channel();
    const queue = await ch.queue(broker.name('q'));
    const body = Buffer.alloc(10_000, 'x');
    ch.publish({ routingKey: queue }, body);
    const got = await ch.get(queue);
    expect(got?.content.body.equals(body)).toBe(true);
    expect(got?.content.split).toEqual([4088, 4088, 1824]);
    expect(Math.max(...peer.frames.map(({ length }) => length + 8))).toBeLessThanOrEqual(4096);
  });

  it('lets a message cross between connections of different frame-max', async () => {
    const small = await (await broker.peer({ tune: { frameMax: 4096 } })).channel();
    const large = await broker.channel();
    const queue = await large.queue(broker.name('q'));
    const body = Buffer.alloc(200_000, 'y');
    large.publish({ routingKey: queue }, body);
    expect((await large.get(queue, { noAck: false }))?.content.split).toEqual([131064, 68936]);
    large.send('basic.nack', { multiple: true, requeue: true });
    await large.call('channel.flow', { active: true });
    await small.call('basic.consume', { queue, noAck: true });
    const { content } = await small.expect('basic.deliver');
    expect(content.body.equals(body)).toBe(true);
    expect(Math.max(...content.split)).toBe(4088);
  });

  it('limits the number of channels to the smaller channel-max', async () => {
    const peer = await broker.peer({ tune: { channelMax: 2 } });
    await peer.channel(1);
    const second = await peer.channel(2);
    await second.close();
    await peer.channel(2);
    peer.rawChannel(3).send('channel.open');
    const text =
      'NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)';
    await peer.expectClose(530, text, 'none');
  });

  it('lets all 2047 channels be opened', async () => {
    const peer = await broker.peer();
    const channels = Array.from({ length: 2047 }, (_, at) => peer.rawChannel(at + 1));
    for (const channel of channels) channel.send('channel.open');
    await Promise.all(channels.map((channel) => channel.expect('channel.open-ok')));
  });

  it('with a value that the broker cannot agree to, or any other mistake before it, closes the socket without a word, three seconds later', async () => {
    const answers: Record<string, (peer: Peer) => unknown> = {
      'more channels': (peer) => peer.tune({ channelMax: 2048 }),
      'channels without limit': (peer) => peer.tune({ channelMax: 0 }),
      'larger frames': (peer) => peer.tune({ frameMax: 131073 }),
      'frames without limit': (peer) => peer.tune({ frameMax: 0 }),
      'frames below 4096': (peer) => peer.tune({ frameMax: 4095 }),
      'open instead': (peer) => peer.send(0, 'connection.open', { virtualHost: '/' }),
      'close instead': (peer) => peer.send(0, 'connection.close'),
      'start-ok again': (peer) => peer.login(),
      'channel.open instead': (peer) => peer.send(1, 'channel.open'),
    };
    await Promise.all(
      Object.entries(answers).map(async ([name, answer]) => {
        const peer = await tuning();
        const start = performance.now();
        if (!/frames|channels/.test(name)) await peer.expect('connection.tune');
        await answer(peer);
        await peer.expectEnd();
        expect([name, Math.round((performance.now() - start) / 1000)]).toEqual([name, 3]);
      }),
    );
  });

  it('may be preceded by heartbeats', async () => {
    const peer = await tuning();
    peer.sendFrame(8, 0, Buffer.alloc(0));
    await peer.tune();
    peer.sendFrame(8, 0, Buffer.alloc(0));
    await peer.open();
    await peer.channel();
  });
});
