import { isJsonObject, type JsonValue } from '../kit/json.ts';
import type { Logger } from '../kit/logger.ts';
import { jsonTerm } from '../model/json-term.ts';
import type { Parameters } from './parameters.ts';

/**
 * Components of RabbitMQ's plugins that move messages between brokers, with the keys that they cannot be
 * without. Definitions that have them are taken, and given back, whole; nothing here acts on them.
 */
const idleComponents: ReadonlyMap<string, readonly string[]> = new Map([
  ['shovel', ['src-uri', 'dest-uri']],
  ['federation-upstream', ['uri']],
  ['federation-upstream-set', []],
]);

/** Lets parameters of these components be set; who sets one is told that it has no effect. */
export function addIdleComponents(parameters: Parameters, logger: Logger): void {
  for (const [component, keys] of idleComponents) {
    parameters.addComponent(component, {
      validate: (name, value) => faultOf(component, keys, name, value),
      changed: (vhost, name) => {
        if (parameters.get(component, vhost, name) === undefined) return;
        logger.warn({ component, vhost, name }, 'Parameter kept, but nothing here acts on it');
      },
    });
  }
}

function faultOf(
  component: string,
  keys: readonly string[],
  name: string,
  value: JsonValue,
): string | undefined {
  // The members of a set are a list of objects.
  if (component === 'federation-upstream-set') {
    return Array.isArray(value) ? undefined : `${name} not a list ${jsonTerm(value)}`;
  }
  if (!isJsonObject(value)) return `${name} not a list ${jsonTerm(value)}`;
  const missing = keys.find((key) => value[key] === undefined);
  return missing === undefined ? undefined : `Key "${missing}" not found in ${name}`;
}
