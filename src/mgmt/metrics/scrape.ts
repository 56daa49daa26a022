import type { Context } from '../context.ts';
import {
  channelConfirms,
  channelExchange,
  channelMetrics,
  channelProcess,
  channelQueue,
} from './channel-families.ts';
import { connectionCoarse, connectionMetrics } from './connection-families.ts';
import type { Family } from './family.ts';
import { globalMetrics, messageSizes } from './global-metrics.ts';
import { identityMetrics, startMetric } from './identity-metrics.ts';
import { memoryMetrics } from './memory-metrics.ts';
import {
  alarms,
  churn,
  loginAttempts,
  loginSources,
  nodeCoarse,
  nodeMetrics,
  nodePersister,
  objectTotals,
} from './node-families.ts';
import {
  queueCoarse,
  queueConsumerCount,
  queueDelivery,
  queueExchange,
  queueInfo,
  queueMetrics,
  queuePublished,
} from './queue-families.ts';
import { Source } from './source.ts';
import {
  exchangeBindings,
  exchangeMetrics,
  exchangeNames,
  exchangeOutcomes,
  vhostStatus,
} from './vhost-families.ts';

const PREFIX = 'rabbitmq_';
const DETAILED_PREFIX = 'rabbitmq_detailed_';
const CLUSTER_PREFIX = 'rabbitmq_cluster_';

// In RabbitMQ's order.
const nodeFamilies = [churn, nodeCoarse, nodeMetrics, nodePersister];
const objectFamilies = [
  queueCoarse,
  queueMetrics,
  channelMetrics,
  channelExchange,
  channelConfirms,
  channelProcess,
  channelQueue,
  connectionCoarse,
  connectionMetrics,
  queuePublished,
  exchangeMetrics,
  exchangeOutcomes,
  queueDelivery,
  queueExchange,
];
const detailedFamilies: readonly Family[] = [
  ...nodeFamilies,
  loginAttempts,
  loginSources,
  queueConsumerCount,
  ...objectFamilies,
];
const clusterFamilies = [vhostStatus, exchangeBindings, exchangeNames];

/** All things together; its length does not depend on how many there are. */
export function* aggregated(context: Context): Generator<string, void> {
  const source = new Source(context);
  for (const family of nodeFamilies) yield* family.together(source, PREFIX);
  yield* loginAttempts.apart(source, PREFIX, undefined);
  for (const family of objectFamilies) yield* family.together(source, PREFIX);
  yield* ending(source, 'aggregated');
}

/** Each thing for itself. */
export function* perObject(context: Context): Generator<string, void> {
  const source = new Source(context);
  for (const family of nodeFamilies) yield* family.together(source, PREFIX);
  yield* loginAttempts.apart(source, PREFIX, undefined);
  yield* loginSources.apart(source, PREFIX, undefined);
  for (const family of objectFamilies) yield* family.apart(source, PREFIX, undefined);
  yield* queueInfo.apart(source, PREFIX, undefined);
  yield* ending(source, 'per-object');
}

/**
 * Each thing for itself, as far as it is asked for.
 * @param families names of families; unknown ones have no metrics
 * @param vhosts names of the vhosts whose queues and exchanges are wanted; undefined for all
 */
export function* detailed(
  context: Context,
  families: ReadonlySet<string>,
  vhosts: ReadonlySet<string> | undefined,
): Generator<string, void> {
  const source = new Source(context);
  const wanted = detailedFamilies.filter(
    (family) =>
      families.has(family.name) &&
      // What the larger family tells as well would stand there twice.
      !(family === queueConsumerCount && families.has(queueMetrics.name)),
  );
  for (const family of wanted) yield* family.apart(source, DETAILED_PREFIX, vhosts);
  for (const family of clusterFamilies) {
    if (families.has(family.name)) yield* family.apart(source, CLUSTER_PREFIX, vhosts);
  }
  if (wanted.some(({ name }) => name.startsWith('queue_'))) {
    yield* queueInfo.apart(source, DETAILED_PREFIX, vhosts);
  }
  yield identityMetrics(source, 'detailed');
}

/** Where memory goes. */
export function* memoryBreakdown(context: Context): Generator<string, void> {
  const source = new Source(context);
  yield* memoryMetrics(source);
  yield identityMetrics(source, 'memory-breakdown');
}

function* ending(source: Source, endpoint: 'aggregated' | 'per-object'): Generator<string, void> {
  yield* objectTotals.together(source, PREFIX);
  yield identityMetrics(source, endpoint);
  yield* globalMetrics(source);
  yield messageSizes(source);
  yield* alarms.together(source, PREFIX);
  yield startMetric(source);
}
