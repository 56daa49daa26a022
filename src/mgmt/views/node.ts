import { mechanisms } from '../../auth/mechanisms.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Context } from '../context.ts';
import { productName, rabbitmqVersion } from '../emulated.ts';
import type { Call } from '../endpoint.ts';
import { exchangeTypeViews, runtimeView, webContextViews } from './node-context.ts';

// Erlang's limit of processes, which people compare proc_used with; here only memory limits them.
const PROCESSES_MAX = 1_048_576;

/** This node. */
export function nodeView({ context, ranges }: Call): JsonObject {
  const { broker, clock, history, node } = context;
  return {
    ...identity(context),
    os_pid: String(node.pid),
    fd_total: node.openFilesMax(),
    sockets_total: 0,
    mem_limit: Math.floor(node.memoryLimit()),
    mem_alarm: broker.alarms.has('memory'),
    disk_free_limit: Math.floor(node.diskFreeLimit()),
    disk_free_alarm: isDiskAlarmed(context),
    proc_total: PROCESSES_MAX,
    uptime: Math.max(0, Math.round(clock.wall() - node.startedAt)),
    run_queue: 1,
    processors: node.processors,
    mem_calculation_strategy: node.memoryStrategy,
    ...parts(context),
    ...history.view(broker, 'nodeStats', ranges),
    cluster_links: [],
    metrics_gc_queue_length: noQueues(metricTables),
  };
}

/** Whether publishers wait for room on a disk, or for a disk at all. */
export function isDiskAlarmed({ broker: { alarms } }: Context): boolean {
  return alarms.has('disk') || alarms.has('log') || alarms.has('failure');
}

function identity(context: Context): JsonObject {
  return {
    name: context.node.name,
    type: 'disc',
    running: true,
    being_drained: false,
    partitions: [],
    net_ticktime: 60,
    rates_mode: context.ratesMode,
    rabbitmq_version: rabbitmqVersion,
    ...runtimeView(context),
  };
}

function parts({ node }: Context): JsonObject {
  return {
    exchange_types: exchangeTypeViews(),
    auth_mechanisms: mechanisms.map(({ name }) => ({
      name,
      description: `SASL ${name} authentication mechanism`,
      enabled: true,
    })),
    applications: [
      { name: 'leveret', description: productName, version: node.version },
      { name: 'rabbit', description: 'The API that is spoken', version: rabbitmqVersion },
      { name: 'rabbitmq_management', description: 'HTTP API', version: rabbitmqVersion },
      { name: 'rabbitmq_prometheus', description: 'Metrics', version: rabbitmqVersion },
    ],
    contexts: webContextViews(node).map(({ ssl_opts, ...view }) => view),
    log_files: ['<stdout>'],
    db_dir: node.dataDir ?? '',
    config_files: node.configFiles,
    enabled_plugins: ['rabbitmq_management', 'rabbitmq_prometheus'],
    ra_open_file_metrics: noQueues(['ra_log_wal', 'ra_log_segment_writer']),
  };
}

// RabbitMQ collects what ended things leave in these tables; here nothing stays behind.
const metricTables = [
  'connection_closed',
  'channel_closed',
  'consumer_deleted',
  'exchange_deleted',
  'queue_deleted',
  'vhost_deleted',
  'node_node_deleted',
  'channel_consumer_deleted',
] as const;

function noQueues(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, 0]));
}
