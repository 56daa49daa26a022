import { gettableQueue, readableQueue } from '../../broker/declare-queue.ts';
import { replyQueue } from '../../broker/replies.ts';
import { BrokerError } from '../../model/broker-error.ts';
import { ConsumerArguments } from '../../model/consumer-arguments.ts';
import { dropReference } from '../../model/record.ts';
import { addressOf } from '../../model/record-builder.ts';
import { resourceText } from '../../model/resource.ts';
import type { Queue } from '../../queues/queue.ts';
import type { Channel, MethodOf } from '../channel.ts';
import { ChannelConsumer } from '../channel-consumer.ts';
import { ChannelReplies } from '../channel-replies.ts';
import { sendWithRecord } from '../content-writer.ts';
import { requeueAll } from '../settlement.ts';
import { queueName } from './queue.ts';

const TAG_BYTES = 16;

/**
 * basic.qos. RabbitMQ's reading: without `global` it limits each consumer that starts later on the
 * channel, and lifts the channel's own limit; with `global` it limits the channel, at once.
 */
export function basicQos(channel: Channel, method: MethodOf<'basic.qos'>): void {
  if (method.prefetchSize !== 0) {
    throw new BrokerError('NOT_IMPLEMENTED', `prefetch_size!=0 (${method.prefetchSize})`);
  }
  if (method.global) {
    channel.globalPrefetch = method.prefetchCount;
  } else {
    channel.prefetch = method.prefetchCount;
    channel.globalPrefetch = 0;
  }
  channel.send({ name: 'basic.qos-ok' });
  channel.easeAll();
}

export function basicConsume(channel: Channel, method: MethodOf<'basic.consume'>): void {
  if (method.queue === replyQueue) {
    consumeReplies(channel, method);
    return;
  }
  const asked = queueName(channel, method.queue);
  const tag = method.consumerTag === '' ? generatedTag(channel) : method.consumerTag;
  checkTag(channel, tag);
  const queue = readableQueue(channel.session, asked);
  const { name, vhost, settings } = queue;
  const given = ConsumerArguments.parse(method.arguments, {
    queue: name,
    vhost,
    queueType: settings.queueType,
  });
  if (settings.queueType === 'quorum' && channel.globalPrefetch !== 0) {
    const subject = resourceText('queue', name, vhost);
    throw new BrokerError('NOT_IMPLEMENTED', `${subject} does not support global qos`);
  }
  const { noAck } = method;
  // A quorum queue keeps nobody out: the flag means nothing there.
  const exclusive = method.exclusive && settings.queueType === 'classic';
  checkExclusive(queue, exclusive);
  const { prefetch } = channel;
  const consumer = new ChannelConsumer(channel, queue, {
    tag,
    noAck,
    exclusive,
    priority: given.priority,
    prefetch,
    timeoutMs: given.consumerTimeoutMs,
    arguments: method.arguments,
  });
  if (!method.noWait) channel.send({ name: 'basic.consume-ok', consumerTag: tag });
  channel.addConsumer(consumer);
}

export function basicCancel(channel: Channel, method: MethodOf<'basic.cancel'>): void {
  const { consumerTag } = method;
  const consumer = channel.consumers.get(consumerTag);
  // Nothing may be delivered behind the answer, and the answer comes before what the end of the
  // consumer does to others.
  if (!method.noWait) channel.send({ name: 'basic.cancel-ok', consumerTag });
  if (consumer !== undefined) channel.removeConsumer(consumer);
  if (channel.replies?.tag !== consumerTag) return;
  channel.session.vhost.replies.remove(channel.replies);
  channel.replies = undefined;
  channel.publisher.replyConsumer = undefined;
}

export function basicGet(channel: Channel, method: MethodOf<'basic.get'>): void {
  const queue = gettableQueue(channel.session, queueName(channel, method.queue));
  queue.touch();
  const taken = queue.take(method.noAck);
  const { counters } = channel;
  if (taken === undefined) {
    counters.getEmpty += 1;
    channel.send({ name: 'basic.get-empty' });
    return;
  }
  const { record, seq, expiresAt, returns } = taken;
  let deliveryTag: number;
  if (returns > 0) counters.redeliver += 1;
  if (method.noAck) {
    counters.getNoAck += 1;
    deliveryTag = channel.unsettled.skip();
  } else {
    counters.get += 1;
    const source = channel.sources.forGet(queue);
    source.outstanding += 1;
    const { slot } = source;
    deliveryTag = channel.unsettled.add(
      record,
      slot,
      returns,
      channel.deliveredAt(),
      seq,
      expiresAt,
    );
  }
  const address = addressOf(record);
  sendWithRecord(
    channel.outbox,
    channel.number,
    {
      name: 'basic.get-ok',
      deliveryTag,
      redelivered: returns > 0,
      ...address,
      messageCount: queue.ready,
    },
    record,
    channel.frameMax,
  );
  channel.traceDelivery(queue, record, returns > 0);
  if (method.noAck) dropReference(record);
}

export function basicRecover(channel: Channel, requeue: boolean, answer: boolean): void {
  if (!requeue) throw new BrokerError('NOT_IMPLEMENTED', 'requeue=false');
  const queues = requeueAll(channel);
  if (answer) channel.send({ name: 'basic.recover-ok' });
  channel.easeAll();
  for (const queue of queues) queue.dispatch();
}

function consumeReplies(channel: Channel, method: MethodOf<'basic.consume'>): void {
  if (channel.replies !== undefined) {
    throw new BrokerError('PRECONDITION_FAILED', 'reply consumer already set');
  }
  if (!method.noAck) {
    throw new BrokerError('PRECONDITION_FAILED', 'reply consumer cannot acknowledge');
  }
  const tag = method.consumerTag === '' ? generatedTag(channel) : method.consumerTag;
  checkTag(channel, tag);
  const { replies } = channel.session.vhost;
  const consumer = new ChannelReplies(channel, tag, replies.newAddress());
  channel.replies = consumer;
  channel.publisher.replyConsumer = consumer;
  replies.add(consumer);
  if (!method.noWait) channel.send({ name: 'basic.consume-ok', consumerTag: tag });
}

function checkTag(channel: Channel, tag: string): void {
  if (!channel.consumers.has(tag) && channel.replies?.tag !== tag) return;
  throw new BrokerError('NOT_ALLOWED', `attempt to reuse consumer tag '${tag}'`);
}

function checkExclusive(queue: Queue, exclusive: boolean): void {
  const { consumers, settings } = queue;
  const refused = exclusive
    ? consumers.count > 0 || settings.singleActiveConsumer
    : consumers.hasExclusive();
  if (!refused) return;
  const subject = resourceText('queue', queue.name, queue.vhost);
  throw new BrokerError('ACCESS_REFUSED', `${subject} in exclusive use`);
}

function generatedTag(channel: Channel): string {
  const bytes = channel.connection.broker.random.bytes(TAG_BYTES);
  return `amq.ctag-${Buffer.from(bytes).toString('base64url')}`;
}
