import type { ChannelView, ExchangePublishes } from '../../broker/live.ts';
import type { Exchange } from '../../exchanges/exchange.ts';
import type { Queue } from '../../queues/queue.ts';
import { type Family, family, type Metric } from './family.ts';
import type { Source } from './source.ts';

/** What a channel published through one exchange. */
interface Publication {
  readonly channel: ChannelView;
  readonly exchange: Exchange<Queue> | undefined;
  readonly published: ExchangePublishes;
}

// RabbitMQ writes an Erlang process here; connections have this label as well.
function channelName({ connection, number }: ChannelView): string {
  return `${connection.name} (${number})`;
}

export function* allChannels({ broker }: Source): Generator<ChannelView, void> {
  for (const connection of broker.connections) yield* connection.channelViews();
}

function* publications(source: Source): Generator<Publication, void> {
  for (const channel of allChannels(source)) {
    for (const [exchange, published] of channel.publishedTo()) {
      yield { channel, exchange, published };
    }
  }
}

function channelFamily(
  name: string,
  metrics: readonly Metric<ChannelView>[],
  labels: (channel: ChannelView) => Record<string, string>,
): Family {
  return family({ name, metrics, subjects: allChannels, labels });
}

const byName = (channel: ChannelView): Record<string, string> => ({
  channel: channelName(channel),
});
const byVhost = (channel: ChannelView): Record<string, string> => ({
  channel: channelName(channel),
  vhost: channel.vhost,
});

export const channelMetrics = channelFamily(
  'channel_metrics',
  [
    {
      name: 'channel_consumers',
      type: 'gauge',
      help: 'Consumers on a channel',
      of: ({ consumerCount }) => consumerCount,
    },
    {
      name: 'channel_messages_unacked',
      type: 'gauge',
      help: 'Delivered but not yet acknowledged messages',
      of: ({ unacknowledged }) => unacknowledged,
    },
    {
      name: 'channel_messages_unconfirmed',
      type: 'gauge',
      help: 'Published but not yet confirmed messages',
      of: ({ unconfirmed }) => unconfirmed,
    },
    {
      name: 'channel_messages_uncommitted',
      type: 'gauge',
      help: 'Messages received in a transaction but not yet committed',
      of: ({ uncommitted }) => uncommitted,
    },
    {
      name: 'channel_acks_uncommitted',
      type: 'gauge',
      help: 'Message acknowledgements in a transaction not yet committed',
      of: ({ acksUncommitted }) => acksUncommitted,
    },
    {
      name: 'consumer_prefetch',
      type: 'gauge',
      help: 'Limit of unacknowledged messages for each consumer',
      of: ({ prefetchCount }) => prefetchCount,
    },
    {
      name: 'channel_prefetch',
      type: 'gauge',
      help: 'Deprecated and will be removed in a future version',
      of: ({ globalPrefetchCount }) => globalPrefetchCount,
    },
  ],
  byName,
);

export const channelProcess = channelFamily(
  'channel_process_metrics',
  [
    {
      name: 'channel_process_reductions_total',
      type: 'counter',
      help: 'Total number of channel process reductions',
      of: () => 0,
    },
  ],
  byName,
);

/** Told for the exchanges that a channel used lately. */
export const channelExchange = family<Publication>({
  name: 'channel_exchange_metrics',
  metrics: [
    {
      name: 'channel_messages_published_total',
      type: 'counter',
      help: 'Total number of messages published into an exchange on a channel',
      of: ({ published }) => published.publish,
      total: ({ totals }) => totals.published.publish,
    },
    {
      name: 'channel_messages_unroutable_returned_total',
      type: 'counter',
      help: 'Total number of messages published as mandatory into an exchange and returned to the publisher as unroutable',
      of: ({ published }) => published.returnUnroutable,
      total: ({ totals }) => totals.published.returnUnroutable,
    },
    {
      name: 'channel_messages_unroutable_dropped_total',
      type: 'counter',
      help: 'Total number of messages published as non-mandatory into an exchange and dropped as unroutable',
      of: ({ published }) => published.dropUnroutable,
      total: ({ totals }) => totals.published.dropUnroutable,
    },
  ],
  subjects: publications,
  labels: ({ channel, exchange }) => ({ ...byVhost(channel), exchange: exchange?.name ?? '' }),
});

/** Of the same family: which exchanges confirmed messages went to is not told apart. */
export const channelConfirms = channelFamily(
  'channel_exchange_metrics',
  [
    {
      name: 'channel_messages_confirmed_total',
      type: 'counter',
      help: 'Total number of messages published into an exchange and confirmed on the channel',
      of: ({ published }) => published.confirm,
      total: ({ totals }) => totals.published.confirm,
    },
  ],
  byVhost,
);

/** Which queues deliveries came from is not told apart. */
export const channelQueue = channelFamily(
  'channel_queue_metrics',
  [
    {
      name: 'channel_get_ack_total',
      type: 'counter',
      help: 'Total number of messages fetched with basic.get in manual acknowledgement mode',
      of: ({ delivered }) => delivered.get,
      total: ({ totals }) => totals.delivered.get,
    },
    {
      name: 'channel_get_total',
      type: 'counter',
      help: 'Total number of messages fetched with basic.get in automatic acknowledgement mode',
      of: ({ delivered }) => delivered.getNoAck,
      total: ({ totals }) => totals.delivered.getNoAck,
    },
    {
      name: 'channel_messages_delivered_ack_total',
      type: 'counter',
      help: 'Total number of messages delivered to consumers in manual acknowledgement mode',
      of: ({ delivered }) => delivered.deliver,
      total: ({ totals }) => totals.delivered.deliver,
    },
    {
      name: 'channel_messages_delivered_total',
      type: 'counter',
      help: 'Total number of messages delivered to consumers in automatic acknowledgement mode',
      of: ({ delivered }) => delivered.deliverNoAck,
      total: ({ totals }) => totals.delivered.deliverNoAck,
    },
    {
      name: 'channel_messages_redelivered_total',
      type: 'counter',
      help: 'Total number of messages redelivered to consumers',
      of: ({ delivered }) => delivered.redeliver,
      total: ({ totals }) => totals.delivered.redeliver,
    },
    {
      name: 'channel_messages_acked_total',
      type: 'counter',
      help: 'Total number of messages acknowledged by consumers',
      of: ({ delivered }) => delivered.ack,
      total: ({ totals }) => totals.delivered.ack,
    },
    {
      name: 'channel_get_empty_total',
      type: 'counter',
      help: 'Total number of times basic.get operations fetched no message',
      of: ({ delivered }) => delivered.getEmpty,
      total: ({ totals }) => totals.delivered.getEmpty,
    },
  ],
  byVhost,
);
