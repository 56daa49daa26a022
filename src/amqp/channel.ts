// HOT: a channel; publishes and settlements pass here, all other methods go to their class's file.
import type { Broker } from '../broker/broker.ts';
import type { ConnectionView } from '../broker/live.ts';
import { accepted, Publisher, refused, unroutable } from '../broker/publish.ts';
import type { Session } from '../broker/session.ts';
import type { ClientMethod, ServerMethod } from '../codec/methods.gen.ts';
import { decodeText } from '../codec/text.ts';
import { dv, u8 } from '../kit/memory.ts';
import { BrokerError } from '../model/broker-error.ts';
import {
  addReference,
  addressLength,
  contentAt,
  contentLength,
  createRecord,
  dropReference,
} from '../model/record.ts';
import { addressOf } from '../model/record-builder.ts';
import { DeliveryCounters } from '../queues/counters.ts';
import type { Queue } from '../queues/queue.ts';
import type { Answers } from './answers.ts';
import type { ChannelConsumer } from './channel-consumer.ts';
import { ChannelProfile } from './channel-profile.ts';
import type { ChannelReplies } from './channel-replies.ts';
import type { Client } from './client.ts';
import type { Confirms } from './confirms.ts';
import type { ContentAssembly } from './content-assembly.ts';
import { sendContent, sendMethod, sendWithRecord } from './content-writer.ts';
import type { Outbox } from './outbox.ts';
import { acknowledge, reject, requeueAll } from './settlement.ts';
import { Sources } from './sources.ts';
import type { Transaction } from './transaction.ts';
import { deliveredAtOf, sourceOf, Unsettled } from './unsettled.ts';

const NO_ROUTE = { code: 312, text: 'NO_ROUTE' } as const;

/** What a channel needs of its connection. */
export interface ChannelHost extends ConnectionView {
  readonly broker: Broker;
  readonly outbox: Outbox;
  readonly answers: Answers;
  readonly frameMax: number;
  readonly client: Client;
  /** A channel's confirms have something to tell, when all that was read is handled. */
  confirmable(channel: Channel): void;
  /** Forgets a channel that is over. */
  dropChannel(channel: Channel): void;
}

/** A channel of a connection (0-9-1 §2.2.5). It ends with `release`. */
export class Channel {
  readonly number: number;
  readonly connection: ChannelHost;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly answers: Answers;
  readonly frameMax: number;
  readonly publisher: Publisher;
  readonly unsettled = new Unsettled();
  readonly sources = new Sources();
  readonly consumers = new Map<string, ChannelConsumer>();
  /** What basic.get and consumers that are gone got; consumers count for themselves. */
  readonly counters = new DeliveryCounters();
  givenUp = 0;
  /** What others may see of it. */
  readonly profile: ChannelProfile;
  /** When it gave its last answer: clock seconds, coarse. */
  usedAt = 0;
  /** We have closed it and wait for close-ok: what comes on it meanwhile is dropped. */
  closing = false;
  /** It has ended: nothing may be sent on it any more. */
  released = false;
  /** Deliveries to consumers that count in the channel's prefetch. */
  window = 0;
  /** The channel's limit (qos with global); 0 for none. */
  globalPrefetch = 0;
  /** The limit of consumers to come (qos without global); 0 for none. */
  prefetch = 0;
  /** The queue that was declared last: what an empty name means. */
  lastQueue: string | undefined = undefined;
  confirms: Confirms | undefined = undefined;
  transaction: Transaction | undefined = undefined;
  replies: ChannelReplies | undefined = undefined;
  /** The message whose frames are coming. */
  assembly: ContentAssembly | undefined = undefined;
  /** Position of the consumer that was eased first, the last time. */
  #easedFirst = 0;

  constructor(number: number, connection: ChannelHost, session: Session) {
    this.number = number;
    this.connection = connection;
    this.session = session;
    this.outbox = connection.outbox;
    this.answers = connection.answers;
    this.frameMax = connection.frameMax;
    this.publisher = new Publisher(session);
    this.publisher.tap = { connection: connection.name, channel: number, user: session.user.name };
    this.profile = new ChannelProfile(this);
  }

  /** When a delivery is made: clock seconds, as coarse as the connection's last read. */
  deliveredAt(): number {
    const { broker } = this.connection;
    broker.watchTimeouts();
    return broker.seconds;
  }

  windowFull(): boolean {
    return this.globalPrefetch !== 0 && this.window >= this.globalPrefetch;
  }

  /** A message of a traced vhost is delivered, and still in memory. */
  traceDelivery(queue: Queue, record: number, redelivered: boolean): void {
    this.session.vhost.trace?.delivered(this.publisher.tap, queue, record, redelivered);
  }

  /** Its confirms have something to tell. */
  readonly confirmable = (): void => this.connection.confirmable(this);

  send(method: ServerMethod): void {
    this.usedAt = this.connection.broker.seconds;
    this.answers.send(this.number, method);
  }

  /**
   * basic.publish with its content; see `Publisher.publish` for the parts.
   * @throws BrokerError, CodecError
   */
  publish(
    addressAt: number,
    addressLength: number,
    tailAt: number,
    tailLength: number,
    mandatory: boolean,
    record: number,
  ): void {
    if (this.transaction !== undefined) {
      this.#publishLater(addressAt, addressLength, tailAt, tailLength, mandatory, record);
      return;
    }
    const { publisher, confirms } = this;
    const outcome = publisher.publish(addressAt, addressLength, tailAt, tailLength, record);
    if (outcome === unroutable) {
      publisher.countUnroutable(mandatory);
      if (publisher.rewritten !== 0) this.unroutable(0, mandatory);
      else if (mandatory) this.#return(addressAt, addressLength, tailAt + 1, tailLength - 1);
    }
    if (confirms === undefined) return;
    if (outcome === refused) confirms.refused();
    else confirms.accepted(outcome === accepted ? publisher.position : 0);
  }

  /** A message that was put together from single frames; takes the reference to its record. */
  publishAssembled(record: number, mandatory: boolean): void {
    const address = contentAt(record);
    const length = addressLength(record);
    const tailLength = contentLength(record) - length;
    try {
      this.publish(address, length, address + length, tailLength, mandatory, record);
    } finally {
      dropReference(record);
    }
  }

  ack(deliveryTag: number, multiple: boolean): void {
    if (this.transaction !== undefined) this.transaction.settle(deliveryTag, multiple, 'ack');
    else acknowledge(this, deliveryTag, multiple);
  }

  reject(deliveryTag: number, multiple: boolean, requeue: boolean): void {
    const as = requeue ? 'requeue' : 'reject';
    if (this.transaction !== undefined) this.transaction.settle(deliveryTag, multiple, as);
    else reject(this, deliveryTag, multiple, requeue);
  }

  /** Its consumers may take messages again. There may be room for one only: each time another is first. */
  easeAll(): void {
    const { size } = this.consumers;
    const first = this.#easedFirst + 1 < size ? this.#easedFirst + 1 : 0;
    this.#easedFirst = first;
    // All stand in line before one is served: among those of a queue priorities decide.
    this.#lineUp(first, size);
    this.#lineUp(0, first);
    this.#serve(first, size);
    this.#serve(0, first);
  }

  addConsumer(consumer: ChannelConsumer): void {
    this.consumers.set(consumer.tag, consumer);
    consumer.queue.addConsumer(consumer);
  }

  /** The consumer gets nothing more; its deliveries stay unsettled. */
  removeConsumer(consumer: ChannelConsumer): void {
    this.#forget(consumer);
    consumer.queue.removeConsumer(consumer);
  }

  /** The consumer's queue is gone. */
  consumerCancelled(consumer: ChannelConsumer): void {
    this.#forget(consumer);
    if (!this.connection.client.consumerCancelNotify) return;
    this.send({ name: 'basic.cancel', consumerTag: consumer.tag, noWait: true });
  }

  /** What ends the channel when its oldest delivery has been unsettled for too long. */
  overdue(): BrokerError | undefined {
    const { unsettled, connection } = this;
    if (unsettled.size === 0) return undefined;
    const entry = unsettled.find(unsettled.oldest);
    const source = entry === 0 ? undefined : this.sources.at(sourceOf(entry));
    if (source === undefined) return undefined;
    const own = source.consumer?.timeoutMs ?? source.queue.settings.consumerTimeoutMs;
    const timeoutMs = own ?? connection.broker.limits.consumerTimeoutMs;
    const waitedMs = (connection.broker.seconds - deliveredAtOf(entry)) * 1000;
    if (waitedMs <= timeoutMs) return undefined;
    return new BrokerError(
      'PRECONDITION_FAILED',
      `delivery acknowledgement on channel ${this.number} timed out. Timeout value used: ` +
        `${timeoutMs} ms. This timeout value can be configured, see consumers doc guide to learn more`,
    );
  }

  /** No queue wanted the message: it goes back to its publisher, as others would have got it. */
  unroutable(record: number, mandatory: boolean): void {
    const { rewritten } = this.publisher;
    this.publisher.rewritten = 0;
    if (mandatory) this.#returnRecord(rewritten === 0 ? record : rewritten);
    if (rewritten !== 0) dropReference(rewritten);
  }

  #returnRecord(record: number): void {
    this.#confirmEarlier();
    const { exchange, routingKey } = addressOf(record);
    const method = returnMethod(exchange, routingKey);
    sendWithRecord(this.outbox, this.number, method, record, this.frameMax);
  }

  /** Ends the channel: consumers go, unsettled deliveries return to their queues. */
  release(): void {
    this.released = true;
    this.assembly?.discard();
    this.assembly = undefined;
    // What has been confirmed may still be told.
    this.confirms?.flush();
    this.profile.close();
    this.confirms?.close();
    this.confirms = undefined;
    this.transaction?.rollback();
    this.transaction = undefined;
    if (this.replies !== undefined) this.session.vhost.replies.remove(this.replies);
    this.replies = undefined;
    this.publisher.replyConsumer = undefined;
    // All consumers leave their queues first, so that nothing comes back to one of them.
    const consumers = [...this.consumers.values()];
    for (const consumer of consumers) consumer.queue.consumers.remove(consumer);
    // A queue that goes with them is gone before anything comes back, which would be its dead letters.
    for (const { queue } of consumers) queue.endIfUnused();
    const queues = requeueAll(this);
    this.unsettled.clear();
    for (const consumer of consumers) this.removeConsumer(consumer);
    for (const queue of queues) queue.dispatch();
  }

  // Of its consumers those from one position to before another.
  #lineUp(from: number, to: number): void {
    let position = 0;
    for (const consumer of this.consumers.values()) {
      if (position >= from && position < to) consumer.queue.consumers.resume(consumer);
      position += 1;
    }
  }

  #serve(from: number, to: number): void {
    let position = 0;
    for (const consumer of this.consumers.values()) {
      if (position >= from && position < to) consumer.queue.resume(consumer);
      position += 1;
    }
  }

  #forget(consumer: ChannelConsumer): void {
    if (consumer.noAck) this.counters.deliverNoAck += consumer.deliveries;
    else this.counters.deliver += consumer.deliveries;
    this.counters.redeliver += consumer.redeliveries;
    this.consumers.delete(consumer.tag);
    this.sources.end(consumer.source);
    consumer.release();
  }

  // In a transaction a message's errors and its queues are found now; they get it at the commit.
  #publishLater(
    addressAt: number,
    addressLength: number,
    tailAt: number,
    tailLength: number,
    mandatory: boolean,
    given: number,
  ): void {
    const plan = this.publisher.plan(addressAt, addressLength, tailAt);
    const record =
      given === 0 ? createRecord(addressAt, addressLength, tailAt, tailLength, 0) : given;
    addReference(record);
    this.transaction?.publish(record, plan, mandatory);
  }

  // Publishers take the ack behind a return for the returned message's own: not for earlier ones as well.
  #confirmEarlier(): void {
    this.confirms?.flush();
  }

  #return(addressAt: number, addressLength: number, contentAt: number, length: number): void {
    const keyAt = addressAt + 1 + dv.getUint8(addressAt);
    const exchange = decodeText(u8, addressAt + 1, keyAt);
    const routingKey = decodeText(u8, keyAt + 1, addressAt + addressLength);
    this.#confirmEarlier();
    sendMethod(this.outbox, this.number, returnMethod(exchange, routingKey));
    sendContent(this.outbox, this.number, contentAt, length, this.frameMax);
  }
}

function returnMethod(exchange: string, routingKey: string): ServerMethod {
  const { code: replyCode, text: replyText } = NO_ROUTE;
  return { name: 'basic.return', replyCode, replyText, exchange, routingKey };
}

export type MethodOf<Name extends ClientMethod['name']> = Extract<ClientMethod, { name: Name }>;
