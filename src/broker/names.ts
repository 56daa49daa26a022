import { BrokerError } from '../model/broker-error.ts';

const reservedPrefix = 'amq.';

/** RabbitMQ takes line ends out of the names that are declared or deleted. */
export function withoutLineEnds(name: string): string {
  return name.replace(/[\r\n]/g, '');
}

/** @throws BrokerError ACCESS_REFUSED for a new name with the server's own prefix */
export function checkNotReserved(kind: 'queue' | 'exchange', name: string): void {
  if (!name.startsWith(reservedPrefix)) return;
  throw new BrokerError(
    'ACCESS_REFUSED',
    `${kind} name '${name}' contains reserved prefix '${reservedPrefix}*'`,
  );
}

/** @throws BrokerError ACCESS_REFUSED for the default exchange, whose name is empty */
export function checkNotDefault(exchange: string): void {
  if (exchange !== '') return;
  throw new BrokerError('ACCESS_REFUSED', 'operation not permitted on the default exchange');
}

export function isPredeclared(exchange: string): boolean {
  return exchange.startsWith(reservedPrefix);
}
