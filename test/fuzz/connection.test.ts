import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { footprint } from '../kit/footprint.ts';
import { turn } from '../kit/memory-node.ts';
import type { Chunking } from '../kit/memory-transport.ts';
import { framesOf, opening, ScriptedPeer } from '../kit/scripted-peer.ts';
import {
  channels,
  chunking,
  conversation,
  faultsOf,
  frameMax,
  hostileBytes,
  leaveNothing,
  runs,
  stillWorks,
  WatchedNode,
  working,
} from './connection-arbitraries.ts';

const open = opening({ frameMax, channels });

/** Hears whatever a client says; the answers are proper, others are served, nothing is left over. */
async function survives(bytes: Uint8Array, chunks: Chunking): Promise<void> {
  const before = footprint();
  const node = new WatchedNode();
  const peer = new ScriptedPeer(node);
  peer.sends(open);
  peer.sendsIn(chunks, bytes);
  await turn();
  expect(faultsOf(framesOf(peer.transport.output()))).toEqual([]);
  expect(node.errors).toEqual([]);
  await leaveNothing(node, peer);
  expect(footprint()).toEqual(before);
}

describe('a connection', () => {
  it('survives any bytes behind its handshake', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), chunking, survives), {
      numRuns: runs(150),
    });
  });

  it('survives any bytes instead of a handshake', async () => {
    const start = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .nat({ max: open.length - 1 })
        .chain((length) =>
          fc
            .oneof(hostileBytes, fc.uint8Array({ maxLength: 100 }))
            .map((rest) => Buffer.concat([open.subarray(0, length), rest])),
        ),
    );
    await fc.assert(
      fc.asyncProperty(start, chunking, async (bytes, chunks) => {
        const before = footprint();
        const node = new WatchedNode();
        const peer = new ScriptedPeer(node);
        peer.sendsIn(chunks, bytes);
        await turn();
        framesOf(peer.transport.output());
        expect(node.errors).toEqual([]);
        // Whoever has not come in by then never will.
        await node.clock.advance('1m');
        expect(peer.transport.closed || node.broker.connections.size === 1).toBe(true);
        await leaveNothing(node, peer);
        expect(footprint()).toEqual(before);
      }),
      { numRuns: runs(150) },
    );
  });

  it('survives hostile frames, tables and lengths', async () => {
    await fc.assert(fc.asyncProperty(hostileBytes, chunking, survives), { numRuns: runs(250) });
  });

  it('survives any conversation', async () => {
    const bytes = conversation.map((frames) => Buffer.concat(frames));
    await fc.assert(fc.asyncProperty(bytes, chunking, survives), { numRuns: runs(200) });
  });

  it('may be lost at any moment, and others are served', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          conversation.map((frames) => Buffer.concat(frames)),
          hostileBytes,
        ),
        chunking,
        fc.nat(),
        fc.boolean(),
        async (bytes, chunks, cut, reading) => {
          const before = footprint();
          const node = new WatchedNode();
          const peer = new ScriptedPeer(node);
          const other = await ScriptedPeer.open(node);
          peer.transport.reading = reading;
          const all = Buffer.concat([open, bytes]);
          peer.sendsIn(chunks, all.subarray(0, cut % (all.length + 1)));
          if (cut % 2 === 0) await turn();
          peer.transport.lose('read ECONNRESET');
          expect(await stillWorks(node)).toEqual(working);
          expect(node.errors).toEqual([]);
          await leaveNothing(node, other);
          expect(footprint()).toEqual(before);
        },
      ),
      { numRuns: runs(150) },
    );
  });
});
