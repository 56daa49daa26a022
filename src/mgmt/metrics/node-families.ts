import type { AttemptCounts, ProtocolAttempts, SourceAttempts } from '../../auth/login-attempts.ts';
import { allQueues } from '../figures/broker-figures.ts';
import { processesOf } from '../figures/node-figures.ts';
import { isDiskAlarmed } from '../views/node.ts';
import { allChannels } from './channel-families.ts';
import { type Family, family, type Metric } from './family.ts';
import type { Source } from './source.ts';

// Erlang's limit of processes; here only memory limits what there is.
const PROCESSES_MAX = 1_048_576;

type NodeMetric = readonly [
  name: string,
  type: 'counter' | 'gauge' | 'untyped',
  help: string,
  of: (source: Source) => number,
];

// Of the node as a whole: one sample, without labels.
function nodeFamily(name: string, metrics: readonly NodeMetric[]): Family {
  return family<Source>({
    name,
    metrics: metrics.map(
      ([metric, type, help, of]): Metric<Source> => ({ name: metric, type, help, of }),
    ),
    subjects: (source) => [source],
    labels: () => ({}),
  });
}

// What RabbitMQ counts of a machine that is not here.
const nothing = (): number => 0;

export const churn = nodeFamily('connection_churn_metrics', [
  [
    'connections_opened_total',
    'counter',
    'Total number of connections opened',
    ({ broker }) => broker.churn.connectionCreated,
  ],
  [
    'connections_closed_total',
    'counter',
    'Total number of connections closed or terminated',
    ({ broker }) => broker.churn.connectionClosed,
  ],
  [
    'channels_opened_total',
    'counter',
    'Total number of channels opened',
    ({ broker }) => broker.churn.channelCreated,
  ],
  [
    'channels_closed_total',
    'counter',
    'Total number of channels closed',
    ({ broker }) => broker.churn.channelClosed,
  ],
  [
    'queues_declared_total',
    'counter',
    'Total number of queues declared',
    ({ broker }) => broker.churn.queueDeclared,
  ],
  [
    'queues_created_total',
    'counter',
    'Total number of queues created',
    ({ broker }) => broker.churn.queueCreated,
  ],
  [
    'queues_deleted_total',
    'counter',
    'Total number of queues deleted',
    ({ broker }) => broker.churn.queueDeleted,
  ],
]);

export const nodeCoarse = nodeFamily('node_coarse_metrics', [
  ['process_open_fds', 'gauge', 'Open file descriptors', ({ node }) => node.openFiles()],
  [
    'process_resident_memory_bytes',
    'gauge',
    'Memory used in bytes',
    ({ node }) => node.memoryUsed(),
  ],
  [
    'disk_space_available_bytes',
    'gauge',
    'Disk space available in bytes',
    ({ node }) => node.diskFree() ?? 0,
  ],
  ['erlang_processes_used', 'gauge', 'Erlang processes used', ({ broker }) => processesOf(broker)],
  [
    'erlang_gc_runs_total',
    'counter',
    'Total number of Erlang garbage collector runs',
    ({ node }) => node.collections().count,
  ],
  [
    'erlang_gc_reclaimed_bytes_total',
    'counter',
    'Total number of bytes of memory reclaimed by Erlang garbage collector',
    nothing,
  ],
  [
    'erlang_scheduler_context_switches_total',
    'counter',
    'Total number of Erlang scheduler context switches',
    nothing,
  ],
]);

export const nodeMetrics = nodeFamily('node_metrics', [
  ['process_max_fds', 'gauge', 'Open file descriptors limit', ({ node }) => node.openFilesMax()],
  [
    'resident_memory_limit_bytes',
    'gauge',
    'Memory high watermark in bytes',
    ({ node }) => Math.floor(node.memoryLimit()),
  ],
  [
    'disk_space_available_limit_bytes',
    'gauge',
    'Free disk space low watermark in bytes',
    ({ node }) => Math.floor(node.diskFreeLimit()),
  ],
  ['erlang_processes_limit', 'gauge', 'Erlang processes limit', () => PROCESSES_MAX],
  ['erlang_scheduler_run_queue', 'gauge', 'Erlang scheduler run queue', () => 1],
  ['erlang_net_ticktime_seconds', 'gauge', 'Inter-node heartbeat interval', () => 60],
  [
    'erlang_uptime_seconds',
    'gauge',
    'Node uptime',
    ({ node, now }) => Math.max(0, now - node.startedAt) / 1000,
  ],
]);

export const nodePersister = nodeFamily('node_persister_metrics', [
  ['io_read_ops_total', 'counter', 'Total number of I/O read operations', nothing],
  ['io_read_bytes_total', 'counter', 'Total number of I/O bytes read', nothing],
  ['io_write_ops_total', 'counter', 'Total number of I/O write operations', nothing],
  ['io_write_bytes_total', 'counter', 'Total number of I/O bytes written', nothing],
  ['io_sync_ops_total', 'counter', 'Total number of I/O sync operations', nothing],
  ['io_seek_ops_total', 'counter', 'Total number of I/O seek operations', nothing],
  ['io_reopen_ops_total', 'counter', 'Total number of times files have been reopened', nothing],
  ['schema_db_ram_tx_total', 'counter', 'Total number of Schema DB memory transactions', nothing],
  ['schema_db_disk_tx_total', 'counter', 'Total number of Schema DB disk transactions', nothing],
  ['msg_store_read_total', 'counter', 'Total number of Message Store read operations', nothing],
  ['msg_store_write_total', 'counter', 'Total number of Message Store write operations', nothing],
  ['queue_index_read_ops_total', 'counter', 'Total number of Queue Index read operations', nothing],
  [
    'queue_index_write_ops_total',
    'counter',
    'Total number of Queue Index write operations',
    nothing,
  ],
  ['io_read_time_seconds_total', 'counter', 'Total I/O read time', nothing],
  ['io_write_time_seconds_total', 'counter', 'Total I/O write time', nothing],
  ['io_sync_time_seconds_total', 'counter', 'Total I/O sync time', nothing],
  ['io_seek_time_seconds_total', 'counter', 'Total I/O seek time', nothing],
]);

/** How many there are. */
export const objectTotals = nodeFamily('totals', [
  ['connections', 'gauge', 'Connections currently open', ({ broker }) => broker.connections.size],
  ['channels', 'gauge', 'Channels currently open', (source) => count(allChannels(source))],
  ['consumers', 'gauge', 'Consumers currently connected', consumersOf],
  ['queues', 'gauge', 'Queues available', ({ broker }) => count(allQueues(broker))],
]);

export const alarms = nodeFamily('alarms', [
  [
    'alarms_free_disk_space_watermark',
    'untyped',
    'is 1 if free disk space watermark alarm is in effect',
    ({ context }) => Number(isDiskAlarmed(context)),
  ],
  [
    'alarms_memory_used_watermark',
    'untyped',
    'is 1 if VM memory watermark alarm is in effect',
    ({ broker }) => Number(broker.alarms.has('memory')),
  ],
  [
    'unreachable_cluster_peers_count',
    'gauge',
    'Number of peers in the cluster the current node cannot reach.',
    nothing,
  ],
]);

function attempts<Counts extends AttemptCounts>(prefix: string, more: string): Metric<Counts>[] {
  return [
    {
      name: `${prefix}_total`,
      type: 'counter',
      help: `Total number of authentication attempts${more}`,
      of: ({ attempts: all }) => all,
    },
    {
      name: `${prefix}_succeeded_total`,
      type: 'counter',
      help: `Total number of successful authentication attempts${more}`,
      of: ({ succeeded }) => succeeded,
    },
    {
      name: `${prefix}_failed_total`,
      type: 'counter',
      help: `Total number of failed authentication attempts${more}`,
      of: ({ failed }) => failed,
    },
  ];
}

/** Told by protocol always. */
export const loginAttempts = family<ProtocolAttempts>({
  name: 'auth_attempt_metrics',
  metrics: attempts('auth_attempts', ''),
  subjects: ({ broker }) => broker.attempts.byProtocol(),
  labels: ({ protocol }) => ({ protocol }),
});

/** Where logins are counted by where they come from. */
export const loginSources = family<SourceAttempts>({
  name: 'auth_attempt_detailed_metrics',
  metrics: attempts('auth_attempts_detailed', ' with source info'),
  subjects: ({ broker }) => broker.attempts.bySource(),
  labels: ({ address, user, protocol }) => ({ remote_address: address, username: user, protocol }),
});

/** All that there are on the node. */
export function consumersOf(source: Source): number {
  let sum = 0;
  for (const { consumerCount } of allChannels(source)) sum += consumerCount;
  return sum;
}

function count(things: Iterable<unknown>): number {
  let sum = 0;
  for (const _thing of things) sum += 1;
  return sum;
}
