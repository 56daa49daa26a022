import { expect, it } from 'vitest';
import { saga } from '../../examples/saga.ts';
import { rehearse } from './rehearsal.ts';

it('completes the order that all services can serve, and undoes the other', async () => {
  const lines = await rehearse(saga, {
    onLine: (_line, broker) => {
      for (const service of ['payment', 'stock', 'order']) {
        expect(broker.queue(`examples.saga.${service}`).durable).toBe(true);
      }
    },
  });
  const eventsOf = (order: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${order}: `)).map((line) => line.split(': ')[1]!);
  expect(eventsOf('order 1')).toEqual([
    'order.placed',
    'payment.taken',
    'stock.reserved',
    'order.completed',
  ]);
  expect(eventsOf('order 2')).toEqual([
    'order.placed',
    'payment.taken',
    'stock.missing',
    'payment.returned',
    'order.cancelled',
  ]);
  expect(lines).toHaveLength(4 + 5);
});
