import { expect, it } from 'vitest';
import { sequentialConvoy } from '../../examples/sequential-convoy.ts';
import { rehearse } from './rehearsal.ts';

it("keeps each customer's order when the active worker dies", async () => {
  const lines = await rehearse(sequentialConvoy, {
    onLine: (line, broker) => {
      const anna = broker.queue('examples.sequential-convoy.0');
      if (line === 'eve: anna orders') {
        // Two workers with room for one message each, and one message is out.
        expect(anna).toMatchObject({ consumerCount: 2, unackedCount: 1 });
      }
      if (line === 'kim: anna pays') {
        expect(anna).toMatchObject({ consumerCount: 1, unackedCount: 1 });
      }
    },
  });
  expect(lines.filter((line) => line.includes('anna'))).toEqual([
    'eve: anna orders',
    'eve dies over: anna pays',
    'kim: anna pays',
    'kim: anna gets the parcel',
    'kim: anna sends it back',
  ]);
  expect(lines.filter((line) => line.includes('bert'))).toEqual([
    'kim: bert orders',
    'kim: bert pays',
    'kim: bert gets the parcel',
    'kim: bert sends it back',
  ]);
});
