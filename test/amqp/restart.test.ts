import { afterEach, describe, expect, it } from 'vitest';
import { longstr, table } from '../../src/codec/table.ts';
import { RealClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { openSegmentLog } from '../../src/store/open-segment-log.ts';
import type { SegmentLog } from '../../src/store/segment-log.ts';
import { asks } from '../kit/asking.ts';
import { FaultyDisk } from '../kit/faulty-disk.ts';
import { MemoryNode } from '../kit/memory-node.ts';
import { method, methodsOf, type PeerFrame, publish, ScriptedPeer } from '../kit/scripted-peer.ts';

const MIB = 2 ** 20;
const persistent = { deliveryMode: 2 };

interface Life {
  readonly node: MemoryNode;
  readonly log: SegmentLog;
}

const lives: Life[] = [];

afterEach(async () => {
  for (const { node, log } of lives) {
    node.close();
    await log.close().catch(() => {});
  }
  lives.length = 0;
});

async function start(disk: FaultyDisk): Promise<Life> {
  const random = new SeededRandom(1);
  const options = { disk, random, clock: new RealClock(), logger: silentLogger, walBytes: MIB };
  const { log, recovered } = await openSegmentLog(options);
  const node = new MemoryNode({ log, recovered });
  log.describeBy(() => node.broker.facts());
  const life = { node, log };
  lives.push(life);
  return life;
}

async function stop({ node, log }: Life): Promise<void> {
  const facts = node.broker.facts();
  log.describeBy(() => facts);
  node.close();
  await log.close();
}

const bodiesOf = (frames: readonly PeerFrame[]): string[] =>
  frames.flatMap((each) => (each.type === 'body' ? [Buffer.from(each.payload).toString()] : []));

const topology = [
  method(1, 'exchange.declare', { exchange: 'x', type: 'topic', durable: true }),
  method(1, 'queue.declare', {
    queue: 'q',
    durable: true,
    arguments: table({ 'x-max-priority': { type: 'B', value: 3 }, 'x-note': longstr('kept') }),
  }),
  method(1, 'queue.bind', { queue: 'q', exchange: 'x', routingKey: 'a.*' }),
  method(1, 'queue.declare', { queue: 'transient' }),
  method(1, 'queue.declare', { queue: 'gone', durable: true }),
  method(1, 'queue.delete', { queue: 'gone' }),
];
const message = (content: string, properties: object = persistent) =>
  publish(1, { exchange: 'x', routingKey: 'a.b', content, properties });

const ways = [
  ['a clean stop', async (life: Life, disk: FaultyDisk) => stop(life).then(() => disk)],
  ['the end of its process', async (_: Life, disk: FaultyDisk) => disk.kill()],
  ['a power failure', async (_: Life, disk: FaultyDisk) => disk.crash()],
] as const;

describe.each(ways)('after %s', (_, end) => {
  it('clients find what they were told is there, and nothing else', async () => {
    const disk = new FaultyDisk(7);
    const life = await start(disk);
    const peer = await ScriptedPeer.open(life.node);
    await asks(peer, 'queue.delete-ok', 1, ...topology, method(1, 'confirm.select'));
    await asks(peer, 'basic.ack', 1, message('one'), message('lost', { deliveryMode: 1 }));
    await asks(peer, 'basic.ack', 1, message('two', { deliveryMode: 2, priority: 2 }));
    const { node } = await start(await end(life, disk));
    const names = [...(node.broker.vhosts.get('/')?.queues.keys() ?? [])];
    expect(names).toEqual(['q']);
    const client = await ScriptedPeer.open(node);
    const [declared] = methodsOf(
      await asks(client, 'queue.declare-ok', 1, ...topology.slice(1, 2)),
    );
    expect(declared).toMatchObject({ messageCount: 2 });
    await asks(client, 'basic.ack', 1, method(1, 'confirm.select'), message('three'));
    const frames = await asks(
      client,
      'basic.deliver',
      3,
      method(1, 'basic.consume', { queue: 'q' }),
    );
    expect(bodiesOf(frames)).toEqual(['two', 'one', 'three']);
    await client.leaves();
  });

  it('a transaction that was committed is there, and what was only said is not', async () => {
    const disk = new FaultyDisk(8);
    const life = await start(disk);
    const peer = await ScriptedPeer.open(life.node);
    await asks(peer, 'tx.select-ok', 1, ...topology, method(1, 'tx.select'));
    await asks(peer, 'tx.commit-ok', 1, message('one'), message('two'), method(1, 'tx.commit'));
    await peer.asks(message('three'));
    const { node } = await start(await end(life, disk));
    const queue = node.broker.vhosts.get('/')?.queues.get('q');
    expect(queue?.ready).toBe(2);
  });
});
