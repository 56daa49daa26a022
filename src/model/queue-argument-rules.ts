import { type Field, type Table, textOf } from '../codec/table.ts';
import {
  type ArgumentChecks,
  isBoolean,
  isExpiry,
  isMaxPriority,
  isNonNegative,
  isOneOf,
  isPositive,
  isString,
  isTtl,
} from './argument-check.ts';
import { erlangString } from './erlang-term.ts';

// Which arguments each queue type takes, in the order in which RabbitMQ compares them when a queue is
// declared again. What no type knows is accepted, kept and never compared.

export type QueueType = 'classic' | 'quorum';

export const queueTypeArguments: Readonly<Record<QueueType, readonly string[]>> = {
  classic: [
    'x-expires',
    'x-message-ttl',
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-max-length',
    'x-max-length-bytes',
    'x-max-priority',
    'x-overflow',
    'x-queue-mode',
    'x-queue-version',
    'x-single-active-consumer',
    'x-queue-type',
    'x-queue-master-locator',
    // RabbitMQ 4.0 and later; 3.x refuses it for classic queues.
    'x-queue-leader-locator',
  ],
  quorum: [
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-dead-letter-strategy',
    'x-expires',
    'x-max-length',
    'x-max-length-bytes',
    'x-max-in-memory-length',
    'x-max-in-memory-bytes',
    'x-overflow',
    'x-single-active-consumer',
    'x-queue-type',
    'x-quorum-initial-group-size',
    'x-delivery-limit',
    'x-message-ttl',
    'x-queue-leader-locator',
  ],
};

const streamOnly = [
  'x-max-age',
  'x-stream-max-segment-size-bytes',
  'x-stream-filter-size-bytes',
  'x-initial-cluster-size',
];

function allBut(type: QueueType): ReadonlySet<string> {
  const known = [...queueTypeArguments.classic, ...queueTypeArguments.quorum, ...streamOnly];
  return new Set(known.filter((key) => !queueTypeArguments[type].includes(key)));
}

export const inapplicableArguments: Readonly<Record<QueueType, ReadonlySet<string>>> = {
  classic: allBut('classic'),
  quorum: allBut('quorum'),
};

/** The modules behind the queue types, by which RabbitMQ's texts call them. */
export const queueTypeModules: Readonly<Record<QueueType, string>> = {
  classic: 'rabbit_classic_queue',
  quorum: 'rabbit_quorum_queue',
};

const isLeaderLocator = isOneOf(
  ['client-local', 'balanced', 'random', 'least-leaders'],
  () => 'invalid_queue_locator_arg',
);

const isMasterLocator = isOneOf(
  ['client-local', 'min-masters', 'random'],
  () => 'invalid_queue_locator_arg',
);

const isRetryType = isOneOf(
  ['disabled', 'all', 'failed', 'returned'],
  () => 'invalid_delayed_retry_type',
);

function isDeadLetterKey(field: Field, all: Table): string | undefined {
  const reason = isString(field);
  if (reason !== undefined) return reason;
  return all.has('x-dead-letter-exchange') ? undefined : 'routing_key_but_no_dlx_defined';
}

function isQueueVersion(field: Field): string | undefined {
  const reason = isNonNegative(field);
  if (reason !== undefined) return reason;
  if (Number(field.value) === 1 || Number(field.value) === 2) return undefined;
  return erlangString(`unsupported queue version '${field.value}'`);
}

export const typeCheck: ArgumentChecks = [
  [
    'x-queue-type',
    isOneOf(['classic', 'quorum'], (text) => erlangString(`unsupported queue type '${text}'`)),
  ],
];

const declareChecks: ArgumentChecks = [
  ['x-expires', isExpiry],
  ['x-message-ttl', isTtl],
  ['x-dead-letter-routing-key', isDeadLetterKey],
  [
    'x-dead-letter-strategy',
    isOneOf(['at-most-once', 'at-least-once'], () => 'invalid_dlx_strategy'),
  ],
  ['x-max-length', isNonNegative],
  ['x-max-length-bytes', isNonNegative],
  ['x-max-in-memory-length', isNonNegative],
  ['x-max-in-memory-bytes', isNonNegative],
  ['x-max-priority', isMaxPriority],
  [
    'x-overflow',
    isOneOf(['drop-head', 'reject-publish', 'reject-publish-dlx'], () => 'invalid_overflow'),
  ],
  [
    'x-queue-mode',
    isOneOf(['default', 'lazy'], (text) => erlangString(`unsupported queue mode '${text}'`)),
  ],
  ['x-queue-version', isQueueVersion],
  ['x-single-active-consumer', isBoolean],
  ['x-quorum-initial-group-size', isPositive],
  ['x-queue-leader-locator', isLeaderLocator],
  // RabbitMQ 3.10 has no check here and dies of a bad value with INTERNAL_ERROR.
  ['x-queue-master-locator', isMasterLocator],
];

/** Arguments of RabbitMQ 3.12 and later, taken by both types and compared by neither. */
const laterChecks: ArgumentChecks = [
  ['x-consumer-timeout', isNonNegative],
  ['x-consumer-disconnected-timeout', isNonNegative],
  ['x-delayed-retry-type', isRetryType],
  ['x-delayed-retry-min', isNonNegative],
  ['x-delayed-retry-max', isNonNegative],
];

function checksOf(type: QueueType): ArgumentChecks {
  const taken = queueTypeArguments[type];
  return [...declareChecks.filter(([key]) => taken.includes(key)), ...laterChecks];
}

/** The checks of a type's arguments, in the order in which RabbitMQ makes them. */
export const argumentChecks: Readonly<Record<QueueType, ArgumentChecks>> = {
  classic: checksOf('classic'),
  quorum: checksOf('quorum'),
};

/** `x-queue-type` as declared; classic when absent or not a type we know. */
export function queueTypeOf(all: Table): QueueType {
  return textOf(all.get('x-queue-type')) === 'quorum' ? 'quorum' : 'classic';
}
