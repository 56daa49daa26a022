import { expect, it } from 'vitest';
import { messageFilter } from '../../examples/message-filter.ts';
import { rehearse } from './rehearsal.ts';

it('sends each reader what its patterns fit, once and in order', async () => {
  const lines = await rehearse(messageFilter);
  const readBy = (name: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.split(': ')[1]!);
  expect(readBy('dashboard')).toEqual([
    'shop.info',
    'payment.info',
    'payment.error',
    'payment.card.error',
  ]);
  expect(readBy('accounting')).toEqual(['payment.info', 'payment.error', 'payment.card.error']);
  expect(readBy('on call')).toEqual(['payment.error', 'payment.card.error']);
  expect(readBy('auditor')).toEqual(['payment.info', 'payment.error', 'payment.card.error']);
  expect(lines).toHaveLength(4 + 3 + 2 + 3);
});
