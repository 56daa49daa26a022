import type { Broker } from '../broker/broker.ts';
import { ParameterError } from '../broker/parameters.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { JsonValue } from '../kit/json.ts';
import type { Call } from './endpoint.ts';
import { badRequest, HttpError, notAuthorised } from './http-error.ts';

/** What names a parameter. */
export interface ParameterName {
  readonly component: string;
  readonly vhost: string;
  readonly name: string;
}

/** Sets or replaces a parameter. @returns whether it is new @throws HttpError 400 with RabbitMQ's text */
export function setParameter(
  broker: Broker,
  { component, vhost, name }: ParameterName,
  value: JsonValue,
): boolean {
  const isNew = broker.parameters.get(component, vhost, name) === undefined;
  try {
    broker.parameters.set(component, vhost, name, value);
  } catch (error) {
    if (error instanceof ParameterError) throw badRequest(error.message);
    throw error;
  }
  return isNew;
}

/**
 * The vhost in the path for somebody who wants to change its policies or parameters.
 * @param missing what is said where there is no such vhost
 * @throws HttpError 404 or 401
 */
export function writableVhost(
  call: Call,
  missing = new HttpError(404, 'not_found', 'vhost_not_found'),
): VirtualHost {
  const { vhosts, permissions } = call.context.broker;
  const vhost = vhosts.get(call.params['vhost'] ?? '');
  if (vhost === undefined) throw missing;
  if (call.may('administrator')) return vhost;
  if (permissions.mayAccessVhost(call.user.name, vhost.name)) return vhost;
  throw notAuthorised('User not authorised to access object');
}
