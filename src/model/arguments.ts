import { integerOf, type Table, textOf } from '../codec/table.ts';
import { checkApplicable, checkArguments, checkString } from './argument-check.ts';
import { BrokerError } from './broker-error.ts';
import {
  argumentChecks,
  inapplicableArguments,
  type QueueType,
  queueTypeModules,
  queueTypeOf,
  typeCheck,
} from './queue-argument-rules.ts';
import { resourceText } from './resource.ts';

export type Overflow = 'drop-head' | 'reject-publish' | 'reject-publish-dlx';
export type DeadLetterStrategy = 'at-most-once' | 'at-least-once';
export type DelayedRetryType = 'disabled' | 'all' | 'failed' | 'returned';

/** What the arguments of queue.declare ask for, checked. Times are in milliseconds. */
export type QueueArguments = Readonly<{
  queueType: QueueType;
  messageTtlMs: number | undefined;
  expiresMs: number | undefined;
  maxLength: number | undefined;
  maxLengthBytes: number | undefined;
  overflow: Overflow;
  deadLetterExchange: string | undefined;
  deadLetterRoutingKey: string | undefined;
  deadLetterStrategy: DeadLetterStrategy;
  maxPriority: number | undefined;
  singleActiveConsumer: boolean;
  /** Returns after which a message leaves the queue; undefined is without limit. */
  deliveryLimit: number | undefined;
  consumerTimeoutMs: number | undefined;
  delayedRetryType: DelayedRetryType;
  delayedRetryMinMs: number | undefined;
  delayedRetryMaxMs: number | undefined;
}>;

/** The rest of queue.declare that decides whether arguments are good. */
export type QueueDeclaration = Readonly<{
  queue: string;
  vhost: string;
  durable: boolean;
  exclusive: boolean;
  autoDelete: boolean;
}>;

export const QueueArguments = { parse: parseQueueArguments };

/** Throws BrokerError PRECONDITION_FAILED with RabbitMQ's text for the first thing it would refuse. */
function parseQueueArguments(all: Table, declaration: QueueDeclaration): QueueArguments {
  const subject = resourceText('queue', declaration.queue, declaration.vhost);
  checkString(all, 'x-dead-letter-exchange', subject);
  checkArguments(all, typeCheck, subject);
  const queueType = queueTypeOf(all);
  checkArguments(all, argumentChecks[queueType], subject);
  checkApplicable(all, inapplicableArguments[queueType], subject, queueTypeModules[queueType]);
  if (queueType === 'quorum') checkQuorumProperties(declaration, subject);
  return readArguments(all, queueType);
}

/** Throws for a queue whose name the server is to make up, unless its type allows that. */
export function checkServerNamed(all: Table): void {
  const queueType = queueTypeOf(all);
  if (queueType === 'classic') return;
  throw new BrokerError(
    'PRECONDITION_FAILED',
    `Cannot declare a server-named queue for type ${queueTypeModules[queueType]}`,
  );
}

function checkQuorumProperties(declaration: QueueDeclaration, subject: string): void {
  const refused =
    (declaration.autoDelete && 'auto-delete') ||
    (declaration.exclusive && 'exclusive-owner') ||
    (!declaration.durable && 'non-durable');
  if (!refused) return;
  throw new BrokerError('PRECONDITION_FAILED', `invalid property '${refused}' for ${subject}`);
}

function readArguments(all: Table, queueType: QueueType): QueueArguments {
  const number = (key: string) => integerOf(all.get(key));
  const text = (key: string) => textOf(all.get(key));
  return Object.freeze({
    queueType,
    messageTtlMs: number('x-message-ttl'),
    expiresMs: number('x-expires'),
    maxLength: number('x-max-length'),
    maxLengthBytes: number('x-max-length-bytes'),
    overflow: overflowOf(text('x-overflow'), queueType),
    deadLetterExchange: text('x-dead-letter-exchange'),
    deadLetterRoutingKey: text('x-dead-letter-routing-key'),
    deadLetterStrategy:
      text('x-dead-letter-strategy') === 'at-least-once' ? 'at-least-once' : 'at-most-once',
    maxPriority: number('x-max-priority'),
    singleActiveConsumer: all.get('x-single-active-consumer')?.value === true,
    deliveryLimit: deliveryLimitOf(number('x-delivery-limit')),
    consumerTimeoutMs: number('x-consumer-timeout'),
    delayedRetryType: delayedRetryTypeOf(text('x-delayed-retry-type')),
    delayedRetryMinMs: number('x-delayed-retry-min'),
    delayedRetryMaxMs: number('x-delayed-retry-max'),
  });
}

// A quorum queue takes reject-publish-dlx in its arguments and drops the head all the same.
export function overflowOf(text: string | undefined, queueType: QueueType): Overflow {
  if (text === 'reject-publish') return text;
  if (text === 'reject-publish-dlx' && queueType === 'classic') return text;
  return 'drop-head';
}

// RabbitMQ checks neither type nor sign; 4.0 made a negative limit mean none.
export function deliveryLimitOf(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 ? value : undefined;
}

function delayedRetryTypeOf(text: string | undefined): DelayedRetryType {
  return text === 'all' || text === 'failed' || text === 'returned' ? text : 'disabled';
}
