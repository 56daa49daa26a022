import { expect, it } from 'vitest';
import { aggregator } from '../../examples/aggregator.ts';
import { rehearse } from './rehearsal.ts';

it('makes one message of the parts of an order, and keeps what is incomplete', async () => {
  const lines = await rehearse(aggregator, {
    onLine: (line, broker) => {
      const parts = broker.queue('examples.aggregator.parts');
      if (line.startsWith('order ')) {
        // Delivered, and yet not forgotten by the broker.
        expect(parts.unackedCount).toBeGreaterThanOrEqual(1);
        expect(parts.messageCount).toBe(0);
      } else {
        expect(parts.unackedCount).toBe(0);
        const left = parts.messages().map(({ redelivered, ...part }) => [part.text(), redelivered]);
        expect(left).toEqual([['shelf', true]]);
      }
    },
  });
  expect(lines).toEqual([
    'order A: table, chair',
    'order B: bed, pillow, quilt',
    '1 part waits for the rest of its order',
  ]);
});
