// HOT: acknowledgements and their opposites.
import { assert } from '../kit/assert.ts';
import { BrokerError } from '../model/broker-error.ts';
import { dropReference } from '../model/record.ts';
import type { Queue } from '../queues/queue.ts';
import type { Source, Sources, WindowedConsumer } from './sources.ts';
import { expiresAtOf, recordOf, returnsOf, seqOf, sourceOf, type Unsettled } from './unsettled.ts';

/** What settling needs of a channel. */
export interface SettlingChannel {
  readonly unsettled: Unsettled;
  readonly sources: Sources;
  /** Deliveries that came back, by the client or because the channel ended. */
  givenUp: number;
  readonly globalPrefetch: number;
  window: number;
  easeAll(): void;
}

// Consumers whose windows have opened, collected while several deliveries are settled.
const eased: WindowedConsumer[] = [];

/** basic.ack outside of a transaction. @throws BrokerError */
export function acknowledge(
  channel: SettlingChannel,
  deliveryTag: number,
  multiple: boolean,
): void {
  if (!multiple) {
    const consumer = settle(channel, deliveryTag, known(channel, deliveryTag));
    if (consumer !== undefined) ease(channel, consumer);
    return;
  }
  const last = lastOf(channel, deliveryTag);
  const { unsettled } = channel;
  for (let tag = unsettled.oldest; tag <= last; tag = unsettled.next(tag)) {
    const entry = unsettled.find(tag);
    if (entry === 0) continue;
    const consumer = settle(channel, tag, entry);
    if (consumer !== undefined && consumer.list === undefined && !consumer.eased) {
      consumer.eased = true;
      eased.push(consumer);
    }
  }
  for (let i = 0; i < eased.length; i++) {
    const consumer = eased[i];
    if (consumer === undefined) continue;
    consumer.eased = false;
    ease(channel, consumer);
  }
  eased.length = 0;
}

/** basic.reject and basic.nack outside of a transaction. @throws BrokerError */
export function reject(
  channel: SettlingChannel,
  deliveryTag: number,
  multiple: boolean,
  requeue: boolean,
): void {
  const { unsettled } = channel;
  const last = multiple ? lastOf(channel, deliveryTag) : deliveryTag;
  const first = multiple ? unsettled.oldest : deliveryTag;
  if (!multiple) known(channel, deliveryTag);
  const queues = new Set<Queue>();
  for (let tag = first; tag <= last; tag = unsettled.next(tag)) {
    const entry = unsettled.find(tag);
    if (entry !== 0) queues.add(giveUp(channel, tag, entry, requeue));
  }
  channel.easeAll();
  for (const queue of queues) queue.dispatch();
}

/** Puts all deliveries back: basic.recover, and the end of a channel. */
export function requeueAll(channel: SettlingChannel): ReadonlySet<Queue> {
  const { unsettled } = channel;
  const queues = new Set<Queue>();
  for (let tag = unsettled.oldest; tag < unsettled.nextTag; tag = unsettled.next(tag)) {
    const entry = unsettled.find(tag);
    if (entry !== 0) queues.add(giveUp(channel, tag, entry, true));
  }
  return queues;
}

/** The entry of an unsettled delivery. @throws BrokerError PRECONDITION_FAILED */
export function known(channel: SettlingChannel, deliveryTag: number): number {
  const entry = channel.unsettled.find(deliveryTag);
  if (entry === 0) throw unknownTag(deliveryTag);
  return entry;
}

/** The last tag that `multiple` means. @throws BrokerError PRECONDITION_FAILED */
export function lastOf(channel: SettlingChannel, deliveryTag: number): number {
  if (deliveryTag === 0) return channel.unsettled.nextTag - 1;
  known(channel, deliveryTag);
  return deliveryTag;
}

/** The refusal of a tag that nothing unsettled has. */
export function unknownTag(deliveryTag: number | bigint): BrokerError {
  return new BrokerError('PRECONDITION_FAILED', `unknown delivery tag ${deliveryTag}`);
}

function settle(
  channel: SettlingChannel,
  tag: number,
  entry: number,
): WindowedConsumer | undefined {
  const record = recordOf(entry);
  const seq = seqOf(entry);
  const source = sourceAt(channel, entry);
  channel.unsettled.remove(tag, entry);
  source.queue.settle(record, seq);
  dropReference(record);
  return release(channel, source);
}

function giveUp(channel: SettlingChannel, tag: number, entry: number, requeue: boolean): Queue {
  const record = recordOf(entry);
  const seq = seqOf(entry);
  const expiresAt = expiresAtOf(entry);
  const returns = returnsOf(entry);
  const source = sourceAt(channel, entry);
  channel.unsettled.remove(tag, entry);
  channel.givenUp += 1;
  release(channel, source);
  const { queue } = source;
  if (requeue) queue.requeue(record, seq, expiresAt, returns);
  else {
    queue.reject(record, seq, returns);
    dropReference(record);
  }
  return queue;
}

function release(channel: SettlingChannel, source: Source): WindowedConsumer | undefined {
  const { consumer } = source;
  if (consumer !== undefined) {
    consumer.unacked -= 1;
    channel.window -= 1;
  }
  channel.sources.settled(source);
  return consumer;
}

function ease(channel: SettlingChannel, consumer: WindowedConsumer): void {
  if (channel.globalPrefetch !== 0) channel.easeAll();
  else if (consumer.list === undefined && !consumer.source.ended) consumer.queue.resume(consumer);
}

function sourceAt(channel: SettlingChannel, entry: number): Source {
  const source = channel.sources.at(sourceOf(entry));
  assert(source !== undefined, 'a delivery has the source that it came from');
  return source;
}
