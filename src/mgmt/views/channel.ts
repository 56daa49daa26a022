import type { ChannelView } from '../../broker/live.ts';
import type { JsonObject, JsonValue } from '../../kit/json.ts';
import { consumerView } from './consumer.ts';
import { garbageCollection, type Lens, stillBeside, timeText } from './lens.ts';

/** `127.0.0.1:39724 -> 127.0.0.1:5672 (1)`. */
export function channelName({ connection, number }: ChannelView): string {
  return `${connection.name} (${number})`;
}

export function channelView(channel: ChannelView, { context, ranges }: Lens): JsonObject {
  const { connection, idleSince } = channel;
  const { name, user, vhost, remote } = connection;
  const stats = context.history.view(channel, 'msgRates', ranges);
  const view: { [key: string]: JsonValue } = {
    connection_details: { name, peer_host: remote.address, peer_port: remote.port },
    name: channelName(channel),
    number: channel.number,
    node: context.node.name,
    vhost,
    user,
    user_who_performed_action: user,
    state: channel.state,
    confirm: channel.isConfirming,
    transactional: channel.isTransactional,
    prefetch_count: channel.prefetchCount,
    consumer_count: channel.consumerCount,
    messages_unacknowledged: channel.unacknowledged,
    messages_unconfirmed: channel.unconfirmed,
    messages_uncommitted: channel.uncommitted,
    acks_uncommitted: channel.acksUncommitted,
    pending_raft_commands: 0,
    cached_segments: 0,
    reductions: 0,
    reductions_details: stillBeside(stats?.['publish_details'] ?? stats?.['ack_details']),
    garbage_collection: garbageCollection,
  };
  if (stats !== undefined) view['message_stats'] = stats;
  if (idleSince !== undefined) view['idle_since'] = timeText(idleSince);
  return view;
}

/** A channel alone, with its consumers. What went where is told with detailed rates only. */
export function channelDetails(channel: ChannelView, lens: Lens): JsonObject {
  return {
    ...channelView(channel, lens),
    consumer_details: [...channel.consumerViews()].map((consumer) => consumerView(consumer, lens)),
    deliveries: [],
    publishes: [],
  };
}
