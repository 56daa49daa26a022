import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';

export const applyTos = [
  'all',
  'queues',
  'classic_queues',
  'quorum_queues',
  'streams',
  'exchanges',
] as const;

/** What a policy may apply to, by kind and type of queue. */
export type ApplyTo = (typeof applyTos)[number];

export const policyKinds = ['policy', 'operator_policy'] as const;

/** Both are kept as parameters of the component with this name. */
export type PolicyKind = (typeof policyKinds)[number];

/** Settings for all queues and exchanges whose names a pattern matches. */
export interface Policy {
  readonly vhost: string;
  readonly name: string;
  /** A regular expression, found anywhere in a name. */
  readonly pattern: string;
  readonly applyTo: ApplyTo;
  readonly definition: JsonObject;
  /** Where several policies match, the greatest holds. */
  readonly priority: number;
}

/** A policy as a parameter's value. */
export function valueOfPolicy({ pattern, applyTo, definition, priority }: Policy): JsonObject {
  return { pattern, 'apply-to': applyTo, definition, priority };
}

/** A policy of a parameter's value; undefined when the value is none. */
export function policyOf(vhost: string, name: string, value: JsonValue): Policy | undefined {
  if (!isJsonObject(value)) return undefined;
  const { pattern, definition, priority = 0 } = value;
  const applyTo = applyToOf(value['apply-to'] ?? 'all');
  if (typeof pattern !== 'string' || !isJsonObject(definition)) return undefined;
  if (applyTo === undefined || typeof priority !== 'number') return undefined;
  return { vhost, name, pattern, applyTo, definition, priority };
}

export function applyToOf(value: JsonValue): ApplyTo | undefined {
  return applyTos.find((each) => each === value);
}
