import type { Broker } from '../broker/broker.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { VhostMetadata } from '../broker/vhost-metadata.ts';
import type { JsonObject, JsonValue } from '../kit/json.ts';
import { badRequest, HttpError } from './http-error.ts';
import { booleanOf, textOf } from './request-values.ts';
import { tagsOf } from './tags.ts';

/**
 * Adds a vhost, or changes what is said of the one that is there. Whoever adds one may do everything
 * in it.
 * @param creator no user of the broker when it is the server itself
 * @returns whether it is new
 */
export function putVhost(
  broker: Broker,
  name: string,
  changes: Partial<VhostMetadata>,
  creator: string | undefined,
): boolean {
  if (broker.vhosts.has(name)) {
    if (Object.keys(changes).length > 0) broker.setVhostMetadata(name, changes);
    return false;
  }
  broker.addVhost(name, changes);
  if (creator !== undefined && broker.users.get(creator) !== undefined) {
    broker.permissions.set(creator, name, { configure: '.*', write: '.*', read: '.*' });
  }
  return true;
}

/** What a body says of a vhost; what it does not name is left out. @throws HttpError 400 */
export function metadataIn(body: JsonObject): Partial<VhostMetadata> {
  const { description, tags, tracing, protected_from_deletion: isProtected } = body;
  const queueType = queueTypeOf(body['default_queue_type'] ?? body['defaultqueuetype']);
  return {
    ...(description === undefined || description === null
      ? {}
      : { description: textOf(description, 'description', '') }),
    ...(tags === undefined || tags === null ? {} : { tags: tagsOf(tags) }),
    ...(queueType === undefined ? {} : { defaultQueueType: queueType }),
    ...(tracing === undefined ? {} : { tracing: booleanOf(tracing, false) }),
    ...(isProtected === undefined ? {} : { protectedFromDeletion: booleanOf(isProtected, false) }),
  };
}

/** The vhost of that name for whoever wants to change something in it. @throws HttpError 404 */
export function changeableVhost(broker: Broker, name: string): VirtualHost {
  const vhost = broker.vhosts.get(name);
  if (vhost === undefined) throw new HttpError(404, 'not_found', 'vhost_not_found');
  return vhost;
}

// RabbitMQ 3.x prints `undefined` where there is none.
function queueTypeOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null || value === '' || value === 'undefined') {
    return undefined;
  }
  if (typeof value === 'string') return value;
  throw badRequest(['invalid_queue_type', value]);
}
