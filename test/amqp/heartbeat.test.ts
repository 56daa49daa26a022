import { describe, expect, it } from 'vitest';
import { Heartbeat } from '../../src/amqp/heartbeat.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import { MemoryNode, turn } from '../kit/memory-node.ts';
import { frame, method, ScriptedPeer } from '../kit/scripted-peer.ts';

const heartbeatFrame = frame(8, 0, new Uint8Array(0));

function start(interval: number) {
  const clock = new VirtualClock();
  const pulse = {
    reads: 0,
    writes: 0,
    isPaused: false,
    sent: 0,
    deaths: 0,
    sendHeartbeat: () => {
      pulse.sent++;
      pulse.writes++;
    },
    peerIsDead: () => {
      pulse.deaths++;
    },
  };
  return { clock, pulse, heartbeat: new Heartbeat(clock, pulse, interval) };
}

describe('a heartbeat', () => {
  it('is sent at least once an interval while nothing else is', async () => {
    const { clock, pulse } = start(10);
    for (let second = 0; second < 60; second++) {
      pulse.reads++;
      await clock.advance('1s');
    }
    expect(pulse.sent).toBeGreaterThanOrEqual(6);
    expect(pulse.sent).toBeLessThanOrEqual(12);
    expect(pulse.deaths).toBe(0);
  });

  it('is not sent while other things are', async () => {
    const { clock, pulse } = start(10);
    for (let second = 0; second < 60; second++) {
      pulse.reads++;
      pulse.writes++;
      await clock.advance('1s');
    }
    expect(pulse.sent).toBe(0);
  });

  it('gives the peer up between two and three intervals of silence, and once', async () => {
    const { clock, pulse } = start(10);
    pulse.reads++;
    await clock.advance('20s');
    expect(pulse.deaths).toBe(0);
    await clock.advance('10s');
    expect(pulse.deaths).toBe(1);
    await clock.advance('1h');
    expect(pulse.deaths).toBe(1);
  });

  it('lets one read in two intervals be enough', async () => {
    const { clock, pulse } = start(10);
    for (let i = 0; i < 10; i++) {
      await clock.advance('17s');
      pulse.reads++;
    }
    expect(pulse.deaths).toBe(0);
  });

  it('takes silence for nothing while nothing is read', async () => {
    const { clock, pulse } = start(10);
    pulse.isPaused = true;
    await clock.advance('10m');
    expect(pulse.deaths).toBe(0);
    pulse.isPaused = false;
    await clock.advance('20s');
    expect(pulse.deaths).toBe(0);
    await clock.advance('10s');
    expect(pulse.deaths).toBe(1);
  });

  it('does nothing more when it is stopped', async () => {
    const { clock, pulse, heartbeat } = start(1);
    heartbeat.stop();
    await clock.advance('1m');
    expect(pulse).toMatchObject({ sent: 0, deaths: 0 });
  });
});

describe('the heartbeats of a connection', () => {
  it('come as frames on channel 0, and end the connection of a client that is silent', async () => {
    const node = new MemoryNode({ limits: { heartbeat: 60 } });
    const peer = await ScriptedPeer.open(node, { heartbeat: 20 });
    await peer.answers();
    await node.clock.advance('20s');
    expect(await peer.answers()).toContainEqual({ type: 'heartbeat' });
    expect(peer.transport.destroyed).toBe(false);
    await node.clock.advance('30s');
    expect(peer.transport.destroyed).toBe(true);
    expect(node.broker.connections.size).toBe(0);
    node.close();
  });

  it('keep a client alive that sends nothing but heartbeats', async () => {
    const node = new MemoryNode({ limits: { heartbeat: 60 } });
    const peer = await ScriptedPeer.open(node, { heartbeat: 20 });
    for (let i = 0; i < 20; i++) {
      await node.clock.advance('20s');
      peer.sends(heartbeatFrame);
    }
    expect(peer.transport.closed).toBe(false);
    await peer.leaves();
    node.close();
  });

  it('are off when the client asks for none', async () => {
    const node = new MemoryNode({ limits: { heartbeat: 60 } });
    const peer = await ScriptedPeer.open(node, { heartbeat: 0 });
    await peer.answers();
    await node.clock.advance('1d');
    expect(await peer.answers()).toEqual([]);
    expect(peer.transport.closed).toBe(false);
    await peer.leaves();
    node.close();
  });

  it('do not end a connection whose client is held back by an alarm', async () => {
    const node = new MemoryNode({ memoryHighWatermark: -1 });
    const peer = await ScriptedPeer.open(node, { heartbeat: 10 });
    peer.sends(method(1, 'basic.publish', { routingKey: 'nobody' }));
    peer.sends(frame(2, 1, Uint8Array.from([0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])));
    expect(peer.transport.paused).toBe(true);
    await node.clock.advance('5m');
    await turn();
    expect(peer.transport.closed).toBe(false);
    expect(node.broker.connections.size).toBe(1);
    peer.transport.lose();
    node.close();
  });
});
