import type { VirtualHost } from '../../broker/vhost.ts';
import type { VhostMetadata } from '../../broker/vhost-metadata.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Lens } from './lens.ts';

const CLASSIC = 'classic';

/** A vhost without figures: what everybody may see who may see it. */
function vhostView({ name, metadata }: VirtualHost, { context }: Lens): JsonObject {
  const { description, tags, tracing, protectedFromDeletion } = metadata;
  return {
    name,
    description,
    tags,
    default_queue_type: metadata.defaultQueueType ?? CLASSIC,
    protected_from_deletion: protectedFromDeletion,
    metadata: metadataView(metadata),
    tracing,
    cluster_state: { [context.node.name]: 'running' },
  };
}

export function vhostWithFigures(vhost: VirtualHost, lens: Lens): JsonObject {
  const { history } = lens.context;
  const stats = history.view(vhost, 'msgRates', lens.ranges);
  return {
    ...vhostView(vhost, lens),
    ...history.view(vhost, 'dataRates', lens.ranges),
    ...history.view(vhost, 'lengths', lens.ranges),
    ...(stats === undefined ? {} : { message_stats: stats }),
  };
}

export function metadataView(metadata: VhostMetadata): JsonObject {
  const { description, tags, defaultQueueType, protectedFromDeletion } = metadata;
  return {
    description,
    tags,
    default_queue_type: defaultQueueType ?? CLASSIC,
    ...(protectedFromDeletion ? { protected_from_deletion: true } : {}),
  };
}
