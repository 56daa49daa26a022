import type { Queue } from '../../queues/queue.ts';
import { deliveryNames, readDeliveries } from './deliveries.ts';
import { FigureSet } from './figure-set.ts';

export const lengthNames = ['messages', 'messages_ready', 'messages_unacknowledged'] as const;

export const queueLengths = new FigureSet<Queue>({
  groups: [lengthNames],
  always: true,
  read(queue, into) {
    into[0] = queue.ready + queue.unacked;
    into[1] = queue.ready;
    into[2] = queue.unacked;
  },
});

export const queueRates = new FigureSet<Queue>({
  groups: [['publish'], deliveryNames],
  read({ counters }, into) {
    into[0] = counters.publish;
    readDeliveries(counters, into, 1);
  },
});

/** Writes what the queues hold together. */
export function readLengths(queues: Iterable<Queue>, into: Float64Array): void {
  let ready = 0;
  let unacked = 0;
  for (const queue of queues) {
    ready += queue.ready;
    unacked += queue.unacked;
  }
  into[0] = ready + unacked;
  into[1] = ready;
  into[2] = unacked;
}
