import type { ConnectionView } from '../../broker/live.ts';
import { type Family, family, type Metric } from './family.ts';
import type { Source } from './source.ts';

function allConnections({ broker }: Source): Iterable<ConnectionView> {
  return broker.connections;
}

// RabbitMQ calls the label so, and writes an Erlang process there.
function connectionLabels({ name }: ConnectionView): Record<string, string> {
  return { channel: name };
}

function connectionFamily(name: string, metrics: readonly Metric<ConnectionView>[]): Family {
  return family({ name, metrics, subjects: allConnections, labels: connectionLabels });
}

export const connectionCoarse = connectionFamily('connection_coarse_metrics', [
  {
    name: 'connection_incoming_bytes_total',
    type: 'counter',
    help: 'Total number of bytes received on a connection',
    of: ({ receivedBytes }) => receivedBytes,
    total: ({ totals }) => totals.receivedBytes,
  },
  {
    name: 'connection_outgoing_bytes_total',
    type: 'counter',
    help: 'Total number of bytes sent on a connection',
    of: ({ sentBytes }) => sentBytes,
    total: ({ totals }) => totals.sentBytes,
  },
  {
    name: 'connection_process_reductions_total',
    type: 'counter',
    help: 'Total number of connection process reductions',
    of: () => 0,
  },
]);

export const connectionMetrics = connectionFamily('connection_metrics', [
  {
    name: 'connection_incoming_packets_total',
    type: 'counter',
    help: 'Total number of packets received on a connection',
    of: ({ receivedPackets }) => receivedPackets,
    total: ({ totals }) => totals.receivedPackets,
  },
  {
    name: 'connection_outgoing_packets_total',
    type: 'counter',
    help: 'Total number of packets sent on a connection',
    of: ({ sentPackets }) => sentPackets,
    total: ({ totals }) => totals.sentPackets,
  },
  {
    name: 'connection_pending_packets',
    type: 'gauge',
    help: 'Number of packets waiting to be sent on a connection',
    of: ({ unsentBytes }) => (unsentBytes > 0 ? 1 : 0),
  },
  {
    name: 'connection_channels',
    type: 'gauge',
    help: 'Channels on a connection',
    of: ({ channelCount }) => channelCount,
  },
]);
