import type { ConsumerView } from '../../broker/live.ts';
import { propertyFlags } from '../../codec/properties.ts';
import type { JsonObject, JsonValue } from '../../kit/json.ts';
import { dv } from '../../kit/memory.ts';
import { propertyFlagsAt } from '../../model/record.ts';
import { propertiesOf } from '../../model/record-builder.ts';
import type { Queue } from '../../queues/queue.ts';
import { jsonOf } from '../json-table.ts';
import { consumerView } from './consumer.ts';
import { garbageCollection, type Lens, still, stillBeside } from './lens.ts';

// About what a queue takes in memory beside its messages.
const QUEUE_BYTES = 2000;
const STORAGE_VERSION = 2;
const nothing: JsonObject = {};

// A view while it is being made.
interface Draft {
  [key: string]: JsonValue;
}

/**
 * A queue as lists show it. Thousands of them are made a second: one literal, and what only some
 * queues have is added to it, which is ten times as fast as putting parts together.
 */
export function queueView(queue: Queue, { context, ranges }: Lens): JsonObject {
  const { history, node, clock } = context;
  const lengths = history.view(queue, 'lengths', ranges);
  const { ready, unacked, consumers, durable, readyBytes, unackedBytes } = queue;
  const messages = ready + unacked;
  const bytes = readyBytes + unackedBytes;
  const memory = queue.memoryBytes;
  const capacity = consumers.count > 0 ? queue.capacity.share(clock.now()) : 0;
  const view: Draft = {
    name: queue.name,
    vhost: queue.vhost,
    type: queue.settings.queueType,
    node: node.name,
    state: 'running',
    durable,
    auto_delete: queue.autoDelete,
    exclusive: queue.owner !== undefined,
    internal: false,
    internal_owner: false,
    arguments: argumentsOf(queue),
    effective_policy_definition: queue.policy?.definition ?? nothing,
    consumers: consumers.count,
    consumer_capacity: capacity,
    consumer_utilisation: capacity,
    memory: memory + queue.unackedMemoryBytes + QUEUE_BYTES,
    messages,
    messages_details: lengths?.['messages_details'] ?? still,
    messages_ready: ready,
    messages_ready_details: lengths?.['messages_ready_details'] ?? still,
    messages_unacknowledged: unacked,
    messages_unacknowledged_details: lengths?.['messages_unacknowledged_details'] ?? still,
    messages_ram: messages,
    // A durable queue's messages are counted as persistent, whatever each of them is.
    messages_persistent: durable ? messages : 0,
    message_bytes: bytes,
    message_bytes_ready: readyBytes,
    message_bytes_unacknowledged: unackedBytes,
    message_bytes_ram: Math.min(bytes, memory + unackedBytes),
    message_bytes_persistent: durable ? bytes : 0,
    reductions: 0,
    reductions_details: stillBeside(lengths?.['messages_details']),
  };
  if (queue.settings.queueType === 'quorum') addQuorumParts(view, queue, node.name);
  else addClassicParts(view, queue);
  addPolicies(view, queue);
  const stats = history.view(queue, 'msgRates', ranges);
  if (stats !== undefined) view['message_stats'] = stats;
  return view;
}

/** A queue alone, with its consumers. What went where is told with detailed rates only. */
export function queueDetails(queue: Queue, lens: Lens): JsonObject {
  return {
    ...queueOnPage(queue, lens),
    consumer_details: consumersOf(queue, lens).map((consumer) => consumerView(consumer, lens)),
    incoming: [],
    deliveries: [],
  };
}

/** A queue as pages of lists show it: nearly as alone. */
export function queueOnPage(queue: Queue, lens: Lens): JsonObject {
  const classic = queue.settings.queueType === 'classic';
  return {
    policy: null,
    operator_policy: null,
    ...(classic ? { exclusive_consumer_tag: exclusiveTag(queue) } : {}),
    ...(classic ? { single_active_consumer_tag: null, head_message_timestamp: null } : {}),
    ...queueView(queue, lens),
    garbage_collection: garbageCollection,
  };
}

/** A queue without what costs RabbitMQ much to know (`disable_stats`). */
export function queueWithoutStats(queue: Queue, { context }: Lens): JsonObject {
  const { policy } = queue;
  const { name: node } = context.node;
  const view: Draft = {
    name: queue.name,
    vhost: queue.vhost,
    type: queue.settings.queueType,
    node,
    state: 'running',
    durable: queue.durable,
    auto_delete: queue.autoDelete,
    exclusive: queue.owner !== undefined,
    internal: false,
    internal_owner: false,
    arguments: argumentsOf(queue),
    policy: policy?.policy ?? null,
    operator_policy: policy?.operatorPolicy ?? null,
    effective_policy_definition: policy?.definition ?? nothing,
  };
  if (queue.settings.queueType === 'quorum') addMembers(view, queue, node);
  return view;
}

/** The same with how many messages there are (`enable_queue_totals`). */
export function queueTotals(queue: Queue, { context }: Lens): JsonObject {
  const { ready, unacked, policy } = queue;
  const { name: node } = context.node;
  const view: Draft = {
    name: queue.name,
    vhost: queue.vhost,
    type: queue.settings.queueType,
    node,
    state: 'running',
    durable: queue.durable,
    auto_delete: queue.autoDelete,
    exclusive: queue.owner !== undefined,
    arguments: argumentsOf(queue),
    online: null,
    messages: ready + unacked,
    messages_ready: ready,
    messages_unacknowledged: unacked,
  };
  if (policy?.policy !== undefined) view['policy'] = policy.policy;
  if (queue.settings.queueType !== 'quorum') return view;
  addMembers(view, queue, node);
  view['exclusive'] = null;
  view['effective_policy_definition'] = policy?.definition ?? nothing;
  view['operator_policy'] = policy?.operatorPolicy ?? null;
  return view;
}

const argumentViews = new WeakMap<Queue, JsonObject>();

// Made once: they never change.
function argumentsOf(queue: Queue): JsonObject {
  const known = argumentViews.get(queue);
  if (known !== undefined) return known;
  const view = { 'x-queue-type': queue.settings.queueType, ...jsonOf(queue.arguments) };
  argumentViews.set(queue, view);
  return view;
}

function addClassicParts(view: Draft, queue: Queue): void {
  view['messages_ready_ram'] = queue.ready;
  view['messages_unacknowledged_ram'] = queue.unacked;
  view['storage_version'] = STORAGE_VERSION;
  const timestamp = headTimestamp(queue);
  if (timestamp !== undefined) view['head_message_timestamp'] = timestamp;
  if (!queue.settings.singleActiveConsumer) return;
  const { active } = queue.consumers;
  if (active !== undefined) view['single_active_consumer_tag'] = active.tag;
}

function addQuorumParts(view: Draft, queue: Queue, node: string): void {
  const { consumers, settings } = queue;
  addMembers(view, queue, node);
  view['open_files'] = { [node]: 0 };
  view['publishers'] = 0;
  view['delayed_retry'] = settings.delayedRetryType;
  view['messages_delayed'] = 0;
  view['messages_ready_returned'] = 0;
  view['messages_dlx'] = 0;
  view['message_bytes_dlx'] = 0;
  view['messages_by_priority'] = nothing;
  view['messages_active_priorities'] = 0;
  // RabbitMQ names the only consumer here as well, on a queue that lets many be active.
  const active = consumers.active ?? consumers.all[0];
  if (active !== undefined) view['single_active_consumer_tag'] = active.tag;
}

function addPolicies(view: Draft, { policy }: Queue): void {
  if (policy?.policy !== undefined) view['policy'] = policy.policy;
  if (policy?.operatorPolicy !== undefined) view['operator_policy'] = policy.operatorPolicy;
}

function addMembers(view: Draft, { settings }: Queue, node: string): void {
  view['leader'] = node;
  view['members'] = [node];
  view['online'] = [node];
  view['delivery_limit'] = settings.deliveryLimit ?? 'unlimited';
}

// Seconds, as its publisher has set it; undefined where it has not, or where no message is in memory.
function headTimestamp({ first }: Queue): number | bigint | undefined {
  if (first === 0) return undefined;
  const given = (dv.getUint16(propertyFlagsAt(first)) & propertyFlags.timestamp) !== 0;
  return given ? propertiesOf(first).timestamp : undefined;
}

function exclusiveTag({ consumers }: Queue): string | null {
  return consumers.all.find(({ exclusive }) => exclusive)?.tag ?? null;
}

function consumersOf(queue: Queue, { context }: Lens): readonly ConsumerView[] {
  const found: ConsumerView[] = [];
  if (queue.consumers.count === 0) return found;
  for (const connection of context.broker.connections) {
    if (connection.vhost !== queue.vhost) continue;
    for (const channel of connection.channelViews()) {
      for (const consumer of channel.consumerViews()) {
        if (consumer.queue === queue) found.push(consumer);
      }
    }
  }
  return found;
}
