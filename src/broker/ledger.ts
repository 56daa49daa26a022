import { ExchangeCounters } from '../exchanges/exchange-counters.ts';
import type { QueueType } from '../model/queue-argument-rules.ts';
import type { DeliveryCounters, PublishCounters } from '../queues/counters.ts';
import type { Traffic } from './live.ts';
import { MessageSizes } from './message-sizes.ts';
import { addDelivered, addPublished, Totals } from './totals.ts';

/** Somebody who publishes and is counted. */
export interface CountedPublisher {
  readonly published: Readonly<PublishCounters>;
  /** Messages that were to be confirmed. */
  readonly receivedConfirm: number;
  /** Queues that the messages were routed to. */
  readonly routed: number;
}

interface CountedQueue {
  readonly settings: { readonly queueType: QueueType };
  readonly counters: Readonly<DeliveryCounters>;
}

/**
 * What a vhost counts. Those who count do so on fields of their own; they are added up when somebody
 * asks, and for good when they end.
 */
export class Ledger {
  /** The default exchange has no object of its own. */
  readonly defaultExchange = new ExchangeCounters();
  readonly messageSizes = new MessageSizes();
  readonly #connections = new Set<Traffic>();
  readonly #publishers = new Set<CountedPublisher>();
  // What is not counted by anyone who is there.
  readonly #past = new Totals();

  connectionOpened(connection: Traffic): void {
    this.#connections.add(connection);
  }

  /** Nothing is sent or received any more. */
  connectionGone(connection: Traffic): void {
    if (this.#connections.delete(connection)) this.#past.addTraffic(connection);
  }

  publisherBegan(publisher: CountedPublisher): void {
    this.#publishers.add(publisher);
  }

  /** It is done, whether it has said that it began or not. */
  publisherEnded(publisher: CountedPublisher): void {
    this.#publishers.delete(publisher);
    addPublisher(this.#past, publisher);
  }

  queueEnded(queue: CountedQueue): void {
    addQueue(this.#past, queue);
  }

  /** Where a queue's dead letters are counted. */
  get deadLettered(): Totals['deadLettered'] {
    return this.#past.deadLettered;
  }

  /** All of it so far. @param queues those that are there */
  totals(queues: Iterable<CountedQueue>): Totals {
    const totals = new Totals();
    totals.add(this.#past);
    totals.messageSizes.add(this.messageSizes);
    for (const connection of this.#connections) totals.addTraffic(connection);
    for (const publisher of this.#publishers) addPublisher(totals, publisher);
    for (const queue of queues) addQueue(totals, queue);
    return totals;
  }
}

function addPublisher(
  totals: Totals,
  { published, receivedConfirm, routed }: CountedPublisher,
): void {
  addPublished(totals.published, published);
  totals.receivedConfirm += receivedConfirm;
  totals.routed += routed;
}

function addQueue(totals: Totals, { counters, settings }: CountedQueue): void {
  addDelivered(totals.deliveredBy[settings.queueType], counters);
}
