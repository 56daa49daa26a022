import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/logger.ts';
import { MemoryNode, type NodeOptions } from '../kit/memory-node.ts';
import {
  frame,
  method,
  methodsOf,
  namesOf,
  type OpenOptions,
  opening,
  protocolHeader,
  ScriptedPeer,
  startOk,
  tuneOk,
} from '../kit/scripted-peer.ts';

let node = new MemoryNode();

afterEach(() => {
  node.close();
});

function arrive(options: NodeOptions = {}, address?: string): ScriptedPeer {
  node.close();
  node = new MemoryNode(options);
  return new ScriptedPeer(node, address);
}

const open = (virtualHost = '/') => method(0, 'connection.open', { virtualHost });

describe('a handshake', () => {
  it('goes through start, tune and open', async () => {
    const peer = arrive({ limits: { heartbeat: 60 } });
    const [start] = await peer.askedMethods(protocolHeader);
    expect(start).toMatchObject({ name: 'connection.start', versionMajor: 0, versionMinor: 9 });
    const [tune] = await peer.askedMethods(startOk());
    expect(tune).toMatchObject({
      name: 'connection.tune',
      channelMax: 2047,
      frameMax: 131_072,
      heartbeat: 60,
    });
    expect(await peer.asks(tuneOk())).toEqual([]);
    expect(namesOf(await peer.asks(open()))).toEqual(['connection.open-ok']);
    expect(node.broker.connections.size).toBe(1);
  });

  it('may come in one piece, or octet by octet', async () => {
    const wanted = ['start', 'tune', 'open-ok'].map((name) => `connection.${name}`);
    for (const size of [100_000, 1, 7, 9]) {
      const peer = arrive();
      peer.sendsIn([size], opening());
      expect(namesOf(await peer.answers())).toEqual([...wanted, 'channel.open-ok']);
    }
  });

  it.each([
    ['AMQP 0-9-1 twice', Buffer.from('AMQPAMQP')],
    ['AMQP 1.0', Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 1, 0, 0)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['eight zeroes', new Uint8Array(8)],
  ])('answers %s with the header that it speaks, and hangs up', async (_name, bytes) => {
    const peer = arrive();
    const frames = await peer.asks(bytes);
    expect(frames).toEqual([{ type: 'protocol-header', bytes: protocolHeader }]);
    expect(peer.transport.ended).toBe(true);
  });

  it('takes the protocol header of 0-9 clients', async () => {
    const peer = arrive();
    const header = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 1, 1, 0, 9);
    expect(namesOf(await peer.asks(header))).toEqual(['connection.start']);
  });
});

describe('a handshake that takes too long', () => {
  it.each([
    ['before the protocol header', []],
    ['after the protocol header', [protocolHeader]],
    ['after start-ok', [protocolHeader, startOk()]],
    ['after tune-ok', [protocolHeader, startOk(), tuneOk()]],
    ['in the middle of a frame', [protocolHeader, startOk().subarray(0, 20)]],
  ])('is given up: %s', async (_name, parts) => {
    const peer = arrive({ limits: { handshakeTimeoutMs: 5000 } });
    peer.sends(...parts);
    await node.clock.advance('4999ms');
    expect(peer.transport.closed).toBe(false);
    await node.clock.advance('1ms');
    expect(peer.transport.destroyed).toBe(true);
  });

  it('no longer matters once the client is in', async () => {
    const peer = arrive({ limits: { handshakeTimeoutMs: 5000 } });
    peer.sends(opening());
    await node.clock.advance('1d');
    expect(peer.transport.closed).toBe(false);
  });
});

describe('a client that is refused before it is tuned', () => {
  const wrong: OpenOptions = { password: 'wrong' };

  it.each([
    ['a wrong password', [startOk(wrong)]],
    ['another method', [open()]],
    ['a frame of a channel', [method(1, 'channel.open')]],
    ['a frame that cannot be one', [frame(7, 0, Buffer.from('nonsense'))]],
    ['a frame with another end', [frame(1, 0, Buffer.from('nonsense'), 0)]],
    ['text that cannot be read', [frame(1, 0, Uint8Array.of(0, 10, 0, 11, 0, 0, 0, 9, 1))]],
    [
      'an unknown mechanism',
      [method(0, 'connection.start-ok', { mechanism: 'MAGIC', locale: 'en_US' })],
    ],
  ])('is told nothing for three seconds, then dropped: %s', async (_name, parts) => {
    const peer = arrive();
    await peer.asks(protocolHeader);
    expect(await peer.asks(...parts)).toEqual([]);
    await node.clock.advance('2999ms');
    expect(peer.transport.closed).toBe(false);
    expect(await peer.asks(startOk(), tuneOk(), open())).toEqual([]);
    await node.clock.advance('1ms');
    expect(peer.transport.destroyed).toBe(true);
    expect(peer.transport.output()).toHaveLength(0);
  });

  it('is told 403 if it asked to be told, and has the last word', async () => {
    const peer = arrive();
    const capabilities = { authentication_failure_close: true };
    const frames = await peer.asks(protocolHeader, startOk({ ...wrong, capabilities }));
    expect(methodsOf(frames)[1]).toMatchObject({
      name: 'connection.close',
      replyCode: 403,
      replyText:
        'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. ' +
        'For details see the broker logfile.',
      failingClassId: 0,
      failingMethodId: 0,
    });
    expect(peer.transport.ended).toBe(false);
    await peer.asks(method(0, 'connection.close-ok'));
    expect(peer.transport.ended).toBe(true);
  });

  it('is told 403 if it asked to be told, and dropped if it has not answered in three seconds', async () => {
    const peer = arrive();
    const capabilities = { authentication_failure_close: true };
    await peer.asks(protocolHeader, startOk({ ...wrong, capabilities }));
    await node.clock.advance('2999ms');
    expect(peer.transport.closed).toBe(false);
    await node.clock.advance('1ms');
    expect(peer.transport.destroyed).toBe(true);
  });

  it('is the guest who comes from another machine', async () => {
    const peer = arrive({}, '192.0.2.7');
    expect(namesOf(await peer.asks(opening()))).toEqual(['connection.start']);
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
      const local = arrive({}, address);
      expect(namesOf(await local.asks(opening()))).toContain('connection.open-ok');
    }
  });
});

describe('what a client tunes to', () => {
  async function tuned(options: OpenOptions, more: NodeOptions = {}) {
    const peer = arrive(more);
    await peer.asks(protocolHeader, startOk());
    return methodsOf(await peer.asks(tuneOk(options), open()))[0];
  }

  it.each([
    [{ frameMax: 4096 }, {}],
    [{ channelMax: 1 }, {}],
    [{ channelMax: 0 }, { channelMax: 0 }],
    [{ channelMax: 65_535 }, { channelMax: 0 }],
  ])('is accepted: %j of %j', async (options, limits) => {
    expect(await tuned(options, { limits })).toMatchObject({ name: 'connection.open-ok' });
  });

  it.each([
    [{ frameMax: 0 }, 'frame_max = 0 is higher than the maximum allowed value (131072)'],
    [{ frameMax: 131_073 }, 'frame_max = 131073 is higher than the maximum allowed value (131072)'],
    [{ frameMax: 4095 }, 'frame_max = 4095 is lower than the minimum allowed value (4096)'],
    [{ channelMax: 2048 }, 'channel_max = 2048 is higher than the maximum allowed value (2047)'],
    [
      { channelMax: 0 },
      'channel_max = 0 (no limit) is higher than the maximum allowed value (2047)',
    ],
  ])(
    'is refused when it is not within ours, and only the log says why: %j',
    async (options, text) => {
      const logged: object[] = [];
      const logger = { ...silentLogger, warn: (fields: object) => logged.push(fields) };
      expect(await tuned(options, { logger })).toBeUndefined();
      await node.clock.advance('3s');
      expect(logged).toEqual([
        expect.objectContaining({ cause: `NOT_ALLOWED - negotiated ${text}` }),
      ]);
      expect(node.broker.connections.size).toBe(0);
    },
  );
});

describe('connection.open', () => {
  async function opened(virtualHost: string, limits: NodeOptions['limits'] = {}) {
    const peer = arrive({ limits });
    await peer.asks(protocolHeader, startOk(), tuneOk());
    return (await peer.askedMethods(open(virtualHost)))[0];
  }

  it('is refused with 530 for a vhost that does not exist', async () => {
    expect(await opened('nowhere')).toMatchObject({
      name: 'connection.close',
      replyCode: 530,
      replyText: 'NOT_ALLOWED - vhost nowhere not found',
      failingClassId: 10,
      failingMethodId: 40,
    });
  });

  it('is refused with 530 for a vhost that the user may not see', async () => {
    const peer = arrive();
    node.broker.addVhost('private');
    await peer.asks(protocolHeader, startOk(), tuneOk());
    const [close] = await peer.askedMethods(open('private'));
    expect(close).toMatchObject({
      replyCode: 530,
      replyText: "NOT_ALLOWED - access to vhost 'private' refused for user 'guest'",
    });
  });

  it('is refused with 530 when there are too many connections, until one has left', async () => {
    const first = arrive({ limits: { connectionMax: 1 } });
    await first.asks(opening());
    const second = new ScriptedPeer(node);
    const [close] = (await second.askedMethods(opening({ channels: [] }))).slice(2);
    expect(close).toMatchObject({
      replyCode: 530,
      replyText: 'NOT_ALLOWED - connection refused: node connection limit (1) is reached',
    });
    await first.leaves();
    const third = new ScriptedPeer(node);
    expect(namesOf(await third.asks(opening()))).toContain('connection.open-ok');
  });

  it('is an error the second time', async () => {
    const peer = arrive();
    await peer.asks(opening());
    const [close] = await peer.askedMethods(open());
    expect(close).toMatchObject({ name: 'connection.close', replyCode: 504 });
  });
});
