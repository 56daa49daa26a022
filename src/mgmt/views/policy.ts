import type { Policy } from '../../broker/policy.ts';
import type { JsonObject } from '../../kit/json.ts';

export function policyView({ vhost, name, pattern, applyTo, ...rest }: Policy): JsonObject {
  const { definition, priority } = rest;
  return { vhost, name, pattern, 'apply-to': applyTo, definition, priority };
}
