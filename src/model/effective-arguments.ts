import type { Table } from '../codec/table.ts';
import type { JsonObject } from '../kit/json.ts';
import { deliveryLimitOf, overflowOf, type QueueArguments } from './arguments.ts';

/**
 * What a queue goes by: its arguments and the definition of its policies together, as in RabbitMQ.
 * The lower of two limits holds. Of all else the argument wins, save that a quorum queue follows its
 * policy in what happens to a message for which there is no room, and to dead letters on their way.
 * @param declared the queue's arguments, read
 * @param definition of the policies, if any hold
 */
export function effectiveArguments(
  arguments_: Table,
  declared: QueueArguments,
  definition: JsonObject | undefined,
): QueueArguments {
  if (definition === undefined) return declared;
  const { queueType } = declared;
  const number = (key: string): number | undefined => numberIn(definition, key);
  const text = (key: string): string | undefined => textIn(definition, key);
  const policyFirst = queueType === 'quorum';
  const overflow = text('overflow');
  const strategy = text('dead-letter-strategy');
  const takesOverflow = policyFirst || !arguments_.has('x-overflow');
  return Object.freeze({
    ...declared,
    messageTtlMs: lower(declared.messageTtlMs, number('message-ttl')),
    expiresMs: lower(declared.expiresMs, number('expires')),
    maxLength: lower(declared.maxLength, number('max-length')),
    maxLengthBytes: lower(declared.maxLengthBytes, number('max-length-bytes')),
    overflow:
      overflow !== undefined && takesOverflow ? overflowOf(overflow, queueType) : declared.overflow,
    deadLetterExchange: declared.deadLetterExchange ?? text('dead-letter-exchange'),
    deadLetterRoutingKey: declared.deadLetterRoutingKey ?? text('dead-letter-routing-key'),
    deadLetterStrategy:
      policyFirst && strategy === 'at-least-once' ? strategy : declared.deadLetterStrategy,
    deliveryLimit: lower(declared.deliveryLimit, deliveryLimitOf(number('delivery-limit'))),
    consumerTimeoutMs: lower(declared.consumerTimeoutMs, number('consumer-timeout')),
  });
}

function lower(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

function numberIn(definition: JsonObject, key: string): number | undefined {
  const value = definition[key];
  return typeof value === 'number' ? value : undefined;
}

function textIn(definition: JsonObject, key: string): string | undefined {
  const value = definition[key];
  return typeof value === 'string' ? value : undefined;
}
