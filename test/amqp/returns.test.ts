import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryNode } from '../kit/memory-node.ts';
import { method, methodsOf, publish, ScriptedPeer } from '../kit/scripted-peer.ts';

let node: MemoryNode;
let peer: ScriptedPeer;

beforeEach(async () => {
  node = new MemoryNode();
  peer = await ScriptedPeer.open(node);
  await peer.asks(method(1, 'confirm.select'));
});

afterEach(() => {
  peer.transport.lose();
  node.close();
});

/** What came: `return` or the tag that is confirmed, `*` before it if all up to it are. */
async function toldOf(...parts: readonly Uint8Array[]): Promise<string[]> {
  return methodsOf(await peer.asks(...parts)).map((told) => {
    if (told.name !== 'basic.ack') return told.name === 'basic.return' ? 'return' : told.name;
    return `${told.multiple ? '*' : ''}${told.deliveryTag}`;
  });
}

describe('what nobody wants, published together on a channel that confirms', () => {
  const dropped = publish(1, { routingKey: 'none', content: 'x' });
  const returned = publish(1, { routingKey: 'none', mandatory: true, content: 'x' });

  it('is confirmed by itself behind its return', async () => {
    expect(await toldOf(dropped, returned)).toEqual(['1', 'return', '2']);
    expect(await toldOf(returned, returned)).toEqual(['return', '3', 'return', '4']);
  });

  it('is confirmed the same when it carries an address for direct replies', async () => {
    const consume = { queue: 'amq.rabbitmq.reply-to', consumerTag: 'c', noAck: true };
    await peer.asks(method(1, 'basic.consume', consume));
    const request = publish(1, {
      routingKey: 'none',
      mandatory: true,
      content: 'x',
      properties: { replyTo: 'amq.rabbitmq.reply-to' },
    });
    expect(await toldOf(request, request)).toEqual(['return', '1', 'return', '2']);
  });

  it('is confirmed at once while nothing is returned', async () => {
    expect(await toldOf(dropped, dropped, dropped)).toEqual(['*3']);
  });
});
