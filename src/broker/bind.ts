import type { Table } from '../codec/table.ts';
import type { Destination, Exchange } from '../exchanges/exchange.ts';
import type { Queue } from '../queues/queue.ts';
import { checkAccess } from './declare-queue.ts';
import { checkNotDefault } from './names.ts';
import type { Session } from './session.ts';

export interface BindRequest {
  readonly source: string;
  readonly destination: string;
  readonly routingKey: string;
  readonly arguments: Table;
}

type Kind = 'queue' | 'exchange';

/** queue.bind, exchange.bind (0-9-1 §1.7.2.3 and RabbitMQ's addition); idempotent. @throws BrokerError */
export function bind(session: Session, kind: Kind, request: BindRequest): void {
  const { vhost } = session;
  checkPermissions(session, kind, request);
  const source = vhost.exchange(request.source);
  const destination = find(session, kind, request.destination);
  if (destination === undefined) {
    // Asked for the error that names what is missing.
    if (kind === 'queue') vhost.queue(request.destination);
    vhost.exchange(request.destination);
    return;
  }
  if (destination.kind === 'queue') checkAccess(session, destination);
  vhost.addBinding({ ...keyOf(request), source, destination });
}

/** queue.unbind, exchange.unbind; whatever is missing counts as unbound. @throws BrokerError */
export function unbind(session: Session, kind: Kind, request: BindRequest): void {
  const { vhost } = session;
  checkPermissions(session, kind, request);
  const source = vhost.exchanges.get(request.source);
  const destination = find(session, kind, request.destination);
  if (source === undefined || destination === undefined) return;
  const spec = { ...keyOf(request), source, destination };
  if (vhost.bindings.find(spec) === undefined) return;
  if (destination.kind === 'queue') checkAccess(session, destination);
  vhost.removeBinding(spec);
}

// What is bound is written to; where it is bound to is read from, the topic as well. The default
// exchange is neither bound nor bound to, whatever anybody may do.
function checkPermissions({ vhost, user }: Session, kind: Kind, request: BindRequest): void {
  vhost.permissions.check(user.name, vhost.name, kind, request.destination, 'write');
  checkNotDefault(request.source);
  if (kind === 'exchange') checkNotDefault(request.destination);
  vhost.permissions.check(user.name, vhost.name, 'exchange', request.source, 'read');
  const source = vhost.exchanges.get(request.source);
  vhost.checkTopic(source, request.routingKey, user.name, 'read');
}

function find({ vhost }: Session, kind: Kind, name: string): Destination<Queue> | undefined {
  const found: Queue | Exchange<Queue> | undefined =
    kind === 'queue' ? vhost.queues.get(name) : vhost.exchanges.get(name);
  return found;
}

function keyOf(request: BindRequest): { routingKey: string; arguments: Table } {
  return { routingKey: request.routingKey, arguments: request.arguments };
}
