import { type Table, textOf } from '../codec/table.ts';
import { checkString } from './argument-check.ts';
import { resourceText } from './resource.ts';

/** What the arguments of exchange.declare ask for, checked. */
export type ExchangeArguments = Readonly<{ alternateExchange: string | undefined }>;

export const ExchangeArguments = { parse: parseExchangeArguments };

/** Throws BrokerError PRECONDITION_FAILED with RabbitMQ's text. */
function parseExchangeArguments(
  all: Table,
  declaration: Readonly<{ exchange: string; vhost: string }>,
): ExchangeArguments {
  const subject = resourceText('exchange', declaration.exchange, declaration.vhost);
  checkString(all, 'alternate-exchange', subject);
  return Object.freeze({ alternateExchange: textOf(all.get('alternate-exchange')) });
}
