// HOT: a consumer on a channel; every delivery passes here.
import type { Trace } from '../broker/trace.ts';
import {
  addressContent,
  deliveryFieldsBytes,
  writeDelivery,
  writePrefix,
} from '../codec/delivery.ts';
import type { Table } from '../codec/table.ts';
import { encodeText } from '../codec/text.ts';
import { returnPage, takePage } from '../kit/memory.ts';
import { addressLength, contentAt, contentLength, dropReference } from '../model/record.ts';
import { addressOf } from '../model/record-builder.ts';
import { Consumer } from '../queues/consumer.ts';
import type { Queue } from '../queues/queue.ts';
import { sendWithRecord } from './content-writer.ts';
import { type Outbox, ROOM_BYTES_MAX } from './outbox.ts';
import type { Source, Sources, WindowedConsumer } from './sources.ts';
import type { Unsettled } from './unsettled.ts';

/** What a consumer needs of its channel. */
export interface ConsumerChannel {
  readonly number: number;
  readonly outbox: Outbox;
  readonly frameMax: number;
  readonly unsettled: Unsettled;
  readonly sources: Sources;
  readonly session: { readonly vhost: { readonly trace: Trace | undefined } };
  window: number;
  windowFull(): boolean;
  /** When a delivery is made: clock seconds, coarse. */
  deliveredAt(): number;
  traceDelivery(queue: Queue, record: number, redelivered: boolean): void;
  consumerCancelled(consumer: ChannelConsumer): void;
}

/** What basic.consume asked for. */
export interface ConsumeRequest {
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  /** Unsettled deliveries at most; 0 for no limit. */
  readonly prefetch: number;
  /** How long a delivery may stay unsettled, if the consumer asked for a time of its own. */
  readonly timeoutMs: number | undefined;
  readonly arguments: Table;
}

const PLAIN_BYTES_MAX = ROOM_BYTES_MAX / 2;

export class ChannelConsumer extends Consumer implements WindowedConsumer {
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  readonly timeoutMs: number | undefined;
  readonly arguments: Table;
  readonly queue: Queue;
  readonly source: Source;
  /** Deliveries so far, and how many of those had been out before. */
  deliveries = 0;
  redeliveries = 0;
  /** Deliveries that are not settled. */
  unacked = 0;
  /** Used while several deliveries are settled at once. */
  eased = false;
  readonly #prefetch: number;
  readonly #channel: ConsumerChannel;
  readonly #vhost: ConsumerChannel['session']['vhost'];
  // The bytes that every delivery to it starts with.
  readonly #prefix: number;
  readonly #prefixLength: number;
  // Content up to this size fits one frame of the client's and half of the output slab.
  readonly #plainMax: number;

  constructor(channel: ConsumerChannel, queue: Queue, request: ConsumeRequest) {
    super();
    this.#channel = channel;
    this.#vhost = channel.session.vhost;
    this.queue = queue;
    this.tag = request.tag;
    this.noAck = request.noAck;
    this.exclusive = request.exclusive;
    this.priority = request.priority;
    this.timeoutMs = request.timeoutMs;
    this.arguments = request.arguments;
    this.#prefetch = request.noAck ? 0 : request.prefetch;
    this.source = channel.sources.add(queue, this);
    this.#prefix = takePage();
    this.#prefixLength = writePrefix(this.#prefix, channel.number, encodeText(this.tag));
    this.#plainMax = Math.min(PLAIN_BYTES_MAX, channel.frameMax - 8);
  }

  get prefetch(): number {
    return this.#prefetch;
  }

  ready(): boolean {
    if (this.#channel.outbox.congested) return false;
    if (this.#prefetch !== 0 && this.unacked >= this.#prefetch) return false;
    // Its deliveries without acknowledgement count for nothing in the channel's limit, but wait for it.
    return !this.#channel.windowFull();
  }

  deliver(record: number, seq: number, expiresAt: number, returns: number): void {
    const channel = this.#channel;
    let deliveryTag: number;
    if (this.noAck) {
      deliveryTag = channel.unsettled.skip();
    } else {
      const { source } = this;
      source.outstanding += 1;
      this.unacked += 1;
      channel.window += 1;
      deliveryTag = channel.unsettled.add(
        record,
        source.slot,
        returns,
        channel.deliveredAt(),
        seq,
        expiresAt,
      );
    }
    this.deliveries += 1;
    if (returns > 0) this.redeliveries += 1;
    const length = contentLength(record);
    if (length > this.#plainMax) this.#deliverLarge(record, deliveryTag, returns > 0);
    else {
      const { outbox } = channel;
      const prefixLength = this.#prefixLength;
      const address = addressLength(record);
      const to = outbox.room(prefixLength + deliveryFieldsBytes + length);
      const end = writeDelivery(
        to,
        this.#prefix,
        prefixLength,
        deliveryTag,
        returns > 0,
        contentAt(record),
        address,
        length,
      );
      addressContent(end - length + address + 1, end, channel.number);
      outbox.wrote(end);
    }
    if (this.#vhost.trace !== undefined) channel.traceDelivery(this.queue, record, returns > 0);
    if (this.noAck) dropReference(record);
  }

  cancelledByServer(): void {
    this.#channel.consumerCancelled(this);
  }

  /** Gives back what it holds. */
  release(): void {
    returnPage(this.#prefix);
  }

  #deliverLarge(record: number, deliveryTag: number, redelivered: boolean): void {
    const channel = this.#channel;
    const { exchange, routingKey } = addressOf(record);
    sendWithRecord(
      channel.outbox,
      channel.number,
      {
        name: 'basic.deliver',
        consumerTag: this.tag,
        deliveryTag,
        redelivered,
        exchange,
        routingKey,
      },
      record,
      channel.frameMax,
    );
  }
}
