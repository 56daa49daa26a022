import type { VirtualHost } from '../../broker/vhost.ts';
import type { Exchange } from '../../exchanges/exchange.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Queue } from '../../queues/queue.ts';
import { jsonOf } from '../json-table.ts';
import type { Lens } from './lens.ts';

// RabbitMQ's name for itself: nobody keeps in mind who declared an exchange.
const SERVER = 'rmq-internal';

// What the default exchange is called in paths, where a name cannot be empty.
const DEFAULT_EXCHANGE = 'amq.default';

/** The name of an exchange that a path calls so. */
export function exchangeNameOf(part: string): string {
  return part === DEFAULT_EXCHANGE ? '' : part;
}

export function exchangeView(exchange: Exchange<Queue>, { context, ranges }: Lens): JsonObject {
  const stats = context.history.view(exchange, 'msgRates', ranges);
  const { policy } = exchange;
  return {
    name: exchange.name,
    vhost: exchange.vhost,
    type: exchange.type.name,
    durable: exchange.durable,
    auto_delete: exchange.autoDelete,
    internal: exchange.internal,
    arguments: jsonOf(exchange.arguments),
    ...(policy?.policy === undefined ? {} : { policy: policy.policy }),
    user_who_performed_action: SERVER,
    ...(stats === undefined ? {} : { message_stats: stats }),
  };
}

/** The default exchange has neither object nor name, and is listed all the same. */
export function defaultExchangeView(vhost: VirtualHost, { context, ranges }: Lens): JsonObject {
  const stats = context.history.view(vhost.ledger.defaultExchange, 'msgRates', ranges);
  return {
    name: '',
    vhost: vhost.name,
    type: 'direct',
    durable: true,
    auto_delete: false,
    internal: false,
    arguments: {},
    user_who_performed_action: SERVER,
    ...(stats === undefined ? {} : { message_stats: stats }),
  };
}

/** An exchange alone. What went where is told with detailed rates only. */
export function exchangeDetails(view: JsonObject): JsonObject {
  return { ...view, incoming: [], outgoing: [] };
}
