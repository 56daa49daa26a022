import { expect } from 'vitest';
import { methodsOf, type PeerFrame, type ScriptedPeer } from './scripted-peer.ts';

/** Sends, and waits for so many answers of one name. */
export async function asks(
  peer: ScriptedPeer,
  name: string,
  count: number,
  ...parts: readonly Uint8Array[]
): Promise<PeerFrame[]> {
  const frames: PeerFrame[] = [];
  peer.sends(...parts);
  await expect
    .poll(async () => {
      frames.push(...(await peer.answers()));
      return methodsOf(frames).filter((each) => each.name === name).length;
    })
    .toBe(count);
  return frames;
}
