import { expect, it } from 'vitest';
import { delayedRetry } from '../../examples/delayed-retry.ts';
import { rehearse, waiting } from './rehearsal.ts';

const room = (ms: number): string => `examples.delayed-retry.wait-${ms}-ms`;

it('tries again after longer and longer waits, and gives up in the end', async () => {
  // When both tasks have had their attempt, time goes on by the wait.
  const waits = new Map([
    [2, 25],
    [4, 50],
    [6, 100],
  ]);
  const lines: string[] = [];
  await rehearse(delayedRetry, {
    clock: 'virtual',
    onLine: async (line, broker) => {
      lines.push(line);
      const wait = waits.get(lines.length);
      const again = /^(.*): .* again in (\d+) ms$/.exec(line);
      if (again) expect(waiting(broker, room(Number(again[2])))).toContain(again[1]);
      if (line.endsWith('given up')) {
        expect(waiting(broker, 'examples.delayed-retry.failed')).toEqual(['call the moon']);
      }
      if (wait === undefined) return;
      await broker.clock.advance(wait - 1);
      expect(waiting(broker, room(wait))).toContain('call the moon');
      expect(waiting(broker, 'examples.delayed-retry.work')).toEqual([]);
      await broker.clock.advance(1);
      expect(waiting(broker, room(wait))).toEqual([]);
    },
  });
  const linesOf = (task: string): readonly string[] =>
    lines.filter((line) => line.startsWith(task)).map((line) => line.slice(task.length + 2));
  expect(linesOf('call the bank')).toEqual([
    'attempt 1 failed, again in 25 ms',
    'attempt 2 failed, again in 50 ms',
    'done at attempt 3',
  ]);
  expect(linesOf('call the moon')).toEqual([
    'attempt 1 failed, again in 25 ms',
    'attempt 2 failed, again in 50 ms',
    'attempt 3 failed, again in 100 ms',
    'attempt 4 failed, given up',
  ]);
});
