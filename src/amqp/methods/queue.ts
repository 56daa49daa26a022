import { bind, unbind } from '../../broker/bind.ts';
import { declareQueue, deletableQueue, purgeQueue } from '../../broker/declare-queue.ts';
import { withoutLineEnds } from '../../broker/names.ts';
import { BrokerError } from '../../model/broker-error.ts';
import type { Channel, MethodOf } from '../channel.ts';

export function queueDeclare(channel: Channel, method: MethodOf<'queue.declare'>): void {
  const declared = declareQueue(channel.session, method, channel.connection.broker.random);
  channel.lastQueue = declared.queue;
  if (!method.noWait) channel.send({ name: 'queue.declare-ok', ...declared });
}

export function queueBind(channel: Channel, method: MethodOf<'queue.bind'>): void {
  bind(channel.session, 'queue', bindingOf(channel, method));
  if (!method.noWait) channel.send({ name: 'queue.bind-ok' });
}

export function queueUnbind(channel: Channel, method: MethodOf<'queue.unbind'>): void {
  unbind(channel.session, 'queue', bindingOf(channel, method));
  channel.send({ name: 'queue.unbind-ok' });
}

export function queuePurge(channel: Channel, method: MethodOf<'queue.purge'>): void {
  const messageCount = purgeQueue(channel.session, queueName(channel, method.queue));
  if (!method.noWait) channel.send({ name: 'queue.purge-ok', messageCount });
}

export function queueDelete(channel: Channel, method: MethodOf<'queue.delete'>): void {
  const name = withoutLineEnds(queueName(channel, method.queue));
  const queue = deletableQueue(channel.session, name, method);
  // The answer comes before the cancellation of the deleter's own consumers.
  const messageCount = queue?.ready ?? 0;
  if (!method.noWait) channel.send({ name: 'queue.delete-ok', messageCount });
  if (queue !== undefined) channel.session.vhost.removeQueue(queue);
}

/** The queue that an empty name stands for: the one that the channel declared last. @throws BrokerError */
export function queueName(channel: Channel, name: string): string {
  if (name !== '') return name;
  if (channel.lastQueue !== undefined) return channel.lastQueue;
  throw new BrokerError('NOT_FOUND', 'no previously declared queue');
}

// 0-9-1, queue.bind: with neither a queue nor a routing key, the queue's name is the routing key.
function bindingOf(channel: Channel, method: MethodOf<'queue.bind'> | MethodOf<'queue.unbind'>) {
  const destination = queueName(channel, method.queue);
  const unnamed = method.queue === '' && method.routingKey === '';
  return {
    source: method.exchange,
    destination,
    routingKey: unnamed ? destination : method.routingKey,
    arguments: method.arguments,
  };
}
