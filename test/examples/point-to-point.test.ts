import { expect, it } from 'vitest';
import { pointToPoint } from '../../examples/point-to-point.ts';
import { rehearse, waiting } from './rehearsal.ts';

const QUEUE = 'examples.point-to-point.orders';
const ORDERS = ['order 1', 'order 2', 'order 3'];

it('hands what was sent to a receiver that comes later, in order', async () => {
  const lines = await rehearse(pointToPoint, {
    onLine: (line, broker) => {
      if (line !== 'sent 3 orders') return;
      expect(waiting(broker, QUEUE)).toEqual(ORDERS);
      const queue = broker.queue(QUEUE);
      expect(queue).toMatchObject({ durable: true, consumerCount: 0 });
      for (const { properties } of queue.messages()) expect(properties.deliveryMode).toBe(2);
    },
  });
  expect(lines).toEqual([
    'nobody takes order 4 for examples.point-to-point.oders',
    'sent 3 orders',
    ...ORDERS.map((order) => `received ${order}`),
  ]);
});
