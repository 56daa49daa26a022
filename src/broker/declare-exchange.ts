import type { Table } from '../codec/table.ts';
import { Exchange } from '../exchanges/exchange.ts';
import { exchangeTypeOf } from '../exchanges/exchange-types.ts';
import { BrokerError } from '../model/broker-error.ts';
import { checkExchangeEquivalence } from '../model/equivalence.ts';
import { ExchangeArguments } from '../model/exchange-arguments.ts';
import { resourceText } from '../model/resource.ts';
import type { Queue } from '../queues/queue.ts';
import { checkNotDefault, checkNotReserved, isPredeclared, withoutLineEnds } from './names.ts';
import type { Session } from './session.ts';

export interface ExchangeRequest {
  readonly exchange: string;
  readonly type: string;
  readonly passive: boolean;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
}

/** exchange.declare (0-9-1 §1.6.1). @throws BrokerError */
export function declareExchange(session: Session, request: ExchangeRequest): void {
  const { vhost, user } = session;
  const name = withoutLineEnds(request.exchange);
  if (request.passive) {
    checkNotDefault(name);
    vhost.exchange(name);
    return;
  }
  const type = exchangeTypeOf(request.type);
  checkNotDefault(name);
  vhost.permissions.check(user.name, vhost.name, 'exchange', name, 'configure');
  const existing = vhost.exchanges.get(name);
  if (existing !== undefined) {
    checkExchangeEquivalence({ ...propertiesOf(existing), name, vhost: vhost.name }, request);
    return;
  }
  checkNotReserved('exchange', name);
  const { alternateExchange } = ExchangeArguments.parse(request.arguments, {
    exchange: name,
    vhost: vhost.name,
  });
  if (alternateExchange !== undefined) {
    vhost.permissions.check(user.name, vhost.name, 'exchange', name, 'read');
    vhost.permissions.check(user.name, vhost.name, 'exchange', alternateExchange, 'write');
  }
  const { durable, autoDelete, internal } = request;
  vhost.addExchange(
    new Exchange<Queue>({
      name,
      vhost: vhost.name,
      type,
      durable,
      autoDelete,
      internal,
      arguments: request.arguments,
      alternateExchange,
    }),
  );
}

/** exchange.delete; one that is not there counts as deleted. @throws BrokerError */
export function deleteExchange(session: Session, exchange: string, ifUnused: boolean): void {
  const { vhost, user } = session;
  const name = withoutLineEnds(exchange);
  checkNotDefault(name);
  if (isPredeclared(name)) {
    const system = `system ${resourceText('exchange', name, vhost.name)}`;
    throw new BrokerError('ACCESS_REFUSED', `deletion of ${system} not allowed`);
  }
  vhost.permissions.check(user.name, vhost.name, 'exchange', name, 'configure');
  const existing = vhost.exchanges.get(name);
  if (existing === undefined) return;
  if (ifUnused && existing.bindings.size > 0) {
    throw new BrokerError(
      'PRECONDITION_FAILED',
      `${resourceText('exchange', name, vhost.name)} in use`,
    );
  }
  vhost.removeExchange(existing);
}

function propertiesOf(exchange: Exchange<Queue>) {
  const { durable, autoDelete, internal } = exchange;
  return {
    type: exchange.type.name,
    durable,
    autoDelete,
    internal,
    arguments: exchange.arguments,
  };
}
