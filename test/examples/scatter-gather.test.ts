import { expect, it } from 'vitest';
import { scatterGather } from '../../examples/scatter-gather.ts';
import type { EmbeddedBroker, QueueView } from '../../src/index.ts';
import { rehearse } from './rehearsal.ts';

const deadlines = (broker: EmbeddedBroker): readonly QueueView[] =>
  broker
    .queues()
    .map((name) => broker.queue(name))
    .filter((queue) => queue.arguments['x-message-ttl'] === 200);

it('takes the best of the offers that came before the deadline', async () => {
  const lines: string[] = [];
  await rehearse(scatterGather, {
    clock: 'virtual',
    onLine: async (line, broker) => {
      lines.push(line);
      if (lines.length !== 2) return;
      const messages = (): readonly number[] =>
        deadlines(broker).map((queue) => queue.messageCount);
      await broker.clock.advance(199);
      expect(messages()).toEqual([1]);
      await broker.clock.advance(1);
      expect(messages()).toEqual([0]);
    },
  });
  expect(lines.slice(0, 2).toSorted()).toEqual([
    'north offers ten chairs at 120',
    'south offers ten chairs at 110',
  ]);
  expect(lines.slice(2)).toEqual(['south is the best of 2 offers']);
});
