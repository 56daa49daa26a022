import fc from 'fast-check';
import { expect } from 'vitest';
import { type ReplyName, replyCode } from '../../src/codec/spec.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { footprint } from '../kit/footprint.ts';
import { MemoryNode, type NodeOptions, turn } from '../kit/memory-node.ts';
import { method, namesOf, type PeerFrame, publish, ScriptedPeer } from '../kit/scripted-peer.ts';

/** How many runs a property gets; more by FUZZ_RUNS. */
export const runs = (usual: number): number => Number(process.env['FUZZ_RUNS'] ?? usual);

const knownCodes = new Map<number, ReplyName>(
  (
    [
      'CONTENT_TOO_LARGE',
      'ACCESS_REFUSED',
      'NOT_FOUND',
      'RESOURCE_LOCKED',
      'PRECONDITION_FAILED',
      'FRAME_ERROR',
      'SYNTAX_ERROR',
      'COMMAND_INVALID',
      'CHANNEL_ERROR',
      'UNEXPECTED_FRAME',
      'RESOURCE_ERROR',
      'NOT_ALLOWED',
      'NOT_IMPLEMENTED',
    ] as const
  ).map((name) => [replyCode(name), name]),
);

/** What is wrong with answers, if anything: each has to be one that a broker may give. */
export function faultsOf(frames: readonly PeerFrame[]): string[] {
  const faults: string[] = [];
  let closed = false;
  for (const each of frames) {
    const told = each.type === 'method' ? each.method : undefined;
    // A close of the client's own may have crossed ours.
    if (closed && told?.name !== 'connection.close-ok') {
      faults.push('something came behind connection.close');
    }
    if (told === undefined) continue;
    if (told.name === 'connection.close') closed = true;
    if (told.name !== 'connection.close' && told.name !== 'channel.close') continue;
    const name = knownCodes.get(told.replyCode);
    if (name === undefined) faults.push(`${told.name} with ${told.replyCode} ${told.replyText}`);
    else if (!told.replyText.startsWith(`${name} - `)) faults.push(told.replyText);
  }
  return faults;
}

/** A node that keeps the errors that it logs: a fault of its own is one. */
export class WatchedNode extends MemoryNode {
  readonly errors: unknown[];

  constructor(options: NodeOptions = {}) {
    const errors: unknown[] = [];
    super({
      ...options,
      logger: { ...silentLogger, error: (fields) => errors.push(fields) },
    });
    this.errors = errors;
  }
}

/** Another client on the same node declares, publishes and gets: all that a broker is for. */
export async function stillWorks(node: MemoryNode): Promise<string[]> {
  const peer = await ScriptedPeer.open(node);
  const frames = await peer.asks(
    method(1, 'confirm.select'),
    method(1, 'queue.declare', { queue: 'still-works', exclusive: true }),
    publish(1, { routingKey: 'still-works', content: 'yes' }),
    method(1, 'basic.get', { queue: 'still-works', noAck: true }),
  );
  await peer.leaves();
  return namesOf(frames);
}

export const working = ['confirm.select-ok', 'queue.declare-ok', 'basic.get-ok', 'basic.ack'];

/** Everybody is gone, and the node as well. */
export async function endAll(node: MemoryNode, ...peers: ScriptedPeer[]): Promise<void> {
  for (const peer of peers) peer.transport.lose();
  node.close();
  await turn();
}

/** Holds a property many times, and finds all memory given back behind it. */
export async function holdsAndLeavesNothing<T>(
  property: fc.IAsyncProperty<T>,
  usualRuns: number,
): Promise<void> {
  const before = footprint();
  await fc.assert(property, { numRuns: runs(usualRuns) });
  expect(footprint()).toEqual(before);
}
