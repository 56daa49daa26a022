import fc from 'fast-check';
import { it } from 'vitest';
import { turn } from '/work/main/test/kit/memory-node.ts';
import { framesOf, opening, ScriptedPeer } from '/work/main/test/kit/scripted-peer.ts';
import { conversation, tuning } from '/work/main/test/fuzz/conversation.ts';
import { WatchedNode } from '/work/main/test/fuzz/watched-node.ts';
it('stats', async () => {
  const counts = new Map<string, number>();
  for (const frames of fc.sample(conversation, 500)) {
    const node = new WatchedNode(); const peer = new ScriptedPeer(node);
    peer.sends(opening(tuning), ...frames); await turn();
    for (const f of framesOf(peer.transport.output())) { const n = f.type === 'method' ? f.method.name + ('replyCode' in f.method ? f.method.replyCode + ' ' + f.method.replyText.slice(0,60) : '') : f.type; counts.set(n, (counts.get(n) ?? 0) + 1); }
    peer.transport.lose(); node.close();
  }
  console.log([...counts].sort((a, b) => b[1] - a[1]).map(([n, c]) => `${c} ${n}`).join('\n'));
});
