import type { ChannelView, ConsumerView } from '../../broker/live.ts';
import type { JsonObject } from '../../kit/json.ts';
import { jsonOf } from '../json-table.ts';
import type { Lens } from './lens.ts';

export function consumerView(consumer: ConsumerView, lens: Pick<Lens, 'context'>): JsonObject {
  const { queue, channel, timeoutMs } = consumer;
  const { consumerTimeoutMs } = lens.context.broker.limits;
  const timeout = timeoutMs ?? queue.settings.consumerTimeoutMs ?? consumerTimeoutMs;
  return {
    arguments: jsonOf(consumer.arguments),
    channel_details: channelDetailsOf(channel, lens),
    ack_required: !consumer.noAck,
    active: consumer.isActive,
    activity_status: activity(consumer),
    consumer_tag: consumer.tag,
    consumer_timeout: Number.isFinite(timeout) ? timeout : 'undefined',
    exclusive: consumer.exclusive,
    prefetch_count: consumer.prefetchCount,
    queue: { name: queue.name, vhost: queue.vhost },
  };
}

function activity({ queue, isActive }: ConsumerView): string {
  if (!queue.settings.singleActiveConsumer) return 'up';
  return isActive ? 'single_active' : 'waiting';
}

function channelDetailsOf(channel: ChannelView, { context }: Pick<Lens, 'context'>): JsonObject {
  const { connection, number } = channel;
  return {
    connection_name: connection.name,
    name: `${connection.name} (${number})`,
    node: context.node.name,
    number,
    peer_host: connection.remote.address,
    peer_port: connection.remote.port,
    user: connection.user,
  };
}
