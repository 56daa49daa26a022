import { recordOf, seqOf, Unsettled } from '../../src/amqp/unsettled.ts';
import type { Case, Suite } from '../kit/timing.ts';

function settleInOrder(name: string, prefetch: number): Case {
  return {
    name,
    prepare: () => {
      const unsettled = new Unsettled();
      for (let i = 0; i < prefetch; i++) unsettled.add(i + 1, 1, 0, 0, i, Infinity);
      return (count) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const tag = unsettled.add(i + 1, 1, 0, 0, i, Infinity) - prefetch;
          const entry = unsettled.find(tag);
          sum += recordOf(entry) + seqOf(entry);
          unsettled.remove(tag, entry);
        }
        return sum;
      };
    },
  };
}

export const suite: Suite = {
  hotFiles: ['src/amqp/unsettled.ts'],
  cases: [
    settleInOrder('add, find and remove, 1 unsettled', 1),
    settleInOrder('add, find and remove, 100 unsettled', 100),
    settleInOrder('add, find and remove, 10,000 unsettled', 10_000),
    {
      name: 'add 64, remove them from the last to the first (each)',
      prepare: () => (count) => {
        const unsettled = new Unsettled();
        let sum = 0;
        for (let i = 0; i < count; i += 64) {
          const first = unsettled.nextTag;
          for (let k = 0; k < 64; k++) unsettled.add(k + 1, 1, 0, 0, i + k, Infinity);
          for (let tag = first + 63; tag >= first; tag--) {
            const entry = unsettled.find(tag);
            sum += recordOf(entry);
            unsettled.remove(tag, entry);
          }
        }
        return sum;
      },
    },
    {
      name: 'use up a tag without settling',
      prepare: () => (count) => {
        const unsettled = new Unsettled();
        let sum = 0;
        for (let i = 0; i < count; i++) sum += unsettled.skip();
        return sum;
      },
    },
  ],
};
