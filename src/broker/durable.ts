import type { Binding, Exchange } from '../exchanges/exchange.ts';
import type { Queue } from '../queues/queue.ts';
import type { BindingDefinition, ExchangeDefinition, QueueDefinition } from './definition-facts.ts';
import { isPredeclared } from './names.ts';

// What of a vhost outlives its process, and as what.

/** The predeclared ones are there in any case. */
export function isDurableExchange({ durable, name }: Exchange<Queue>): boolean {
  return durable && !isPredeclared(name);
}

export function isDurableQueue({ durable, owner }: Queue): boolean {
  return durable && owner === undefined;
}

/** A binding lasts when both of its ends do, as in RabbitMQ. */
export function isDurableBinding({ source, destination }: Binding<Queue>): boolean {
  if (!source.durable) return false;
  return destination.kind === 'queue' ? isDurableQueue(destination) : destination.durable;
}

export function exchangeDefinition(exchange: Exchange<Queue>): ExchangeDefinition {
  const { vhost, name, type, autoDelete, internal } = exchange;
  return { vhost, name, type: type.name, autoDelete, internal, arguments: exchange.arguments };
}

export function queueDefinition(queue: Queue): QueueDefinition {
  const { vhost, name, number, autoDelete, declaredBy } = queue;
  return { vhost, name, number, autoDelete, declaredBy, arguments: queue.arguments };
}

export function bindingDefinition(binding: Binding<Queue>): BindingDefinition {
  const { source, destination, routingKey } = binding;
  return {
    vhost: source.vhost,
    source: source.name,
    destination: destination.name,
    destinationKind: destination.kind,
    routingKey,
    arguments: binding.arguments,
  };
}
