import { expect, it } from 'vitest';
import { idempotentReceiver } from '../../examples/idempotent-receiver.ts';
import { rehearse } from './rehearsal.ts';

it('books each deposit once, whoever repeats it', async () => {
  const lines = await rehearse(idempotentReceiver, {
    onLine: (line, broker) => {
      if (line !== 'the receiver starts again') return;
      const left = broker.queue('examples.idempotent-receiver.deposits').messages();
      expect(left.map((message) => [message.text(), message.redelivered])).toEqual([['5', true]]);
    },
  });
  expect(lines).toEqual([
    '10 delivered: booked',
    '10 delivered: booked already',
    '5 delivered: booked',
    'the receiver starts again',
    '5 redelivered: booked already',
    'balance: 15',
  ]);
});
