import { BrokerError } from '../model/broker-error.ts';
import { direct } from './direct.ts';
import type { ExchangeType } from './exchange.ts';
import { fanout } from './fanout.ts';
import { headers } from './headers.ts';
import { topic } from './topic.ts';

/** Every kind of exchange that can be declared. */
export const exchangeTypes: ReadonlyMap<string, ExchangeType> = new Map(
  [direct, fanout, topic, headers].map((type) => [type.name, type]),
);

/** Throws PRECONDITION_FAILED, as RabbitMQ does since 3.13 (COMMAND_INVALID before). */
export function exchangeTypeOf(name: string): ExchangeType {
  const type = exchangeTypes.get(name);
  if (type !== undefined) return type;
  // RabbitMQ calls an empty name invalid rather than unknown.
  const fault = name === '' ? 'invalid' : 'unknown';
  throw new BrokerError('PRECONDITION_FAILED', `${fault} exchange type '${name}'`);
}
