import type { Target } from './broker.ts';
import { fill, numbered } from './messages.ts';

/** A transactional channel and a queue that held `count` messages before. */
export async function transactional(broker: Target, count = 0) {
  const ch = await broker.channel();
  const queue = await ch.queue(broker.name('q'));
  fill(ch, queue, numbered(count));
  await ch.call('tx.select');
  return { ch, queue };
}
