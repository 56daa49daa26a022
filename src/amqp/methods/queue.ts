import { bind, unbind } from '../../broker/bind.ts';
import { declareQueue, deletableQueue, purgeQueue } from '../../broker/declare-queue.ts';
import { withoutLineEnds } from '../../broker/names.ts';
import { BrokerError } from '../../model/broker-error.ts';
import type { Channel, MethodOf } from '../channel.ts';

export function queueDeclare(channel: Channel, method: MethodOf<'queue.declare'>): void {
  const { answers, number, session, connection } = channel;
  const since = answers.position;
  const declared = declareQueue(session, method, connection.broker.random);
  channel.lastQueue = declared.queue;
  if (method.noWait) return;
  answers.sendDurable(number, { name: 'queue.declare-ok', ...declared }, since);
}

export function queueBind(channel: Channel, method: MethodOf<'queue.bind'>): void {
  const { answers, number, session } = channel;
  const since = answers.position;
  bind(session, 'queue', bindingOf(channel, method));
  if (!method.noWait) answers.sendDurable(number, { name: 'queue.bind-ok' }, since);
}

export function queueUnbind(channel: Channel, method: MethodOf<'queue.unbind'>): void {
  const { answers, number, session } = channel;
  const since = answers.position;
  unbind(session, 'queue', bindingOf(channel, method));
  answers.sendDurable(number, { name: 'queue.unbind-ok' }, since);
}

export function queuePurge(channel: Channel, method: MethodOf<'queue.purge'>): void {
  const { answers, number, session } = channel;
  const since = answers.position;
  const messageCount = purgeQueue(session, queueName(channel, method.queue));
  if (method.noWait) return;
  answers.sendDurable(number, { name: 'queue.purge-ok', messageCount }, since);
}

export function queueDelete(channel: Channel, method: MethodOf<'queue.delete'>): void {
  const name = withoutLineEnds(queueName(channel, method.queue));
  const queue = deletableQueue(channel.session, name, method);
  const { answers, session } = channel;
  const since = answers.position;
  // The answer comes before the cancellation of the deleter's own consumers.
  if (!method.noWait) {
    answers.hold();
    channel.send({ name: 'queue.delete-ok', messageCount: queue?.ready ?? 0 });
  }
  try {
    if (queue !== undefined) session.vhost.removeQueue(queue);
  } finally {
    if (!method.noWait) answers.letGo(since);
  }
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
