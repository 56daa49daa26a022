import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryNode } from '../kit/memory-node.ts';
import { method, publish, ScriptedPeer } from '../kit/scripted-peer.ts';

let node: MemoryNode;

beforeEach(() => {
  node = new MemoryNode();
});

afterEach(() => {
  for (const connection of [...node.broker.connections]) connection.forceClose('the test is over');
  node.close();
});

const open = (heartbeat = 0) => ScriptedPeer.open(node, { heartbeat, channelMax: 7 });
const vhost = () => node.broker.vhosts.get('/')!;

describe('a connection that is looked at', () => {
  it('tells who is at its end, and what was agreed on', async () => {
    await node.clock.advance(5000);
    const { transport } = await open(30);
    const [view] = node.broker.connections;
    expect(view).toMatchObject({
      name: `127.0.0.1:${transport.remote.port} -> 127.0.0.1:5672`,
      user: 'guest',
      vhost: '/',
      state: 'running',
      local: transport.local,
      remote: transport.remote,
      mechanism: 'PLAIN',
      givenName: undefined,
      connectedAt: 5000,
      channelMax: 7,
      frameMax: 131_072,
      heartbeat: 30,
      channelCount: 1,
      tls: undefined,
    });
    expect([...view!.clientProperties.keys()]).toEqual(['capabilities']);
  });

  it('is given what its transport knows of TLS', async () => {
    const { connection } = await open();
    const tls = {
      protocol: 'tlsv1.3',
      cipher: 'aes_256_gcm',
      keyExchange: 'any',
      hash: 'sha384',
      peerSubject: 'CN=client',
      peerIssuer: 'CN=ca',
      peerValidity: undefined,
    };
    Object.assign(connection.transport, { tls });
    expect(connection.tls).toEqual(tls);
  });

  it('counts the bytes and the packets of both ways', async () => {
    const peer = await open();
    const before = { ...traffic(peer) };
    const asked = method(1, 'queue.declare', { queue: 'q' });
    await peer.asks(asked);
    const answer = peer.connection.sentBytes - before.sentBytes;
    expect(traffic(peer)).toEqual({
      receivedBytes: before.receivedBytes + asked.length,
      receivedPackets: before.receivedPackets + 1,
      sentBytes: before.sentBytes + answer,
      sentPackets: before.sentPackets + 1,
    });
    // A frame's eight bytes, two shorts of method, 'q', two longs.
    expect(answer).toBe(8 + 4 + 2 + 8);
  });

  it('counts what a large content takes as well', async () => {
    const peer = await open();
    await peer.asks(method(1, 'queue.declare', { queue: 'q' }));
    const content = 'x'.repeat(1_000_000);
    await peer.asks(publish(1, { routingKey: 'q', content }));
    const before = peer.connection.sentBytes;
    peer.sends(method(1, 'basic.get', { queue: 'q', noAck: true }));
    await expect.poll(() => peer.connection.sentBytes - before).toBeGreaterThan(content.length);
    expect(peer.connection.receivedBytes).toBeGreaterThan(content.length);
  });

  it('has its channels in the order of their numbers, each of them always as the same object', async () => {
    const peer = await ScriptedPeer.open(node, { channels: [3, 1, 2] });
    const views = [...peer.connection.channelViews()];
    expect(views.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect([...peer.connection.channelViews()][0]).toBe(views[0]);
    expect(views[0]).toMatchObject({ vhost: '/', user: 'guest' });
    expect(views[0]?.connection).toBe(peer.connection);
    await peer.asks(method(2, 'channel.close'));
    expect([...peer.connection.channelViews()].map(({ number }) => number)).toEqual([1, 3]);
    expect(peer.connection.channelCount).toBe(2);
  });
});

describe('the state of a connection', () => {
  it('is blocking under an alarm, blocked once it publishes, and running afterwards', async () => {
    const publisher = await open();
    const other = await open();
    for (const connection of node.broker.connections) connection.block('low on memory');
    expect([publisher.connection.state, other.connection.state]).toEqual(['blocking', 'blocking']);
    await publisher.asks(publish(1, { routingKey: 'q' }));
    expect([publisher.connection.state, other.connection.state]).toEqual(['blocked', 'blocking']);
    for (const connection of node.broker.connections) connection.unblock();
    expect([publisher.connection.state, other.connection.state]).toEqual(['running', 'running']);
  });

  it('is closing from the close to its answer, and it keeps its vhost and user', async () => {
    const peer = await open();
    peer.connection.forceClose('Closed via management plugin');
    expect(await peer.methods()).toMatchObject([
      {
        name: 'connection.close',
        replyCode: 320,
        replyText: 'CONNECTION_FORCED - Closed via management plugin',
      },
    ]);
    expect(peer.connection).toMatchObject({ state: 'closing', vhost: '/', user: 'guest' });
    // Told once is enough.
    peer.connection.forceClose('again');
    expect(await peer.methods()).toEqual([]);
    expect(peer.transport.destroyed).toBe(false);
    await peer.asks(method(0, 'connection.close-ok'));
    expect(node.broker.connections.size).toBe(0);
  });
});

describe('the traffic of a vhost', () => {
  it('is that of its connections, those included that have ended, up to their last words', async () => {
    const peers = [await open(), await open()];
    await peers[0]?.asks(publish(1, { routingKey: 'q', content: 'x'.repeat(1000) }));
    const sums = (): object => {
      const traffics = peers.map(traffic);
      const sum = (key: keyof (typeof traffics)[number]) =>
        traffics.reduce((total, each) => total + each[key], 0);
      return {
        receivedBytes: sum('receivedBytes'),
        receivedPackets: sum('receivedPackets'),
        sentBytes: sum('sentBytes'),
        sentPackets: sum('sentPackets'),
      };
    };
    expect(vhost().totals()).toMatchObject(sums());
    await peers[0]?.leaves();
    expect(vhost().totals()).toMatchObject(sums());
    await peers[1]?.vanishes();
    expect(vhost().totals()).toMatchObject(sums());
    expect(node.broker.totals()).toMatchObject(sums());
  });
});

function traffic({ connection }: ScriptedPeer) {
  const { receivedBytes, receivedPackets, sentBytes, sentPackets } = connection;
  return { receivedBytes, receivedPackets, sentBytes, sentPackets };
}
