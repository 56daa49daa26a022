import { afterEach, describe, expect, it } from 'vitest';
import type { PeerIdentity } from '../../src/kit/peer-identity.ts';
import { MemoryNode, type NodeOptions } from '../kit/memory-node.ts';
import { method, protocolHeader, ScriptedPeer, startOk } from '../kit/scripted-peer.ts';

const far = '203.0.113.7';
const capabilities = { authentication_failure_close: true };

let node = new MemoryNode();

afterEach(() => {
  node.close();
});

function nodeWith(options: NodeOptions): void {
  node.close();
  node = new MemoryNode(options);
  node.broker.users.add({ name: 'ada', password: 'engine' });
}

async function lastOf(peer: ScriptedPeer, response: Uint8Array): Promise<string | undefined> {
  const methods = await peer.askedMethods(protocolHeader, response);
  return methods.at(-1)?.name;
}

describe('a login by certificate', () => {
  const identity: PeerIdentity = {
    distinguishedName: 'CN=ada',
    commonName: 'ada',
    alternativeNames: [],
  };
  const external = method(0, 'connection.start-ok', {
    mechanism: 'EXTERNAL',
    response: Buffer.from(''),
    locale: 'en_US',
  });

  it('is offered to a client that has one, and lets it in', async () => {
    nodeWith({ logins: { certificates: { from: 'common_name' } } });
    const peer = new ScriptedPeer(node, far);
    Object.assign(peer.transport, { peerIdentity: identity });
    const [start] = await peer.askedMethods(protocolHeader);
    const offered =
      start?.name === 'connection.start' ? Buffer.from(start.mechanisms).toString() : '';
    expect(offered).toBe('PLAIN AMQPLAIN EXTERNAL');
    expect(await peer.askedMethods(external)).toMatchObject([{ name: 'connection.tune' }]);
  });

  it('is nothing that a client without one can ask for', async () => {
    nodeWith({ logins: { certificates: { from: 'common_name' } } });
    const peer = new ScriptedPeer(node, far);
    expect(await lastOf(peer, external)).toBe('connection.start');
  });
});

describe('logins over AMQP', () => {
  const wrong = startOk({ user: 'ada', password: 'motor', capabilities });
  const right = startOk({ user: 'ada', password: 'engine', capabilities });

  it('are counted', async () => {
    nodeWith({ logins: { countsSources: true } });
    await lastOf(new ScriptedPeer(node, far), wrong);
    await lastOf(new ScriptedPeer(node, far), right);
    const counts = { attempts: 2, failed: 1, succeeded: 1 };
    expect(node.broker.attempts.byProtocol()).toEqual([{ protocol: 'amqp091', ...counts }]);
    expect(node.broker.attempts.bySource()).toEqual([
      { protocol: 'amqp091', address: far, user: 'ada', ...counts },
    ]);
  });

  it('are refused for a while when too many have failed', async () => {
    nodeWith({ logins: { throttle: { burst: 1, perSecond: 1, loopback: false } } });
    expect(await lastOf(new ScriptedPeer(node, far), wrong)).toBe('connection.close');
    expect(await lastOf(new ScriptedPeer(node, far), right)).toBe('connection.close');
    await node.clock.advance('1s');
    expect(await lastOf(new ScriptedPeer(node, far), right)).toBe('connection.tune');
  });
});
