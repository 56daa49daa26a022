import { type Field, integerOf, type Table, textOf } from '../codec/table.ts';
import { BrokerError } from './broker-error.ts';
import { erlangString, fieldTypeNames } from './erlang-term.ts';

/**
 * A check of one argument: undefined when RabbitMQ would accept the field, otherwise its reason as
 * RabbitMQ prints it behind `invalid arg 'x-…' for queue …: `.
 */
export type ArgumentCheck = (field: Field, all: Table) => string | undefined;

/** Checks in the order RabbitMQ makes them, which decides the text when several arguments are bad. */
export type ArgumentChecks = readonly (readonly [key: string, check: ArgumentCheck])[];

/** RabbitMQ's bound on every time that it sets a timer for: ten years. */
const expiryMsMax = 315_360_000_000;

/** Throws PRECONDITION_FAILED for the first argument that its check refuses. */
export function checkArguments(all: Table, checks: ArgumentChecks, subject: string): void {
  for (const [key, check] of checks) {
    const field = all.get(key);
    const reason = field && check(field, all);
    if (reason === undefined) continue;
    throw new BrokerError('PRECONDITION_FAILED', `invalid arg '${key}' for ${subject}: ${reason}`);
  }
}

/** Throws PRECONDITION_FAILED for the first key that the queue type does not know of. */
export function checkApplicable(
  all: Table,
  inapplicable: ReadonlySet<string>,
  subject: string,
  typeName: string,
): void {
  for (const key of all.keys()) {
    if (!inapplicable.has(key)) continue;
    throw new BrokerError(
      'PRECONDITION_FAILED',
      `invalid arg '${key}' for ${subject} of queue type ${typeName}`,
    );
  }
}

/** An argument naming an exchange; RabbitMQ checks it apart, before the others. */
export function checkString(all: Table, key: string, subject: string): void {
  const field = all.get(key);
  if (field === undefined || field.type === 'S') return;
  throw new BrokerError(
    'PRECONDITION_FAILED',
    `invalid type '${fieldTypeNames[field.type]}' for arg '${key}' in ${subject}`,
  );
}

function unacceptable(field: Field): string {
  return `{unacceptable_type,${fieldTypeNames[field.type]}}`;
}

export function isInteger(field: Field): string | undefined {
  if (integerOf(field) !== undefined) return undefined;
  return erlangString(`expected integer, got ${fieldTypeNames[field.type]}`);
}

function isIntegerFrom(field: Field, lowest: number): string | undefined {
  const value = integerOf(field);
  if (value === undefined || value >= lowest) return isInteger(field);
  return value < 0 ? `{value_negative,${field.value}}` : `{value_zero,${field.value}}`;
}

export function isNonNegative(field: Field): string | undefined {
  return isIntegerFrom(field, 0);
}

export function isPositive(field: Field): string | undefined {
  return isIntegerFrom(field, 1);
}

function isAtMost(field: Field, highest: number, reason: string): string | undefined {
  const value = integerOf(field);
  return value !== undefined && value > highest ? `{${reason},${field.value}}` : undefined;
}

/** A time in milliseconds, 0 included. */
export function isTtl(field: Field): string | undefined {
  return isNonNegative(field) ?? isAtMost(field, expiryMsMax, 'value_too_large');
}

/** A time in milliseconds, 0 excluded. */
export function isExpiry(field: Field): string | undefined {
  return isPositive(field) ?? isAtMost(field, expiryMsMax, 'value_too_large');
}

export function isMaxPriority(field: Field): string | undefined {
  return isNonNegative(field) ?? isAtMost(field, 255, 'max_value_exceeded');
}

export function isBoolean(field: Field): string | undefined {
  return field.type === 't' ? undefined : unacceptable(field);
}

export function isString(field: Field): string | undefined {
  return field.type === 'S' ? undefined : unacceptable(field);
}

/** One of `texts`, or the reason that `otherwise` gives for the text. */
export function isOneOf(
  texts: readonly string[],
  otherwise: (text: string) => string,
): ArgumentCheck {
  return (field) => {
    const text = textOf(field);
    if (text === undefined) return unacceptable(field);
    return texts.includes(text) ? undefined : otherwise(text);
  };
}
