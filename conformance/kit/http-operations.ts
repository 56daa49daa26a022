// What users of the HTTP API may be refused, in the vhost of `permission-operations.ts`; q is bound to x
// by the key `bound` as well.

import type { PeerChannel } from './peer-channel.ts';
import { restore } from './permission-operations.ts';

export interface HttpOperation {
  readonly name: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Without the vhost, which `:vhost` stands for. */
  readonly path: string;
  readonly body?: object;
}

type Row = readonly [method: HttpOperation['method'], path: string, body?: object];

function named([method, path, body]: Row): HttpOperation {
  const short = path.replace('/:vhost', '');
  const given = body === undefined ? '' : ` ${JSON.stringify(body)}`;
  return { name: `${method} ${short}${given}`, method, path, ...(body ? { body } : {}) };
}

const durable = true;
const message = { routing_key: 'k', properties: {}, payload: 'm', payload_encoding: 'string' };
const get = { count: 1, encoding: 'auto' };

/** All that asks for a permission, and what might. */
export const httpOperations: readonly HttpOperation[] = (
  [
    ['GET', '/queues/:vhost'],
    ['GET', '/queues/:vhost/q'],
    ['GET', '/queues/:vhost/none'],
    ['PUT', '/queues/:vhost/new', { durable }],
    ['PUT', '/queues/:vhost/q', { durable }],
    ['PUT', '/queues/:vhost/q', { durable: false }],
    ['PUT', '/queues/:vhost/amq.mine', { durable }],
    ['PUT', '/queues/:vhost/new', { durable, arguments: { 'x-dead-letter-exchange': 'x' } }],
    ['DELETE', '/queues/:vhost/q'],
    ['DELETE', '/queues/:vhost/none'],
    ['DELETE', '/queues/:vhost/q/contents'],
    ['DELETE', '/queues/:vhost/none/contents'],
    ['POST', '/queues/:vhost/q/get', { ...get, ackmode: 'ack_requeue_true' }],
    ['POST', '/queues/:vhost/q/get', { ...get, ackmode: 'ack_requeue_false' }],
    ['POST', '/queues/:vhost/none/get', { ...get, ackmode: 'ack_requeue_true' }],
    ['GET', '/exchanges/:vhost'],
    ['GET', '/exchanges/:vhost/x'],
    ['PUT', '/exchanges/:vhost/new', { type: 'direct', durable }],
    ['PUT', '/exchanges/:vhost/x', { type: 'direct', durable }],
    ['PUT', '/exchanges/:vhost/x', { type: 'fanout', durable }],
    ['PUT', '/exchanges/:vhost/amq.mine', { type: 'direct' }],
    ['PUT', '/exchanges/:vhost/new', { type: 'direct', arguments: { 'alternate-exchange': 'y' } }],
    ['DELETE', '/exchanges/:vhost/x'],
    ['DELETE', '/exchanges/:vhost/none'],
    ['DELETE', '/exchanges/:vhost/amq.direct'],
    ['GET', '/bindings/:vhost/e/x/q/q'],
    ['POST', '/bindings/:vhost/e/x/q/q', { routing_key: 'k' }],
    ['POST', '/bindings/:vhost/e/x/q/none', { routing_key: 'k' }],
    ['POST', '/bindings/:vhost/e/none/q/q', { routing_key: 'k' }],
    ['POST', '/bindings/:vhost/e/x/e/y', { routing_key: 'k' }],
    ['DELETE', '/bindings/:vhost/e/x/q/q/bound'],
    ['DELETE', '/bindings/:vhost/e/x/q/q/none'],
    ['POST', '/exchanges/:vhost/x/publish', message],
    ['POST', '/exchanges/:vhost/none/publish', message],
    ['POST', '/exchanges/:vhost/i/publish', message],
    ['POST', '/exchanges/:vhost/amq.default/publish', { ...message, routing_key: 'q' }],
  ] satisfies readonly Row[]
).map(named);

/** All that asks for a permission on a topic. */
export const httpTopicOperations: readonly HttpOperation[] = (
  [
    ['POST', '/exchanges/:vhost/t/publish', message],
    ['POST', '/exchanges/:vhost/x/publish', message],
    ['POST', '/bindings/:vhost/e/t/q/q', { routing_key: 'k' }],
    ['POST', '/bindings/:vhost/e/t/e/y', { routing_key: 'k' }],
    ['POST', '/bindings/:vhost/e/x/q/q', { routing_key: 'k' }],
    ['DELETE', '/bindings/:vhost/e/t/q/q/bound'],
  ] satisfies readonly Row[]
).map(named);

/**
 * What has changed since RabbitMQ 3.10: what is missing is looked for before permissions are, and the
 * answer is another. Leveret answers as 4.3.
 */
export function newerAnswer({ method, path }: HttpOperation): string | undefined {
  if (method !== 'POST') return undefined;
  if (path.endsWith('/none/get')) return '404 not_found: queue_not_found';
  return path.endsWith('/none/publish') ? '404 not_found: exchange_not_found' : undefined;
}

/** Brings the vhost back to what these operations expect. */
export async function restoreBound(admin: PeerChannel): Promise<void> {
  await restore(admin);
  for (const exchange of ['x', 't']) {
    await admin.call('queue.unbind', { queue: 'q', exchange, routingKey: 'k' });
    await admin.call('exchange.unbind', { destination: 'y', source: exchange, routingKey: 'k' });
    await admin.call('queue.bind', { queue: 'q', exchange, routingKey: 'bound' });
  }
}

/** A status, and what is said with a refusal. */
export function httpOutcome(status: number, text: string): string {
  if (status < 400) return String(status);
  const { error, reason } = text === '' ? {} : JSON.parse(text);
  return `${status} ${error}: ${typeof reason === 'string' ? reason : JSON.stringify(reason)}`;
}
