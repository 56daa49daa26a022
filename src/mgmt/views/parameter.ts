import type { Parameter } from '../../broker/parameters.ts';
import type { JsonObject } from '../../kit/json.ts';

export function parameterView({ value, vhost, component, name }: Parameter): JsonObject {
  return { value, vhost, component, name };
}
