import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { turn } from '../kit/memory-node.ts';
import type { Chunking } from '../kit/memory-transport.ts';
import { frame, framesOf, opening, type PeerFrame, ScriptedPeer } from '../kit/scripted-peer.ts';
import { chunking, conversation, tuning } from './conversation.ts';
import { hostileFrame } from './hostile.ts';
import { endAll, faultsOf, runs, WatchedNode } from './watched-node.ts';

interface Heard {
  /** All but confirms, which are gathered as far as one read goes. */
  readonly frames: readonly PeerFrame[];
  /** By channel: what has been confirmed and refused, in the end. */
  readonly confirmed: ReadonlyMap<number, string>;
  /** What is left in the queues. */
  readonly left: readonly unknown[];
}

function heardIn(frames: readonly PeerFrame[]): Omit<Heard, 'left'> {
  const others: PeerFrame[] = [];
  const settled = new Map<number, { upTo: number; refused: number[] }>();
  for (const each of frames) {
    const told = each.type === 'method' ? each.method : undefined;
    if (each.type !== 'method' || told === undefined) {
      others.push(each);
      continue;
    }
    const { channel } = each;
    const known = settled.get(channel) ?? { upTo: 0, refused: [] };
    if (told.name === 'basic.ack') {
      expect(told.deliveryTag).toBeGreaterThan(known.upTo);
      known.upTo = told.deliveryTag;
      settled.set(channel, known);
    } else if (told.name === 'basic.nack') {
      known.refused.push(told.deliveryTag);
      settled.set(channel, known);
    } else {
      // What was not confirmed when the channel closed never will be.
      if (told.name === 'channel.close' || told.name === 'channel.close-ok') {
        settled.set(channel, { upTo: 0, refused: [] });
      }
      if (told.name === 'connection.close') settled.clear();
      others.push(each);
    }
  }
  const confirmed = new Map(
    [...settled].map(([channel, { upTo, refused }]) => [channel, `${upTo} without ${refused}`]),
  );
  return { frames: others, confirmed };
}

async function heard(bytes: Uint8Array, chunks: Chunking): Promise<Heard> {
  const node = new WatchedNode();
  const peer = new ScriptedPeer(node);
  peer.sendsIn(chunks, bytes);
  await turn();
  const frames = framesOf(peer.transport.output());
  expect(faultsOf(frames)).toEqual([]);
  expect(node.errors).toEqual([]);
  const queues = [...node.broker.vhosts.get('/')!.queues.values()];
  const left = queues.map(({ name, ready, unacked }) => ({ name, ready, unacked }));
  await endAll(node, peer);
  return { ...heardIn(frames), left };
}

const wholeAtOnce: Chunking = [1_000_000];

describe('answers', () => {
  it('do not depend on how what is asked was cut on its way', async () => {
    const asked = fc
      .tuple(
        conversation,
        fc.option(fc.tuple(hostileFrame, conversation), { nil: undefined, freq: 3 }),
      )
      .map(([frames, more]) => {
        const [hostile, rest = []] = more ?? [];
        const parts = [opening(tuning), ...frames];
        if (hostile !== undefined) parts.push(hostile);
        return Buffer.concat([...parts, ...rest]);
      });
    await fc.assert(
      fc.asyncProperty(asked, chunking, async (bytes, chunks) => {
        expect(await heard(bytes, chunks)).toEqual(await heard(bytes, wholeAtOnce));
      }),
      { numRuns: runs(100) },
    );
  });

  it('are the same frame by frame and octet by octet', async () => {
    await fc.assert(
      fc.asyncProperty(conversation, async (frames) => {
        const bytes = Buffer.concat([opening(tuning), ...frames]);
        const all = await heard(bytes, wholeAtOnce);
        expect(await heard(bytes, [1])).toEqual(all);
        const lengths = [opening(tuning).length, ...frames.map((f) => f.length)];
        expect(await heard(bytes, lengths)).toEqual(all);
      }),
      { numRuns: runs(30) },
    );
  });

  // A message in one piece and one whose frames are taken one by one go different ways.
  it('are the same when a heartbeat comes between any two frames', async () => {
    const heartbeat = frame(8, 0, new Uint8Array(0));
    await fc.assert(
      fc.asyncProperty(conversation, async (frames) => {
        const whole = Buffer.concat([opening(tuning), ...frames]);
        const beaten = frames.flatMap((each) => [each, heartbeat]);
        const parted = Buffer.concat([opening(tuning), ...beaten]);
        expect(await heard(parted, wholeAtOnce)).toEqual(await heard(whole, wholeAtOnce));
      }),
      { numRuns: runs(150) },
    );
  });
});
