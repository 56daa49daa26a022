import { rabbitmqVersion } from '../emulated.ts';
import { head, labelled, sample } from './exposition.ts';
import type { Source } from './source.ts';

export type EndpointName = 'aggregated' | 'per-object' | 'detailed' | 'memory-breakdown';

/**
 * Who is asked. Dashboards join every series with the identity, which therefore has to be there exactly
 * once.
 */
export function identityMetrics({ broker, node }: Source, endpoint: EndpointName): string {
  const build = {
    rabbitmq_version: rabbitmqVersion,
    prometheus_plugin_version: rabbitmqVersion,
    prometheus_client_version: node.version,
    erlang_version: node.runtime.version,
  };
  const identity = {
    rabbitmq_node: node.name,
    rabbitmq_cluster: broker.clusterName,
    rabbitmq_cluster_permanent_id: broker.clusterId ?? '',
    rabbitmq_endpoint: endpoint,
  };
  return (
    info('rabbitmq_build_info', 'RabbitMQ & Erlang/OTP version info', build) +
    info('rabbitmq_identity_info', 'RabbitMQ node & cluster identity info', identity)
  );
}

/** When the process began. */
export function startMetric({ node }: Source): string {
  const name = 'process_start_time_seconds';
  const help = 'Start time of the process since unix epoch in seconds.';
  return head(name, 'gauge', help) + sample(name, '', Math.floor(node.startedAt / 1000));
}

function info(name: string, help: string, labels: Readonly<Record<string, string>>): string {
  return head(name, 'untyped', help) + sample(name, labelled(labels), 1);
}
