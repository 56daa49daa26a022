import type { Table } from '../codec/table.ts';
import { Exchange, type ExchangeDeclaration } from '../exchanges/exchange.ts';
import { exchangeTypeOf } from '../exchanges/exchange-types.ts';
import { BrokerError } from '../model/broker-error.ts';
import { checkExchangeEquivalence } from '../model/equivalence.ts';
import { ExchangeArguments } from '../model/exchange-arguments.ts';
import { resourceText } from '../model/resource.ts';
import type { Queue } from '../queues/queue.ts';
import { checkNotDefault, checkNotReserved, isPredeclared, withoutLineEnds } from './names.ts';
import type { Session } from './session.ts';
import type { VirtualHost } from './vhost.ts';

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
  const { alternateExchange } = argumentsOf(vhost, name, request);
  if (alternateExchange !== undefined) {
    vhost.permissions.check(user.name, vhost.name, 'exchange', name, 'read');
    vhost.permissions.check(user.name, vhost.name, 'exchange', alternateExchange, 'write');
  }
  addExchange(vhost, name, request, { type, alternateExchange });
}

/** Adds an exchange of which definitions tell, whoever may declare it. @throws BrokerError */
export function defineExchange(vhost: VirtualHost, request: ExchangeRequest): void {
  const name = request.exchange;
  const type = exchangeTypeOf(request.type);
  const { alternateExchange } = argumentsOf(vhost, name, request);
  addExchange(vhost, name, request, { type, alternateExchange });
}

function argumentsOf(vhost: VirtualHost, exchange: string, request: ExchangeRequest) {
  return ExchangeArguments.parse(request.arguments, { exchange, vhost: vhost.name });
}

function addExchange(
  vhost: VirtualHost,
  name: string,
  request: ExchangeRequest,
  parsed: Pick<ExchangeDeclaration, 'type' | 'alternateExchange'>,
): void {
  const { durable, autoDelete, internal } = request;
  vhost.addExchange(
    new Exchange<Queue>({
      name,
      vhost: vhost.name,
      durable,
      autoDelete,
      internal,
      arguments: request.arguments,
      ...parsed,
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
