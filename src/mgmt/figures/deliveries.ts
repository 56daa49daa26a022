import type { DeliveryCounters, PublishCounters } from '../../queues/counters.ts';

/** What consumers and `basic.get` did, as the API calls it. */
export const deliveryNames = [
  'deliver',
  'deliver_no_ack',
  'deliver_get',
  'get',
  'get_no_ack',
  'get_empty',
  'ack',
  'redeliver',
] as const;

/** What publishers did, as the API calls it. */
export const publishNames = ['publish', 'confirm', 'return_unroutable', 'drop_unroutable'] as const;

/** Deliveries of all kinds. */
export function deliveriesOf(counters: Readonly<DeliveryCounters>): number {
  return counters.deliver + counters.deliverNoAck + counters.get + counters.getNoAck;
}

/** Writes them in the order of their names. */
export function readDeliveries(
  counters: Readonly<DeliveryCounters>,
  into: Float64Array,
  at: number,
): void {
  into[at] = counters.deliver;
  into[at + 1] = counters.deliverNoAck;
  into[at + 2] = deliveriesOf(counters);
  into[at + 3] = counters.get;
  into[at + 4] = counters.getNoAck;
  into[at + 5] = counters.getEmpty;
  into[at + 6] = counters.ack;
  into[at + 7] = counters.redeliver;
}

/** Writes them in the order of their names. */
export function readPublished(
  counters: Readonly<PublishCounters>,
  into: Float64Array,
  at: number,
): void {
  into[at] = counters.publish;
  into[at + 1] = counters.confirm;
  into[at + 2] = counters.returnUnroutable;
  into[at + 3] = counters.dropUnroutable;
}
