import type { Broker } from '../../broker/broker.ts';
import type { JsonObject } from '../../kit/json.ts';
import { type Endpoint, noContent } from '../endpoint.ts';
import { type FeatureFlag, featureFlags } from '../feature-flags.ts';
import { badRequest } from '../http-error.ts';
import { listed } from '../list-view.ts';

function flagView(flag: FeatureFlag): JsonObject {
  return {
    name: flag.name,
    desc: flag.description,
    doc_url: '',
    state: 'enabled',
    stability: flag.stability,
    require_level: flag.requireLevel,
    experiment_level: 'supported',
    callbacks: flag.callbacks,
    provided_by: flag.providedBy,
  };
}

/** What RabbitMQ is about to give up, or has. */
interface DeprecatedFeature {
  readonly name: string;
  readonly phase: 'permitted_by_default' | 'denied_by_default' | 'removed';
  /** Whether it works here. */
  readonly works: boolean;
  readonly providedBy: string;
  readonly isUsed: (broker: Broker) => boolean;
}

const never = (): boolean => false;

const deprecated: readonly DeprecatedFeature[] = [
  gone('queue_master_locator', 'denied_by_default'),
  {
    name: 'global_qos',
    phase: 'denied_by_default',
    works: true,
    providedBy: 'rabbit',
    isUsed: usesGlobalQos,
  },
  gone('amqp_filter_set_bug', 'denied_by_default'),
  gone('amqp_address_v1', 'denied_by_default'),
  {
    name: 'management_metrics_collection',
    phase: 'permitted_by_default',
    works: true,
    providedBy: 'rabbitmq_management_agent',
    isUsed: never,
  },
  {
    name: 'transient_nonexcl_queues',
    phase: 'permitted_by_default',
    works: true,
    providedBy: 'rabbit',
    isUsed: never,
  },
  gone('classic_queue_mirroring', 'removed'),
  gone('ram_node_type', 'removed'),
];

function gone(name: string, phase: DeprecatedFeature['phase']): DeprecatedFeature {
  return { name, phase, works: false, providedBy: 'rabbit', isUsed: never };
}

function usesGlobalQos({ connections }: Broker): boolean {
  for (const connection of connections) {
    for (const channel of connection.channelViews()) {
      if (channel.globalPrefetchCount > 0) return true;
    }
  }
  return false;
}

function deprecatedView({ name, phase, works, providedBy }: DeprecatedFeature): JsonObject {
  return {
    name,
    state: works ? 'permitted' : 'denied',
    desc: '',
    deprecation_phase: phase,
    doc_url: '',
    provided_by: providedBy,
  };
}

export const featuresEndpoints: readonly Endpoint[] = [
  {
    path: '/feature-flags',
    access: 'management',
    GET: (call) => listed(call, featureFlags.map(flagView), { paged: false }),
  },
  {
    // All are enabled, so that nothing is left to do.
    path: '/feature-flags/:name/enable',
    access: 'administrator',
    jsonOnly: true,
    PUT: ({ params }) => {
      if (!featureFlags.some(({ name }) => name === params['name']))
        throw badRequest('unsupported');
      return noContent;
    },
  },
  {
    path: '/deprecated-features',
    access: 'management',
    GET: (call) => listed(call, deprecated.map(deprecatedView), { paged: false, order: [] }),
  },
  {
    path: '/deprecated-features/used',
    access: 'management',
    GET: (call) => {
      const used = deprecated.filter((feature) => feature.isUsed(call.context.broker));
      return listed(call, used.map(deprecatedView), { paged: false, order: [] });
    },
  },
];
