import type { QueueType } from '../model/queue-argument-rules.ts';
import { DeliveryCounters, PublishCounters } from '../queues/counters.ts';
import type { DeadLetterReason } from '../queues/dead-letter.ts';
import type { Traffic } from './live.ts';
import { MessageSizes } from './message-sizes.ts';

/** What began and ended on a node since its start. */
export class Churn {
  connectionCreated = 0;
  connectionClosed = 0;
  channelCreated = 0;
  channelClosed = 0;
  /** Each queue.declare that was no passive one, of queues that were there as well. */
  queueDeclared = 0;
  queueCreated = 0;
  queueDeleted = 0;
}

/** What becomes of messages that leave a queue without an acknowledgement, in RabbitMQ's words. */
export type DeadLetterWay = 'disabled' | 'at_most_once' | 'at_least_once';

/** Messages by the reason for which they left a queue. */
export class DeadLetterCounters implements Record<DeadLetterReason, number> {
  rejected = 0;
  expired = 0;
  maxlen = 0;
  delivery_limit = 0;

  add(other: DeadLetterCounters): void {
    this.rejected += other.rejected;
    this.expired += other.expired;
    this.maxlen += other.maxlen;
    this.delivery_limit += other.delivery_limit;
  }
}

/** Messages that left the queues of one type without an acknowledgement. */
export class DeadLettered implements Record<DeadLetterWay, DeadLetterCounters> {
  /** The queue had no dead-letter exchange. */
  readonly disabled = new DeadLetterCounters();
  readonly at_most_once = new DeadLetterCounters();
  readonly at_least_once = new DeadLetterCounters();

  add(other: DeadLettered): void {
    this.disabled.add(other.disabled);
    this.at_most_once.add(other.at_most_once);
    this.at_least_once.add(other.at_least_once);
  }
}

/** What happened in a vhost or on the node since the start, by whatever has ended since as well. */
export class Totals {
  readonly published = new PublishCounters();
  /** Messages published on channels in confirm mode. */
  receivedConfirm = 0;
  /** Queues that published messages were routed to. */
  routed = 0;
  readonly deliveredBy: Readonly<Record<QueueType, DeliveryCounters>> = {
    classic: new DeliveryCounters(),
    quorum: new DeliveryCounters(),
  };
  readonly deadLettered: Readonly<Record<QueueType, DeadLettered>> = {
    classic: new DeadLettered(),
    quorum: new DeadLettered(),
  };
  readonly messageSizes = new MessageSizes();
  receivedBytes = 0;
  receivedPackets = 0;
  sentBytes = 0;
  sentPackets = 0;

  /** From the queues of all types together. */
  get delivered(): DeliveryCounters {
    const sum = new DeliveryCounters();
    for (const each of Object.values(this.deliveredBy)) addDelivered(sum, each);
    return sum;
  }

  add(other: Totals): void {
    addPublished(this.published, other.published);
    this.receivedConfirm += other.receivedConfirm;
    this.routed += other.routed;
    for (const type of queueTypes) {
      addDelivered(this.deliveredBy[type], other.deliveredBy[type]);
      this.deadLettered[type].add(other.deadLettered[type]);
    }
    this.messageSizes.add(other.messageSizes);
    this.addTraffic(other);
  }

  addTraffic(traffic: Traffic): void {
    this.receivedBytes += traffic.receivedBytes;
    this.receivedPackets += traffic.receivedPackets;
    this.sentBytes += traffic.sentBytes;
    this.sentPackets += traffic.sentPackets;
  }
}

const queueTypes: readonly QueueType[] = ['classic', 'quorum'];

export function addPublished(to: PublishCounters, from: Readonly<PublishCounters>): void {
  to.publish += from.publish;
  to.confirm += from.confirm;
  to.returnUnroutable += from.returnUnroutable;
  to.dropUnroutable += from.dropUnroutable;
}

export function addDelivered(to: DeliveryCounters, from: Readonly<DeliveryCounters>): void {
  to.deliver += from.deliver;
  to.deliverNoAck += from.deliverNoAck;
  to.get += from.get;
  to.getNoAck += from.getNoAck;
  to.getEmpty += from.getEmpty;
  to.ack += from.ack;
  to.redeliver += from.redeliver;
}
