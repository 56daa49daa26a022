import { expect, it } from 'vitest';
import { wireTap } from '../../examples/wire-tap.ts';
import { rehearse } from './rehearsal.ts';

const WAREHOUSE = 'examples.wire-tap.warehouse';

it('hears what passes while it is in, and changes nothing for the receiver', async () => {
  const lines = await rehearse(wireTap, {
    onLine: (line, broker) => {
      const taps = broker.queues().filter((name) => name !== WAREHOUSE);
      if (line.startsWith('tap: ')) {
        expect(taps.map((name) => broker.queue(name))).toMatchObject([
          { exclusive: true, arguments: { 'x-max-length': 1000 } },
        ]);
      }
      // Nothing goes that way any more.
      if (line === 'warehouse: a shelf') {
        expect(taps.map((name) => broker.queue(name).messageCount)).toEqual([0]);
      }
    },
  });
  expect(lines.filter((line) => line.startsWith('warehouse: '))).toEqual([
    'warehouse: a chair',
    'warehouse: a table',
    'warehouse: a shelf',
  ]);
  expect(lines.filter((line) => line.startsWith('tap: '))).toEqual([
    'tap: examples.wire-tap.orders order.paid a table',
    'tap: examples.wire-tap.orders order.cancelled a bed',
  ]);
  expect(lines).toHaveLength(3 + 2);
});
