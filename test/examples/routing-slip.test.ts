import { expect, it } from 'vitest';
import { routingSlip } from '../../examples/routing-slip.ts';
import { rehearse } from './rehearsal.ts';

it('takes each message along the way that its slip says', async () => {
  const lines = await rehearse(routingSlip, {
    onLine: (line, broker) => {
      // Until the next step has it, the queue of this one still answers for it.
      const [step] = line.split(' ');
      expect(broker.queue(`examples.routing-slip.${step}`).unackedCount).toBe(1);
    },
  });
  const stepsOf = (parcel: string): readonly string[] =>
    lines
      .map((line) => /^(\w+) (.+)$/.exec(line) ?? [])
      .filter(([, , name]) => name === parcel)
      .map(([, step]) => step ?? '');
  expect(stepsOf('book')).toEqual(['check', 'ship']);
  expect(stepsOf('gift')).toEqual(['check', 'wrap', 'ship']);
  expect(stepsOf('fragile gift')).toEqual(['wrap', 'check', 'wrap', 'ship']);
  expect(lines).toHaveLength(2 + 3 + 4);
});
