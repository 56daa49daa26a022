import { expect, it } from 'vitest';
import { competingConsumers } from '../../examples/competing-consumers.ts';
import { rehearse } from './rehearsal.ts';

it('has each message done once, by whoever is free', async () => {
  const lines = await rehearse(competingConsumers, {
    onLine: (_line, broker) => {
      const queue = broker.queue('examples.competing-consumers.pictures');
      expect(queue.consumerCount).toBe(3);
      expect(queue.unackedCount).toBeLessThanOrEqual(3);
    },
  });
  const done = lines.map((line) => line.split(' resized '));
  const pictures = done.map(([, picture]) => picture);
  expect(pictures.toSorted()).toEqual([
    'panorama',
    ...[1, 2, 3, 4, 5, 6, 7].map((number) => `picture ${number}`),
  ]);
  // Who came first has the first message, and nothing else while it is at that.
  expect(lines.at(-1)).toBe('ann resized panorama');
  const others = done.slice(0, -1).map(([name]) => name);
  expect(new Set(others)).toEqual(new Set(['bob', 'cem']));
});
