import type { JsonObject } from '../../kit/json.ts';
import type { NodeFacts } from '../node-facts.ts';

/** Where memory goes, in RabbitMQ's categories; what is not here takes none. Bytes. */
export function memoryView(node: NodeFacts): JsonObject {
  const { heapUsed, external, rss } = node.memoryParts();
  return {
    ...categoriesOf(node),
    strategy: node.memoryStrategy,
    total: { erlang: heapUsed + external, rss, allocated: heapUsed + external },
  };
}

/** The same in per cent of all; what is there at all has one. */
export function relativeMemoryView(node: NodeFacts): JsonObject {
  const categories = categoriesOf(node);
  const total = Object.values(categories).reduce((sum, bytes) => sum + bytes, 0);
  const parts = Object.entries(categories).map(([name, bytes]): [string, number] => [
    name,
    bytes === 0 ? 0 : Math.max(1, Math.round((bytes / total) * 100)),
  ]);
  return { total: 100, ...Object.fromEntries(parts) };
}

/** The bytes outside of V8's heap, message memory among them; RabbitMQ tells whose they are. */
export function binaryView(node: NodeFacts): JsonObject {
  const { arrayBuffers } = node.memoryParts();
  return { ...Object.fromEntries(binaryOwners.map((name) => [name, 0])), other: arrayBuffers };
}

// Connections and queues: both breakdowns begin with them.
const users = [
  'connection_readers',
  'connection_writers',
  'connection_channels',
  'connection_other',
  'queue_procs',
  'stream_queue_procs',
  'stream_queue_replica_reader_procs',
  'stream_queue_coordinator_procs',
  'quorum_queue_procs',
  'quorum_queue_dlx_procs',
] as const;

const binaryOwners = [...users, 'metadata_store', 'plugins', 'mgmt_db', 'msg_index'] as const;

// One heap holds the objects of all of them.
const onTheHeap = [
  ...users,
  'plugins',
  'metadata_store',
  'metrics',
  'mgmt_db',
  'quorum_ets',
  'mnesia',
  'metadata_store_ets',
  'other_ets',
  'msg_index',
  'code',
  'atom',
] as const;

function categoriesOf(node: NodeFacts): Readonly<Record<string, number>> {
  const { heapUsed, heapTotal, arrayBuffers, external, rss } = node.memoryParts();
  const foreign = Math.max(0, external - arrayBuffers);
  return {
    ...Object.fromEntries(onTheHeap.map((name) => [name, 0])),
    other_proc: heapUsed,
    binary: arrayBuffers,
    other_system: foreign + Math.max(0, rss - heapTotal - external),
    allocated_unused: Math.max(0, heapTotal - heapUsed),
    reserved_unallocated: 0,
  };
}
