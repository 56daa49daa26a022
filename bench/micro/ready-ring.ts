import { ExpiryRing } from '../../src/queues/expiry-ring.ts';
import { ReadyRing } from '../../src/queues/ready-ring.ts';
import type { Case, Suite } from '../kit/timing.ts';

function passThrough(name: string, waiting: number): Case {
  return {
    name,
    prepare: () => {
      const ring = new ReadyRing();
      for (let i = 0; i < waiting; i++) ring.push(i + 1);
      return (count) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          sum += ring.push(i + 1);
          sum += ring.shift();
        }
        return sum;
      };
    },
  };
}

export const suite: Suite = {
  hotFiles: ['src/queues/ready-ring.ts', 'src/queues/expiry-ring.ts'],
  cases: [
    passThrough('push and shift, 10 waiting', 10),
    passThrough('push and shift, 10,000 waiting', 10_000),
    {
      name: 'push and take an expiry, 1,000 waiting',
      prepare: () => (count) => {
        const ring = new ExpiryRing();
        let first = 0;
        let sum = 0;
        for (let seq = 0; seq < count; seq++) {
          ring.push(seq, seq + 5000);
          if (seq - first >= 1000) sum += ring.take(first++);
        }
        ring.clear();
        return sum;
      },
    },
  ],
};
