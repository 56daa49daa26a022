import { BrokerError } from '../model/broker-error.ts';
import { queueTypeModules } from '../model/queue-argument-rules.ts';

/** What is said of a vhost, besides what it holds. */
export interface VhostMetadata {
  readonly description: string;
  readonly tags: readonly string[];
  /** Of queues that are declared without one, where it suits them; undefined leaves them classic. */
  readonly defaultQueueType: string | undefined;
  /** Whoever would delete it by name has to lift this first. */
  readonly protectedFromDeletion: boolean;
  /** Whether what is published and delivered is told to `amq.rabbitmq.trace`. */
  readonly tracing: boolean;
}

/** Of a vhost of which nothing has been said. */
export const plainMetadata: VhostMetadata = {
  description: '',
  tags: [],
  defaultQueueType: undefined,
  protectedFromDeletion: false,
  tracing: false,
};

/**
 * Metadata after a change.
 * @throws BrokerError PRECONDITION_FAILED for a queue type that this node does not have
 */
export function changedMetadata(
  metadata: VhostMetadata,
  changes: Partial<VhostMetadata>,
): VhostMetadata {
  const changed = { ...metadata, ...changes };
  const { defaultQueueType: type } = changed;
  if (type !== undefined && !Object.hasOwn(queueTypeModules, type)) {
    throw new BrokerError('PRECONDITION_FAILED', `Unsupported queue type: '${type}'`);
  }
  return changed;
}

export function isPlain(metadata: VhostMetadata): boolean {
  const { description, tags, defaultQueueType, protectedFromDeletion, tracing } = metadata;
  if (description !== '' || tags.length > 0 || defaultQueueType !== undefined) return false;
  return !protectedFromDeletion && !tracing;
}
