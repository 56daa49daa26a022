import { expect, it } from 'vitest';
import { publishSubscribe } from '../../examples/publish-subscribe.ts';
import { rehearse } from './rehearsal.ts';

it('gives each subscriber a copy of what is published while it is there', async () => {
  const subscribers = new Map<string, readonly boolean[]>();
  const lines = await rehearse(publishSubscribe, {
    onLine: (line, broker) => {
      const queues = broker.queues().map((name) => broker.queue(name).exclusive);
      if (line.startsWith('published ')) subscribers.set(line, queues);
    },
  });
  const news = (name: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${name} got `)).map((line) => line.split(' got ')[1]!);
  expect(news('radio')).toEqual(['sun', 'wind', 'snow']);
  expect(news('paper')).toEqual(['sun', 'wind', 'snow']);
  expect(news('latecomer')).toEqual(['snow']);
  expect(lines).toHaveLength(7 + 4);
  // A queue each, and each exclusive.
  expect([...subscribers]).toEqual([
    ['published rain', []],
    ['published sun', [true, true]],
    ['published wind', [true, true]],
    ['published snow', [true, true, true]],
  ]);
});
