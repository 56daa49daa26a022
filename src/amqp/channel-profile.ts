import type { Broker } from '../broker/broker.ts';
import type { CountedPublisher } from '../broker/ledger.ts';
import type {
  ChannelState,
  ChannelView,
  ConnectionView,
  ConsumerView,
  ExchangePublishes,
} from '../broker/live.ts';
import type { Publisher } from '../broker/publish.ts';
import type { Session } from '../broker/session.ts';
import { addDelivered } from '../broker/totals.ts';
import type { Exchange } from '../exchanges/exchange.ts';
import { DeliveryCounters, type PublishCounters } from '../queues/counters.ts';
import type { Queue } from '../queues/queue.ts';
import type { ChannelConsumer } from './channel-consumer.ts';
import type { Confirms } from './confirms.ts';
import type { Transaction } from './transaction.ts';

// A channel that has done nothing for so long is idle.
const IDLE_SECONDS = 5;

/** What a profile needs of its channel. */
interface ProfiledChannel {
  readonly number: number;
  readonly connection: ConnectionView & { readonly broker: Pick<Broker, 'clock' | 'churn'> };
  readonly session: Session;
  readonly publisher: Publisher;
  readonly unsettled: { readonly size: number };
  readonly consumers: ReadonlyMap<string, ChannelConsumer>;
  readonly counters: Readonly<DeliveryCounters>;
  readonly givenUp: number;
  readonly usedAt: number;
  readonly closing: boolean;
  readonly prefetch: number;
  readonly globalPrefetch: number;
  readonly confirms: Confirms | undefined;
  readonly transaction: Transaction | undefined;
}

/** What others may see of a channel, found out when they ask. */
export class ChannelProfile implements ChannelView, CountedPublisher {
  readonly #channel: ProfiledChannel;
  // What its confirms came to.
  #confirmed = 0;
  #receivedConfirm = 0;
  // All that it had done when it was looked at last, and when that had become more.
  #done = 0;
  #workedAt = 0;
  #idle: { readonly from: number; readonly since: number } | undefined = undefined;

  constructor(channel: ProfiledChannel) {
    this.#channel = channel;
    const { connection, session } = channel;
    connection.broker.churn.channelCreated += 1;
    session.vhost.ledger.publisherBegan(this);
  }

  /** The channel has ended: its counters are added to those of its vhost. */
  close(): void {
    const { connection, session } = this.#channel;
    this.#confirmed = this.#channel.confirms?.confirmed ?? 0;
    this.#receivedConfirm = this.#channel.confirms?.published ?? 0;
    connection.broker.churn.channelClosed += 1;
    this.#channel.publisher.publications.close();
    session.vhost.ledger.publisherEnded(this);
  }

  get number(): number {
    return this.#channel.number;
  }

  get connection(): ConnectionView {
    return this.#channel.connection;
  }

  get vhost(): string {
    return this.#channel.session.vhost.name;
  }

  get user(): string {
    return this.#channel.session.user.name;
  }

  get isConfirming(): boolean {
    return this.#channel.confirms !== undefined;
  }

  get isTransactional(): boolean {
    return this.#channel.transaction !== undefined;
  }

  get prefetchCount(): number {
    return this.#channel.prefetch;
  }

  get globalPrefetchCount(): number {
    return this.#channel.globalPrefetch;
  }

  get unacknowledged(): number {
    return this.#channel.unsettled.size;
  }

  get unconfirmed(): number {
    return this.#channel.confirms?.unconfirmed ?? 0;
  }

  get uncommitted(): number {
    return this.#channel.transaction?.messages ?? 0;
  }

  get acksUncommitted(): number {
    return this.#channel.transaction?.settlements ?? 0;
  }

  get state(): ChannelState {
    const { closing, connection, publisher } = this.#channel;
    if (closing) return 'closing';
    const waits = connection.state === 'flow' && publisher.publications.tallies.length > 0;
    return waits ? 'flow' : 'running';
  }

  get idleSince(): number | undefined {
    this.#look();
    const { usedAt, connection } = this.#channel;
    const { clock } = connection.broker;
    const from = Math.max(usedAt, this.#workedAt);
    const now = clock.now();
    if (now < (from + IDLE_SECONDS) * 1000) return undefined;
    // Said once, it stays as it is, however the wall clock is set.
    if (this.#idle?.from !== from) {
      const since = Math.floor((clock.wall() - now) / 1000 + from) * 1000;
      this.#idle = { from, since };
    }
    return this.#idle.since;
  }

  get published(): PublishCounters {
    this.#look();
    const { confirms, publisher } = this.#channel;
    const counters = publisher.publications.published;
    counters.confirm = confirms?.confirmed ?? this.#confirmed;
    return counters;
  }

  get receivedConfirm(): number {
    return this.#channel.confirms?.published ?? this.#receivedConfirm;
  }

  get routed(): number {
    return this.#channel.publisher.publications.routed;
  }

  get delivered(): DeliveryCounters {
    const { consumers, counters, givenUp, unsettled } = this.#channel;
    const sum = new DeliveryCounters();
    addDelivered(sum, counters);
    for (const { noAck, deliveries, redeliveries } of consumers.values()) {
      if (noAck) sum.deliverNoAck += deliveries;
      else sum.deliver += deliveries;
      sum.redeliver += redeliveries;
    }
    // Whatever is out no more, and has not come back.
    sum.ack = sum.deliver + sum.get - unsettled.size - givenUp;
    return sum;
  }

  get consumerCount(): number {
    return this.#channel.consumers.size;
  }

  consumerViews(): Iterable<ConsumerView> {
    return [...this.#channel.consumers.values()].map((consumer) => this.#consumerView(consumer));
  }

  publishedTo(): Iterable<readonly [Exchange<Queue> | undefined, ExchangePublishes]> {
    const { tallies } = this.#channel.publisher.publications;
    return tallies.map((tally) => [tally.exchange, tally] as const);
  }

  // No message says when it passes: whoever looks now and then sees that there were some.
  #look(): void {
    const { connection, givenUp, publisher } = this.#channel;
    const { publish } = publisher.publications.published;
    const { deliver, deliverNoAck, get, getNoAck, ack } = this.delivered;
    const done = publish + deliver + deliverNoAck + get + getNoAck + ack + givenUp;
    if (done === this.#done) return;
    this.#done = done;
    this.#workedAt = Math.floor(connection.broker.clock.now() / 1000);
  }

  #consumerView(consumer: ChannelConsumer): ConsumerView {
    const { tag, queue, noAck, exclusive, prefetch, unacked, timeoutMs } = consumer;
    const { active } = queue.consumers;
    return {
      tag,
      queue,
      channel: this,
      noAck,
      exclusive,
      isActive: active === undefined || active === consumer,
      prefetchCount: prefetch,
      unacknowledged: unacked,
      timeoutMs,
      arguments: consumer.arguments,
    };
  }
}
