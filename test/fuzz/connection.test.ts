import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { turn } from '../kit/memory-node.ts';
import type { Chunking } from '../kit/memory-transport.ts';
import { framesOf, opening, ScriptedPeer } from '../kit/scripted-peer.ts';
import { chunking, conversation, tuning } from './conversation.ts';
import { hostileBytes } from './hostile.ts';
import {
  endAll,
  faultsOf,
  holdsAndLeavesNothing,
  stillWorks,
  WatchedNode,
  working,
} from './watched-node.ts';

const open = opening(tuning);

/** Hears whatever a client says; the answers are proper, others are served, nothing is left over. */
async function survives(bytes: Uint8Array, chunks: Chunking): Promise<void> {
  const node = new WatchedNode();
  const peer = new ScriptedPeer(node);
  peer.sends(open);
  peer.sendsIn(chunks, bytes);
  await turn();
  expect(faultsOf(framesOf(peer.transport.output()))).toEqual([]);
  expect(node.errors).toEqual([]);
  await endAll(node, peer);
}

const spoken = conversation.map((frames) => Buffer.concat(frames));

describe('a connection', () => {
  it('survives any bytes behind its handshake', async () => {
    const bytes = fc.uint8Array({ maxLength: 3000 });
    await holdsAndLeavesNothing(fc.asyncProperty(bytes, chunking, survives), 150);
  });

  it('survives hostile frames, tables and lengths', async () => {
    await holdsAndLeavesNothing(fc.asyncProperty(hostileBytes, chunking, survives), 250);
  });

  it('survives any conversation', async () => {
    await holdsAndLeavesNothing(fc.asyncProperty(spoken, chunking, survives), 200);
  });

  it('survives any bytes instead of a handshake', async () => {
    const rest = fc.oneof(hostileBytes, fc.uint8Array({ maxLength: 100 }));
    const begun = fc
      .tuple(fc.nat({ max: open.length - 1 }), rest)
      .map(([length, bytes]) => Buffer.concat([open.subarray(0, length), bytes]));
    const start = fc.oneof(fc.uint8Array({ maxLength: 200 }), begun);
    const property = fc.asyncProperty(start, chunking, async (bytes, chunks) => {
      const node = new WatchedNode();
      const peer = new ScriptedPeer(node);
      peer.sendsIn(chunks, bytes);
      await turn();
      framesOf(peer.transport.output());
      expect(node.errors).toEqual([]);
      // Whoever has not come in by then never will.
      await node.clock.advance('1m');
      expect(peer.transport.closed || peer.connection.isOpen).toBe(true);
      await endAll(node, peer);
    });
    await holdsAndLeavesNothing(property, 150);
  });

  it('may be lost at any moment, and others are served', async () => {
    const bytes = fc.oneof(spoken, hostileBytes).map((some) => Buffer.concat([open, some]));
    const property = fc.asyncProperty(
      bytes,
      chunking,
      fc.nat(),
      fc.boolean(),
      async (all, chunks, cut, reading) => {
        const node = new WatchedNode();
        const peer = new ScriptedPeer(node);
        const other = await ScriptedPeer.open(node);
        peer.transport.reading = reading;
        peer.sendsIn(chunks, all.subarray(0, cut % (all.length + 1)));
        if (cut % 2 === 0) await turn();
        peer.transport.lose('read ECONNRESET');
        expect(await stillWorks(node)).toEqual(working);
        expect(node.errors).toEqual([]);
        await endAll(node, other);
      },
    );
    await holdsAndLeavesNothing(property, 150);
  });
});
