import { Exchange } from '../exchanges/exchange.ts';
import { exchangeTypeOf } from '../exchanges/exchange-types.ts';
import type { Logger } from '../kit/logger.ts';
import { QueueArguments } from '../model/arguments.ts';
import { BrokerError } from '../model/broker-error.ts';
import { ExchangeArguments } from '../model/exchange-arguments.ts';
import { resourceText } from '../model/resource.ts';
import { Queue } from '../queues/queue.ts';
import type { AppendLog } from '../store/append-log.ts';
import type { RecoveredLane } from '../store/recovered.ts';
import type { BindingDefinition, ExchangeDefinition, QueueDefinition } from './definition-facts.ts';
import type { Definitions } from './definitions.ts';
import type { VirtualHost } from './vhost.ts';

/** Where what was found in the log comes to life again. */
interface Restored {
  readonly logger: Logger;
  readonly log: AppendLog;
  readonly vhosts: ReadonlyMap<string, VirtualHost>;
}

/**
 * Makes what the definitions of the vhosts say, and gives its messages back to each queue.
 * @throws Error for a definition that makes no sense to this version
 */
export function restore(
  node: Restored,
  definitions: Definitions,
  lanes: Iterable<RecoveredLane>,
): void {
  const queues = new Map<number, Queue>();
  for (const kind of new Set(definitions.unknown.map((fact) => fact.kind))) {
    node.logger.warn({ kind }, 'Definitions of a kind that this version does not know');
  }
  for (const vhost of node.vhosts.values()) {
    const contents = definitions.contentsOf(vhost.name);
    for (const each of contents.exchanges.values()) restoreExchange(vhost, each);
    for (const each of contents.queues.values()) {
      const queue = restoreQueue(vhost, each);
      queues.set(queue.number, queue);
    }
    for (const each of contents.bindings.all()) restoreBinding(node, vhost, each);
  }
  // Dead letters need all that they may be routed through.
  restoreMessages(node, queues, lanes);
}

function restoreExchange(vhost: VirtualHost, definition: ExchangeDefinition): void {
  const { name, autoDelete, internal } = definition;
  attempt('exchange', name, vhost, () => {
    const { alternateExchange } = ExchangeArguments.parse(definition.arguments, {
      exchange: name,
      vhost: vhost.name,
    });
    vhost.restoreExchange(
      new Exchange<Queue>({
        name,
        vhost: vhost.name,
        type: exchangeTypeOf(definition.type),
        durable: true,
        autoDelete,
        internal,
        arguments: definition.arguments,
        alternateExchange,
      }),
    );
  });
}

function restoreQueue(vhost: VirtualHost, definition: QueueDefinition): Queue {
  const { name, number, autoDelete, declaredBy } = definition;
  return attempt('queue', name, vhost, () => {
    const settings = QueueArguments.parse(definition.arguments, {
      queue: name,
      vhost: vhost.name,
      durable: true,
      exclusive: false,
      autoDelete,
    });
    const identity = {
      name,
      vhost: vhost.name,
      durable: true,
      autoDelete,
      owner: undefined,
      declaredBy,
      arguments: definition.arguments,
    };
    const queue = new Queue(number, identity, settings, vhost);
    vhost.restoreQueue(queue);
    return queue;
  });
}

function restoreBinding(
  { logger }: Restored,
  vhost: VirtualHost,
  definition: BindingDefinition,
): void {
  const { destinationKind, routingKey } = definition;
  const source = vhost.exchanges.get(definition.source);
  const destination =
    destinationKind === 'queue'
      ? vhost.queues.get(definition.destination)
      : vhost.exchanges.get(definition.destination);
  if (source === undefined || destination === undefined) {
    const { arguments: _, ...fields } = definition;
    logger.warn(fields, 'A binding without an end: dropped');
    return;
  }
  attempt('exchange', source.name, vhost, () => {
    const { arguments: given } = definition;
    vhost.restoreBinding({ source, destination, routingKey, arguments: given });
  });
}

function restoreMessages(
  { log, logger }: Restored,
  queues: ReadonlyMap<number, Queue>,
  lanes: Iterable<RecoveredLane>,
): void {
  const unknown = new Map<number, number>();
  for (const lane of lanes) {
    const queue = queues.get(lane.queue);
    if (queue !== undefined) queue.recover(lane);
    else unknown.set(lane.queue, (unknown.get(lane.queue) ?? 0) + lane.count);
  }
  for (const [queue, messages] of unknown) {
    log.appendQueueDropped(queue);
    if (messages === 0) continue;
    logger.warn({ queueNumber: queue, messages }, 'Messages of a queue that is gone: dropped');
  }
}

function attempt<T>(kind: 'exchange' | 'queue', name: string, vhost: VirtualHost, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const subject = resourceText(kind, name, vhost.name);
    throw new Error(`${subject} cannot be brought back: ${error.text}`);
  }
}
