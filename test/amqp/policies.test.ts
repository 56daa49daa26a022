import { afterEach, describe, expect, it } from 'vitest';
import { RealClock } from '../../src/kit/clock.ts';
import type { JsonObject } from '../../src/kit/json.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { openSegmentLog } from '../../src/store/open-segment-log.ts';
import { asks } from '../kit/asking.ts';
import { FaultyDisk } from '../kit/faulty-disk.ts';
import { MemoryNode } from '../kit/memory-node.ts';
import { method, methodsOf, publish, ScriptedPeer } from '../kit/scripted-peer.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function setPolicy(node: MemoryNode, definition: JsonObject): void {
  const rest = { pattern: '^q', applyTo: 'all', priority: 0 } as const;
  node.broker.policies.set('policy', { vhost: '/', name: 'p', definition, ...rest });
}

const message = (content: string) =>
  publish(1, { exchange: '', routingKey: 'q', content, properties: { deliveryMode: 2 } });
const declare = method(1, 'queue.declare', { queue: 'q', durable: true });
const confirm = method(1, 'confirm.select');

describe('a policy that is set while clients are at work', () => {
  it('refuses what is too much, and takes it again when it has gone', async () => {
    const node = new MemoryNode();
    closers.push(() => node.close());
    const peer = await ScriptedPeer.open(node);
    await asks(peer, 'basic.ack', 1, declare, confirm, message('a'));
    setPolicy(node, { 'max-length': 1, overflow: 'reject-publish' });
    await asks(peer, 'basic.nack', 1, message('b'));
    node.broker.policies.remove('policy', '/', 'p');
    await asks(peer, 'basic.ack', 1, message('c'));
    await peer.leaves();
  });

  it('ends the channel of a consumer that takes longer than it says', async () => {
    const node = new MemoryNode();
    closers.push(() => node.close());
    const peer = await ScriptedPeer.open(node);
    const consume = method(1, 'basic.consume', { queue: 'q' });
    await asks(peer, 'basic.deliver', 1, declare, consume, message('a'));
    setPolicy(node, { 'consumer-timeout': 60_000 });
    await node.clock.advance('5m');
    const frames = await asks(peer, 'channel.close', 1);
    const [close] = methodsOf(frames).filter((each) => each.name === 'channel.close');
    expect(close).toMatchObject({ replyCode: 406 });
    expect(JSON.stringify(close)).toContain('60000 ms');
  });
});

describe('a policy and its messages', () => {
  it('are there after a crash, and it holds for messages from before', async () => {
    const first = new FaultyDisk(11);
    const start = async (disk: FaultyDisk): Promise<MemoryNode> => {
      const options = { clock: new RealClock(), logger: silentLogger, walBytes: 2 ** 20 };
      const opened = await openSegmentLog({ disk, random: new SeededRandom(1), ...options });
      const node = new MemoryNode(opened);
      opened.log.describeBy(() => node.broker.facts());
      closers.push(() => opened.log.close().catch(() => {}));
      closers.push(() => node.close());
      return node;
    };
    const before = await start(first);
    const peer = await ScriptedPeer.open(before);
    setPolicy(before, { 'max-length': 3 });
    await asks(peer, 'confirm.select-ok', 1, declare, confirm);
    for (const body of ['a', 'b', 'c', 'd']) await asks(peer, 'basic.ack', 1, message(body));
    const after = await start(await first.kill());
    const queue = after.broker.vhosts.get('/')?.queue('q');
    expect(queue?.policy).toMatchObject({ policy: 'p', definition: { 'max-length': 3 } });
    expect(queue?.ready).toBe(3);
    setPolicy(after, { 'max-length': 2 });
    expect(queue?.ready).toBe(2);
    const client = await ScriptedPeer.open(after);
    const get = method(1, 'basic.get', { queue: 'q', noAck: true });
    const frames = await asks(client, 'basic.get-ok', 2, get, get);
    const bodies = frames.flatMap((each) =>
      each.type === 'body' ? [Buffer.from(each.payload).toString()] : [],
    );
    expect(bodies).toEqual(['c', 'd']);
    await client.leaves();
  });
});
