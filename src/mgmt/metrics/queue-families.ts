import type { Queue } from '../../queues/queue.ts';
import { allQueues } from '../figures/broker-figures.ts';
import { type Family, family, type Metric } from './family.ts';
import type { Source } from './source.ts';

type QueueMetric = Metric<Queue>;

function* queuesIn(
  { broker }: Source,
  vhosts: ReadonlySet<string> | undefined,
): Generator<Queue, void> {
  for (const queue of allQueues(broker)) {
    if (vhosts === undefined || vhosts.has(queue.vhost)) yield queue;
  }
}

function queueLabels({ vhost, name }: Queue): Record<string, string> {
  return { vhost, queue: name };
}

function queueFamily(name: string, metrics: readonly QueueMetric[]): Family {
  return family({ name, metrics, subjects: queuesIn, labels: queueLabels });
}

const consumers: QueueMetric = {
  name: 'queue_consumers',
  type: 'gauge',
  help: 'Consumers on a queue',
  of: (queue) => queue.consumers.count,
};

// In which share of the time messages did not wait for consumers.
function capacity(queue: Queue, { context }: Source): number {
  return queue.consumers.count > 0 ? queue.capacity.share(context.clock.now()) : 0;
}

/** What each queue holds, and what was done with it; the most asked for first. */
export const queueCoarse = queueFamily('queue_coarse_metrics', [
  {
    name: 'queue_messages_ready',
    type: 'gauge',
    help: 'Messages ready to be delivered to consumers',
    of: (queue) => queue.ready,
  },
  {
    name: 'queue_messages_unacked',
    type: 'gauge',
    help: 'Messages delivered to consumers but not yet acknowledged',
    of: (queue) => queue.unacked,
  },
  {
    name: 'queue_messages',
    type: 'gauge',
    help: 'Sum of ready and unacknowledged messages - total queue depth',
    of: (queue) => queue.ready + queue.unacked,
  },
  {
    name: 'queue_process_reductions_total',
    type: 'counter',
    help: 'Total number of queue process reductions',
    of: () => 0,
  },
]);

/** A part of `queueMetrics` that is cheap to store. */
export const queueConsumerCount = queueFamily('queue_consumer_count', [consumers]);

export const queueMetrics = queueFamily('queue_metrics', [
  consumers,
  { name: 'queue_consumer_capacity', type: 'gauge', help: 'Consumer capacity', of: capacity },
  {
    name: 'queue_consumer_utilisation',
    type: 'gauge',
    help: 'Same as consumer capacity',
    of: capacity,
  },
  {
    name: 'queue_process_memory_bytes',
    type: 'gauge',
    help: 'Memory in bytes used by the Erlang queue process',
    of: (queue) => queue.memoryBytes + queue.unackedMemoryBytes,
  },
  {
    name: 'queue_messages_ram',
    type: 'gauge',
    help: 'Ready and unacknowledged messages stored in memory',
    of: (queue) => queue.ready + queue.unacked,
  },
  {
    name: 'queue_messages_ram_bytes',
    type: 'gauge',
    help: 'Size of ready and unacknowledged messages stored in memory',
    of: (queue) => Math.min(queue.readyBytes, queue.memoryBytes) + queue.unackedBytes,
  },
  {
    name: 'queue_messages_ready_ram',
    type: 'gauge',
    help: 'Ready messages stored in memory',
    of: (queue) => queue.ready,
  },
  {
    name: 'queue_messages_unacked_ram',
    type: 'gauge',
    help: 'Unacknowledged messages stored in memory',
    of: (queue) => queue.unacked,
  },
  {
    name: 'queue_messages_persistent',
    type: 'gauge',
    help: 'Persistent messages',
    of: (queue) => (queue.durable ? queue.ready + queue.unacked : 0),
  },
  {
    name: 'queue_messages_persistent_bytes',
    type: 'gauge',
    help: 'Size in bytes of persistent messages',
    of: (queue) => (queue.durable ? queue.readyBytes + queue.unackedBytes : 0),
  },
  {
    name: 'queue_messages_bytes',
    type: 'gauge',
    help: 'Size in bytes of ready and unacknowledged messages',
    of: (queue) => queue.readyBytes + queue.unackedBytes,
  },
  {
    name: 'queue_messages_ready_bytes',
    type: 'gauge',
    help: 'Size in bytes of ready messages',
    of: (queue) => queue.readyBytes,
  },
  {
    name: 'queue_messages_unacked_bytes',
    type: 'gauge',
    help: 'Size in bytes of all unacknowledged messages',
    of: (queue) => queue.unackedBytes,
  },
  {
    name: 'queue_head_message_timestamp',
    type: 'gauge',
    help: 'Timestamp of the first message in the queue, if any',
    // It stands in the message, which nobody decodes for this.
    of: () => Number.NaN,
    total: () => undefined,
  },
  // Messages are written together, and read back together: nobody counts them.
  {
    name: 'queue_disk_reads_total',
    type: 'counter',
    help: 'Total number of times queue read messages from disk',
    of: () => 0,
  },
  {
    name: 'queue_disk_writes_total',
    type: 'counter',
    help: 'Total number of times queue wrote messages to disk',
    of: () => 0,
  },
]);

export const queueDelivery = queueFamily('queue_delivery_metrics', [
  {
    name: 'queue_get_ack_total',
    type: 'counter',
    help: 'Total number of messages fetched from a queue with basic.get in manual acknowledgement mode',
    of: ({ counters }) => counters.get,
    total: ({ totals }) => totals.delivered.get,
  },
  {
    name: 'queue_get_total',
    type: 'counter',
    help: 'Total number of messages fetched from a queue with basic.get in automatic acknowledgement mode',
    of: ({ counters }) => counters.getNoAck,
    total: ({ totals }) => totals.delivered.getNoAck,
  },
  {
    name: 'queue_messages_delivered_ack_total',
    type: 'counter',
    help: 'Total number of messages delivered from a queue to consumers in manual acknowledgement mode',
    of: ({ counters }) => counters.deliver,
    total: ({ totals }) => totals.delivered.deliver,
  },
  {
    name: 'queue_messages_delivered_total',
    type: 'counter',
    help: 'Total number of messages delivered from a queue to consumers in automatic acknowledgement mode',
    of: ({ counters }) => counters.deliverNoAck,
    total: ({ totals }) => totals.delivered.deliverNoAck,
  },
  {
    name: 'queue_messages_redelivered_total',
    type: 'counter',
    help: 'Total number of messages redelivered from a queue to consumers',
    of: ({ counters }) => counters.redeliver,
    total: ({ totals }) => totals.delivered.redeliver,
  },
  {
    name: 'queue_messages_acked_total',
    type: 'counter',
    help: 'Total number of messages acknowledged by consumers on a queue',
    of: ({ counters }) => counters.ack,
    total: ({ totals }) => totals.delivered.ack,
  },
  {
    name: 'queue_get_empty_total',
    type: 'counter',
    help: 'Total number of times basic.get operations fetched no message on a queue',
    of: ({ counters }) => counters.getEmpty,
    total: ({ totals }) => totals.delivered.getEmpty,
  },
]);

const publishedInto = {
  type: 'counter',
  of: ({ counters }: Queue) => counters.publish,
  total: ({ totals }: Source) => totals.routed,
} as const;

/** Which exchange and channel a queue's messages came through is not told apart. */
export const queuePublished = family<Queue>({
  name: 'channel_queue_exchange_metrics',
  metrics: [
    {
      ...publishedInto,
      name: 'queue_messages_published_total',
      help: 'Total number of messages published into a queue through an exchange on a channel',
    },
  ],
  subjects: queuesIn,
  labels: ({ vhost, name }) => ({ queue_vhost: vhost, queue: name }),
});

export const queueExchange = queueFamily('queue_exchange_metrics', [
  {
    ...publishedInto,
    name: 'queue_exchange_messages_published_total',
    help: 'Total number of messages published into a queue through an exchange',
  },
]);

export const queueInfo = family<Queue>({
  name: 'queue_info',
  metrics: [
    {
      name: 'queue_info',
      type: 'gauge',
      help: "A metric with a constant '1' value and labels that provide some queue details",
      of: () => 1,
    },
  ],
  subjects: queuesIn,
  labels: (queue) => ({
    ...queueLabels(queue),
    queue_type: `rabbit_${queue.settings.queueType}_queue`,
    membership: 'leader',
  }),
});
