import type { Broker } from '../../broker/broker.ts';
import type { NodeFacts } from '../node-facts.ts';
import { churnFigures, churnNames } from './broker-figures.ts';
import { FigureSet } from './figure-set.ts';

const levels = ['mem_used', 'fd_used', 'sockets_used', 'proc_used', 'disk_free', 'gc_num'] as const;

/**
 * What RabbitMQ counts of an Erlang virtual machine, its message store and its database, none of
 * which is here. Clients want them to be there; RabbitMQ 4 answers 0 to most of them itself.
 */
const absent = [
  'gc_bytes_reclaimed',
  'context_switches',
  'io_read_count',
  'io_read_bytes',
  'io_read_avg_time',
  'io_write_count',
  'io_write_bytes',
  'io_write_avg_time',
  'io_sync_count',
  'io_sync_avg_time',
  'io_seek_count',
  'io_seek_avg_time',
  'io_reopen_count',
  'mnesia_ram_tx_count',
  'mnesia_disk_tx_count',
  'msg_store_read_count',
  'msg_store_write_count',
  'queue_index_read_count',
  'queue_index_write_count',
] as const;

const churnAt = levels.length + absent.length;

/** The node as a machine sees it; read of the broker that runs on it. */
export function nodeFigures(node: NodeFacts): FigureSet<Broker> {
  return new FigureSet<Broker>({
    groups: [[...levels, ...absent, ...churnNames]],
    always: true,
    read(broker, into) {
      into[0] = node.memoryUsed();
      into[1] = node.openFiles();
      into[2] = node.sockets();
      into[3] = processesOf(broker);
      into[4] = node.diskFree() ?? 0;
      into[5] = node.collections().count;
      into.fill(0, levels.length, churnAt);
      churnFigures.readInto(broker, into, churnAt);
    },
  });
}

/** What RabbitMQ has a process for: connections, channels and queues. */
export function processesOf(broker: Broker): number {
  let count = broker.connections.size;
  for (const { channelCount } of broker.connections) count += channelCount;
  for (const { queues } of broker.vhosts.values()) count += queues.size;
  return count;
}
