import { expect, it } from 'vitest';
import { deadLetterChannel } from '../../examples/dead-letter-channel.ts';
import { rehearse, waiting } from './rehearsal.ts';

const ORDERS = 'examples.dead-letter-channel.orders';
const LAST = '{"chairs": 20, "only": "today"}';

it('sets aside what overflows, is refused or grows too old, with the reason', async () => {
  const lines = await rehearse(deadLetterChannel, {
    clock: 'virtual',
    onLine: async (line, broker) => {
      if (line !== 'the shop is closed') return;
      await broker.clock.advance(99);
      expect(waiting(broker, ORDERS)).toEqual([LAST]);
      await broker.clock.advance(1);
    },
  });
  expect(lines.filter((line) => line.includes('is dead'))).toEqual([
    '{"chairs": 1} is dead: maxlen',
    '2 chairs is dead: rejected',
    `${LAST} is dead: expired`,
  ]);
  expect(lines.filter((line) => line.startsWith('took '))).toEqual(['took {"chairs": 2}']);
  expect(lines.indexOf('the shop is closed')).toBeLessThan(
    lines.indexOf(`${LAST} is dead: expired`),
  );
});
