// Where RabbitMQ and Leveret (which behaves as 3.13) differ in what becomes of messages.

import type { Difference } from './differences.ts';

export const messageDifferences = {
  lastDeath: {
    reason: 'x-last-death-queue, -reason and -exchange came with 3.13',
    upTo: '3.12',
    rabbit: false,
    leveret: true,
  },
  deathOrder: {
    reason: 'up to 3.12 each death turned the order of all earlier entries of x-death round',
    upTo: '3.12',
    rabbit: 'newest first, then turned round',
    leveret: 'newest first',
  },
  mandatoryReply: {
    reason: 'up to 4.1 a mandatory direct reply was returned as unroutable although delivered',
    upTo: '4.1',
    rabbit: true,
    leveret: false,
  },
  unknownDeliveryMode: {
    reason:
      'a delivery mode other than 1 and 2 was refused up to 3.12, and is transient since 3.13',
    upTo: '3.12',
    rabbit: 'refused',
    leveret: 'transient',
  },
} as const satisfies Record<string, Difference<unknown, unknown>>;
