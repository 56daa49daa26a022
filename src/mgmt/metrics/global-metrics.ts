import { sizeBounds } from '../../broker/message-sizes.ts';
import type { DeadLetterWay, Totals } from '../../broker/totals.ts';
import type { DeliveryCounters } from '../../queues/counters.ts';
import type { DeadLetterReason } from '../../queues/dead-letter.ts';
import { deliveriesOf } from '../figures/deliveries.ts';
import { allChannels } from './channel-families.ts';
import { head, labelled, sample } from './exposition.ts';
import { consumersOf } from './node-families.ts';
import type { Source } from './source.ts';

const protocol = { protocol: 'amqp091' };

const received: readonly (readonly [name: string, help: string, of: (totals: Totals) => number])[] =
  [
    [
      'messages_received_total',
      'Total number of messages received from publishers',
      ({ published }) => published.publish,
    ],
    [
      'messages_received_confirm_total',
      'Total number of messages received from publishers expecting confirmations',
      ({ receivedConfirm }) => receivedConfirm,
    ],
    [
      'messages_routed_total',
      'Total number of messages routed to queues or streams',
      ({ routed }) => routed,
    ],
    [
      'messages_confirmed_total',
      'Total number of messages confirmed to publishers',
      ({ published }) => published.confirm,
    ],
    [
      'messages_unroutable_dropped_total',
      'Total number of messages published as non-mandatory into an exchange and dropped as unroutable',
      ({ published }) => published.dropUnroutable,
    ],
    [
      'messages_unroutable_returned_total',
      'Total number of messages published as mandatory into an exchange and returned to the publisher as unroutable',
      ({ published }) => published.returnUnroutable,
    ],
  ];

const delivered: readonly (readonly [
  name: string,
  help: string,
  of: (counters: DeliveryCounters) => number,
])[] = [
  ['messages_delivered_total', 'Total number of messages delivered to consumers', deliveriesOf],
  [
    'messages_delivered_consume_manual_ack_total',
    'Total number of messages delivered to consumers using basic.consume with manual acknowledgment',
    ({ deliver }) => deliver,
  ],
  [
    'messages_delivered_consume_auto_ack_total',
    'Total number of messages delivered to consumers using basic.consume with automatic acknowledgment',
    ({ deliverNoAck }) => deliverNoAck,
  ],
  [
    'messages_delivered_get_manual_ack_total',
    'Total number of messages delivered to consumers using basic.get with manual acknowledgment',
    ({ get }) => get,
  ],
  [
    'messages_delivered_get_auto_ack_total',
    'Total number of messages delivered to consumers using basic.get with automatic acknowledgment',
    ({ getNoAck }) => getNoAck,
  ],
  [
    'messages_get_empty_total',
    'Total number of times basic.get operations fetched no message',
    ({ getEmpty }) => getEmpty,
  ],
  [
    'messages_redelivered_total',
    'Total number of messages redelivered to consumers',
    ({ redeliver }) => redeliver,
  ],
  [
    'messages_acknowledged_total',
    'Total number of messages acknowledged by consumers',
    ({ ack }) => ack,
  ],
];

const deadLettered: readonly (readonly [name: string, help: string, reason: DeadLetterReason])[] = [
  [
    'messages_dead_lettered_maxlen_total',
    'Total number of messages dead-lettered due to overflow drop-head or reject-publish-dlx',
    'maxlen',
  ],
  [
    'messages_dead_lettered_rejected_total',
    'Total number of messages dead-lettered due to basic.reject or basic.nack',
    'rejected',
  ],
  [
    'messages_dead_lettered_expired_total',
    'Total number of messages dead-lettered due to message TTL exceeded',
    'expired',
  ],
  [
    'messages_dead_lettered_delivery_limit_total',
    'Total number of messages dead-lettered due to delivery-limit exceeded',
    'delivery_limit',
  ],
];

const queueTypes = ['classic', 'quorum'] as const;
const ways: readonly DeadLetterWay[] = ['at_most_once', 'at_least_once', 'disabled'];

/** What RabbitMQ counts by protocol and queue type: there from the start, so that rates are. */
export function* globalMetrics(source: Source): Generator<string, void> {
  const { totals } = source;
  for (const [name, help, of] of received) {
    yield counter(name, help) + sample(PREFIX + name, labelled(protocol), of(totals));
  }
  for (const [name, help, of] of delivered) {
    let text = counter(name, help);
    for (const type of queueTypes) {
      text += sample(PREFIX + name, typeLabels(type), of(totals.deliveredBy[type]));
    }
    // Dashboards ask for each type.
    yield text + sample(PREFIX + name, typeLabels('stream'), 0);
  }
  for (const [name, help, reason] of deadLettered) yield deadLetters(totals, name, help, reason);
  yield gauge('publishers', 'Current number of publishers', publishersOf(source));
  yield gauge('consumers', 'Current number of consumers', consumersOf(source));
}

/** Sizes of the bodies of published messages. */
export function messageSizes({ totals }: Source): string {
  const name = 'rabbitmq_message_size_bytes';
  const { counts, sum } = totals.messageSizes;
  let text = head(name, 'histogram', 'Size of messages received from publishers');
  let count = 0;
  for (const [i, of] of counts.entries()) {
    count += of;
    const bound = sizeBounds[i];
    // Dashboards ask for `100.0`, which is how Prometheus keeps numbers from its third version on.
    const le = bound === undefined ? '+Inf' : bound.toFixed(1);
    text += sample(`${name}_bucket`, labelled({ ...protocol, le }), count);
  }
  const labels = labelled(protocol);
  return text + sample(`${name}_count`, labels, count) + sample(`${name}_sum`, labels, sum);
}

const PREFIX = 'rabbitmq_global_';

function deadLetters(totals: Totals, name: string, help: string, reason: DeadLetterReason): string {
  let text = counter(name, help);
  for (const type of queueTypes) {
    for (const way of ways) {
      const labels = labelled({
        queue_type: `rabbit_${type}_queue`,
        dead_letter_strategy: way,
      });
      text += sample(PREFIX + name, labels, totals.deadLettered[type][way][reason]);
    }
  }
  return text;
}

function publishersOf(source: Source): number {
  let count = 0;
  for (const { published } of allChannels(source)) if (published.publish > 0) count += 1;
  return count;
}

function typeLabels(type: string): string {
  return labelled({ ...protocol, queue_type: `rabbit_${type}_queue` });
}

function counter(name: string, help: string): string {
  return head(PREFIX + name, 'counter', help);
}

function gauge(name: string, help: string, value: number): string {
  return head(PREFIX + name, 'gauge', help) + sample(PREFIX + name, labelled(protocol), value);
}
