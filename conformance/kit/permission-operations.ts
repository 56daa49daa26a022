// What clients may be refused, in a vhost that holds: queue q; exchanges x (direct), y (fanout),
// t (topic), i (internal).

import type { Peer } from './peer.ts';
import type { PeerChannel } from './peer-channel.ts';
import type { MethodName, Sent } from './spec.ts';

export interface Operation {
  readonly name: string;
  run(channel: PeerChannel): void;
}

function method<N extends MethodName>(name: string, method: N, args: Sent<N>): Operation {
  return { name: `${method} ${name}`, run: (channel) => channel.send(method, args) };
}

// What the broker thinks of a message shows when something after it is answered.
function publish(name: string, args: Sent<'basic.publish'>, headers?: object): Operation {
  const properties = headers === undefined ? {} : { headers: { ...headers } };
  return {
    name: `basic.publish ${name}`,
    run: (channel) => {
      channel.publish(args, 'm', properties);
      channel.send('basic.qos', { prefetchCount: 1 });
    },
  };
}

const durable = true;
const deadLetters = (exchange: string) => ({ 'x-dead-letter-exchange': exchange });
const alternate = (exchange: string) => ({ 'alternate-exchange': exchange });

/** All that asks for a permission, and what might. */
export const operations: readonly Operation[] = [
  method('new', 'queue.declare', { queue: 'new', durable }),
  method('existing', 'queue.declare', { queue: 'q', durable }),
  method('of other properties', 'queue.declare', { queue: 'q', durable, autoDelete: true }),
  method('passively', 'queue.declare', { queue: 'q', passive: true }),
  method('passively, missing', 'queue.declare', { queue: 'none', passive: true }),
  method('named by the broker', 'queue.declare', { exclusive: true }),
  method('of a reserved name', 'queue.declare', { queue: 'amq.mine' }),
  ...['x', 'none', ''].map((exchange) =>
    method(`with dead letters to '${exchange}'`, 'queue.declare', {
      queue: 'new',
      durable,
      arguments: deadLetters(exchange),
    }),
  ),
  method('existing, with dead letters', 'queue.declare', {
    queue: 'q',
    durable,
    arguments: deadLetters('x'),
  }),
  method('existing', 'queue.delete', { queue: 'q' }),
  method('missing', 'queue.delete', { queue: 'none' }),
  method('existing', 'queue.purge', { queue: 'q' }),
  method('missing', 'queue.purge', { queue: 'none' }),
  ...(['queue.bind', 'queue.unbind'] as const).flatMap((name) => [
    method('to x', name, { queue: 'q', exchange: 'x', routingKey: 'k' }),
    method('of a missing queue', name, { queue: 'none', exchange: 'x', routingKey: 'k' }),
    method('to a missing exchange', name, { queue: 'q', exchange: 'none', routingKey: 'k' }),
    method('to the default exchange', name, { queue: 'q', exchange: '', routingKey: 'k' }),
  ]),
  method('new', 'exchange.declare', { exchange: 'new', type: 'direct', durable }),
  method('existing', 'exchange.declare', { exchange: 'x', type: 'direct', durable }),
  method('of another type', 'exchange.declare', { exchange: 'x', type: 'fanout', durable }),
  method('passively', 'exchange.declare', { exchange: 'x', type: 'direct', passive: true }),
  method('passively, missing', 'exchange.declare', { exchange: 'none', passive: true }),
  method('predeclared', 'exchange.declare', { exchange: 'amq.direct', type: 'direct', durable }),
  method('of a reserved name', 'exchange.declare', { exchange: 'amq.mine', type: 'direct' }),
  method('of no name', 'exchange.declare', { exchange: '', type: 'direct' }),
  ...['y', 'none', ''].map((exchange) =>
    method(`with the alternate '${exchange}'`, 'exchange.declare', {
      exchange: 'new',
      type: 'direct',
      arguments: alternate(exchange),
    }),
  ),
  method('existing', 'exchange.delete', { exchange: 'x' }),
  method('missing', 'exchange.delete', { exchange: 'none' }),
  method('predeclared', 'exchange.delete', { exchange: 'amq.direct' }),
  method('without a name', 'exchange.delete', { exchange: '' }),
  ...(['exchange.bind', 'exchange.unbind'] as const).flatMap((name) => [
    method('of y to x', name, { destination: 'y', source: 'x', routingKey: 'k' }),
    method('of a missing exchange', name, { destination: 'none', source: 'x', routingKey: 'k' }),
    method('to a missing exchange', name, { destination: 'y', source: 'none', routingKey: 'k' }),
    method('to the default exchange', name, { destination: 'y', source: '', routingKey: 'k' }),
    method('of the default exchange', name, { destination: '', source: 'x', routingKey: 'k' }),
  ]),
  publish('to x', { exchange: 'x', routingKey: 'k' }),
  publish('to the default exchange', { exchange: '', routingKey: 'q' }),
  publish('to a missing exchange', { exchange: 'none', routingKey: 'k' }),
  publish('to an internal exchange', { exchange: 'i', routingKey: 'k' }),
  method('of q', 'basic.consume', { queue: 'q' }),
  method('of a missing queue', 'basic.consume', { queue: 'none' }),
  method('of replies', 'basic.consume', { queue: 'amq.rabbitmq.reply-to', noAck: true }),
  method('of q', 'basic.get', { queue: 'q' }),
  method('of a missing queue', 'basic.get', { queue: 'none' }),
];

/** All that asks for a permission on a topic. */
export const topicOperations: readonly Operation[] = [
  publish('to the topic exchange', { exchange: 't', routingKey: 'k' }),
  publish('to an exchange without topics', { exchange: 'x', routingKey: 'k' }),
  publish('to the default exchange', { exchange: '', routingKey: 'q' }),
  ...(['queue.bind', 'queue.unbind'] as const).flatMap((name) => [
    method('to the topic exchange', name, { queue: 'q', exchange: 't', routingKey: 'k' }),
    method('of a missing queue', name, { queue: 'none', exchange: 't', routingKey: 'k' }),
    method('to a missing exchange', name, { queue: 'q', exchange: 'none', routingKey: 'k' }),
    method('to an exchange without topics', name, { queue: 'q', exchange: 'x', routingKey: 'k' }),
  ]),
  ...(['exchange.bind', 'exchange.unbind'] as const).flatMap((name) => [
    method('to the topic exchange', name, { destination: 'y', source: 't', routingKey: 'k' }),
    method('of the topic exchange', name, { destination: 't', source: 'x', routingKey: 'k' }),
    method('of a missing exchange', name, { destination: 'none', source: 't', routingKey: 'k' }),
  ]),
  method('with dead letters to it', 'queue.declare', {
    queue: 'new',
    arguments: deadLetters('t'),
  }),
  method('existing', 'exchange.delete', { exchange: 't' }),
];

/** Brings the vhost back to what operations expect. */
export async function restore(admin: PeerChannel): Promise<void> {
  for (const queue of ['new', 'none']) await admin.call('queue.delete', { queue });
  for (const exchange of ['new', 'none']) await admin.call('exchange.delete', { exchange });
  await admin.call('queue.declare', { queue: 'q', durable });
  await admin.call('queue.purge', { queue: 'q' });
  await admin.call('exchange.declare', { exchange: 'x', type: 'direct', durable });
  await admin.call('exchange.declare', { exchange: 'y', type: 'fanout', durable });
  await admin.call('exchange.declare', { exchange: 't', type: 'topic', durable });
  await admin.call('exchange.declare', { exchange: 'i', type: 'fanout', durable, internal: true });
}

/** How an operation ends: the method that answers it, or where and with what it is refused. */
export async function outcomeOf(peer: Peer, operation: Operation): Promise<string> {
  const channel = await peer.channel();
  operation.run(channel);
  try {
    const { name, got } = await channel.any();
    if (name !== 'channel.close') {
      await channel.close();
      return name;
    }
    channel.send('channel.close-ok');
    return `channel ${textOf(got)}`;
  } catch (error) {
    const close = await peer.expect('connection.close', 1000).catch(() => undefined);
    if (close === undefined) throw error;
    peer.send(0, 'connection.close-ok');
    return `connection ${textOf(close)}`;
  }
}

function textOf(close: unknown): string {
  const { replyCode, replyText } = close as { replyCode: number; replyText: string };
  return `${replyCode} ${replyText}`.replace(/amq\.gen-[\w-]{22}/, 'amq.gen-*');
}
