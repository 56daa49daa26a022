import { type Field, longstr, type Table, textOf } from '../codec/table.ts';
import { BrokerError } from './broker-error.ts';
import { erlangText, fieldTypeNames } from './erlang-term.ts';
import { valuesIdentical } from './field-value.ts';
import { queueTypeArguments, queueTypeOf } from './queue-argument-rules.ts';
import { resourceText } from './resource.ts';

const classic = longstr('classic');

/** What a queue is, or is asked to be, when it is declared again. */
export type QueueProperties = Readonly<{
  name: string;
  vhost: string;
  durable: boolean;
  exclusive: boolean;
  autoDelete: boolean;
  arguments: Table;
}>;

/** What an exchange is, or is asked to be, when it is declared again. */
export type ExchangeProperties = Readonly<{
  name: string;
  vhost: string;
  type: string;
  durable: boolean;
  autoDelete: boolean;
  internal: boolean;
  arguments: Table;
}>;

/**
 * Throws unless the queue that exists is the one asked for, by RabbitMQ's rules: the exclusive
 * property first (RESOURCE_LOCKED), then durable, auto_delete and the arguments that the existing
 * queue's type knows (PRECONDITION_FAILED). Whose the queue is, the caller has seen to.
 */
export function checkQueueEquivalence(
  existing: QueueProperties,
  requested: Omit<QueueProperties, 'name' | 'vhost'>,
): void {
  const { name, vhost } = existing;
  if (existing.exclusive !== requested.exclusive) throw queueLocked(name, vhost);
  const subject = resourceText('queue', name, vhost);
  checkProperty(subject, 'durable', existing.durable, requested.durable);
  checkProperty(subject, 'auto_delete', existing.autoDelete, requested.autoDelete);
  for (const key of queueTypeArguments[queueTypeOf(existing.arguments)]) {
    if (key === 'x-queue-type' && bothClassic(existing.arguments, requested.arguments)) continue;
    checkArgument(subject, key, existing.arguments, requested.arguments);
  }
}

// Without x-queue-type a queue is classic, and may be declared again either way.
function bothClassic(a: Table, b: Table): boolean {
  return [a, b].every((all) => textOf(all.get('x-queue-type') ?? classic) === 'classic');
}

/** Throws PRECONDITION_FAILED unless the exchange that exists is the one asked for. */
export function checkExchangeEquivalence(
  existing: ExchangeProperties,
  requested: Omit<ExchangeProperties, 'name' | 'vhost'>,
): void {
  const subject = resourceText('exchange', existing.name, existing.vhost);
  checkProperty(subject, 'type', existing.type, requested.type);
  checkProperty(subject, 'durable', existing.durable, requested.durable);
  checkProperty(subject, 'auto_delete', existing.autoDelete, requested.autoDelete);
  checkProperty(subject, 'internal', existing.internal, requested.internal);
  checkArgument(subject, 'alternate-exchange', existing.arguments, requested.arguments);
}

/** The refusal of a queue that is exclusive to someone else, or is not exclusive as asked. */
export function queueLocked(name: string, vhost: string): BrokerError {
  return new BrokerError(
    'RESOURCE_LOCKED',
    `cannot obtain exclusive access to locked ${resourceText('queue', name, vhost)}. It could be ` +
      'originally declared on another connection or the exclusive property value does not match ' +
      'that of the original declaration.',
  );
}

function checkProperty<T extends string | boolean>(
  subject: string,
  property: string,
  current: T,
  received: T,
): void {
  if (current !== received) throw inequivalent(property, subject, `'${received}'`, `'${current}'`);
}

function checkArgument(subject: string, key: string, current: Table, received: Table): void {
  const was = current.get(key);
  const is = received.get(key);
  if (was === undefined && is === undefined) return;
  if (was === undefined || is === undefined) {
    throw inequivalent(key, subject, withType(is), withType(was));
  }
  if (!valuesIdentical(was, is)) throw inequivalent(key, subject, quoted(is), quoted(was));
}

function inequivalent(key: string, subject: string, received: string, current: string) {
  return new BrokerError(
    'PRECONDITION_FAILED',
    `inequivalent arg '${key}' for ${subject}: received ${received} but current is ${current}`,
  );
}

// RabbitMQ tells the type only when the other side has no such argument.
function withType(field: Field | undefined): string {
  if (field === undefined) return 'none';
  return `the value '${erlangText(field)}' of type '${fieldTypeNames[field.type]}'`;
}

function quoted(field: Field): string {
  return field.type === 'V' ? 'none' : `'${erlangText(field)}'`;
}
