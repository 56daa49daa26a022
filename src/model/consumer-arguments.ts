import { integerOf, type Table } from '../codec/table.ts';
import {
  type ArgumentChecks,
  checkApplicable,
  checkArguments,
  isBoolean,
  isInteger,
  isNonNegative,
} from './argument-check.ts';
import { type QueueType, queueTypeModules } from './queue-argument-rules.ts';
import { resourceText } from './resource.ts';

/** What the arguments of basic.consume ask for, checked. */
export type ConsumerArguments = Readonly<{
  /** Consumers of a higher priority come first; 0 unless given, may be negative. */
  priority: number;
  consumerTimeoutMs: number | undefined;
}>;

export const ConsumerArguments = { parse: parseConsumerArguments };

const checks: Readonly<Record<QueueType, ArgumentChecks>> = {
  classic: [
    ['x-priority', isInteger],
    ['x-cancel-on-ha-failover', isBoolean],
    ['x-consumer-timeout', isNonNegative],
  ],
  quorum: [
    ['x-priority', isInteger],
    ['x-consumer-timeout', isNonNegative],
  ],
};

const inapplicable: Readonly<Record<QueueType, ReadonlySet<string>>> = {
  classic: new Set(['x-stream-offset']),
  quorum: new Set(['x-stream-offset', 'x-cancel-on-ha-failover']),
};

/** Throws BrokerError PRECONDITION_FAILED with RabbitMQ's text. */
function parseConsumerArguments(
  all: Table,
  queue: Readonly<{ queue: string; vhost: string; queueType: QueueType }>,
): ConsumerArguments {
  const subject = resourceText('queue', queue.queue, queue.vhost);
  const { queueType } = queue;
  checkArguments(all, checks[queueType], subject);
  checkApplicable(all, inapplicable[queueType], subject, queueTypeModules[queueType]);
  return Object.freeze({
    priority: integerOf(all.get('x-priority')) ?? 0,
    consumerTimeoutMs: integerOf(all.get('x-consumer-timeout')),
  });
}
