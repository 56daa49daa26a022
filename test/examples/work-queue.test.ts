import { expect, it } from 'vitest';
import { workQueue } from '../../examples/work-queue.ts';
import { rehearse, waiting } from './rehearsal.ts';

const QUEUE = 'examples.work-queue.films';

it('gives the task of a worker that crashed to the next one, before all others', async () => {
  const lines = await rehearse(workQueue, {
    onLine: (line, broker) => {
      if (!line.includes(' starts feature')) return;
      expect(broker.queue(QUEUE).unackedCount).toBe(1);
      expect(waiting(broker, QUEUE)).toEqual(['trailer', 'poster']);
    },
  });
  expect(lines).toEqual([
    'ann starts feature',
    'ann crashes',
    'bob starts feature, which was begun before',
    'bob has done feature',
    'bob starts trailer',
    'bob has done trailer',
    'bob starts poster',
    'bob has done poster',
  ]);
});
