import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { table } from '../../src/codec/table.ts';
import { Inspector } from '../../src/server/inspector.ts';
import { footprint } from '../kit/footprint.ts';
import { MemoryNode } from '../kit/memory-node.ts';
import { method, publish, ScriptedPeer } from '../kit/scripted-peer.ts';

let node: MemoryNode;
let peer: ScriptedPeer;
let inspector: Inspector;

beforeEach(async () => {
  node = new MemoryNode();
  peer = await ScriptedPeer.open(node);
  inspector = new Inspector(node.broker, '/');
});

afterEach(() => {
  peer.transport.lose();
  node.close();
});

const declare = (queue: string) => method(1, 'queue.declare', { queue, autoDelete: true });

describe('an inspector', () => {
  it('shows a queue as it is now, whenever it is asked', async () => {
    await peer.asks(method(1, 'queue.declare', { queue: 'q', exclusive: true }));
    expect(inspector.queue('q')).toMatchObject({
      name: 'q',
      durable: false,
      exclusive: true,
      autoDelete: false,
      arguments: {},
      messageCount: 0,
      unackedCount: 0,
      consumerCount: 0,
    });
    await peer.asks(
      publish(1, { routingKey: 'q' }),
      publish(1, { routingKey: 'q' }),
      method(1, 'basic.qos', { prefetchCount: 1 }),
      method(1, 'basic.consume', { queue: 'q' }),
    );
    expect(inspector.queue('q')).toMatchObject({
      messageCount: 1,
      unackedCount: 1,
      consumerCount: 1,
    });
  });

  it('shows an empty content and a message without properties', async () => {
    await peer.asks(declare('q'), publish(1, { routingKey: 'q' }));
    const [message] = inspector.queue('q').messages();
    expect(message).toMatchObject({
      exchange: '',
      routingKey: 'q',
      properties: {},
      headers: {},
      redelivered: false,
    });
    expect(message?.content).toHaveLength(0);
    expect(message?.text()).toBe('');
    expect(() => message?.json()).toThrow(SyntaxError);
  });

  it('shows copies, which stay what they were', async () => {
    await peer.asks(declare('q'));
    const contents = ['one', 'two', 'three'];
    await peer.asks(...contents.map((content) => publish(1, { routingKey: 'q', content })));
    const messages = inspector.queue('q').messages();
    messages[0]?.content.fill(0);
    await peer.asks(method(1, 'queue.purge', { queue: 'q' }), declare('other'));
    await peer.asks(publish(1, { routingKey: 'other', content: 'something else' }));
    expect(messages.slice(1).map((message) => message.text())).toEqual(['two', 'three']);
    expect(inspector.queue('q').messages()).toEqual([]);
  });

  it('keeps nothing of what it has shown', async () => {
    await peer.asks(declare('q'));
    await peer.asks(publish(1, { routingKey: 'q', content: 'x'.repeat(1000) }));
    const before = footprint();
    for (let i = 0; i < 100; i++) expect(inspector.queue('q').messages()).toHaveLength(1);
    expect(footprint()).toEqual(before);
  });

  it('shows headers as plain values', async () => {
    const headers = table({ text: 'é', number: 7, yes: true });
    await peer.asks(declare('q'), publish(1, { routingKey: 'q', properties: { headers } }));
    const [message] = inspector.queue('q').messages();
    expect(message?.headers).toEqual({ text: 'é', number: 7, yes: true });
    expect(message?.properties).toEqual({});
  });

  it('looks into any vhost', async () => {
    node.broker.addVhost('other');
    expect(inspector.queues('other')).toEqual([]);
    expect(inspector.exchanges('other')).toContain('amq.topic');
    expect(() => inspector.queue('q', 'other')).toThrow("no queue 'q' in vhost 'other'");
    expect(() => inspector.exchanges('nowhere')).toThrow("no vhost 'nowhere'");
  });
});
