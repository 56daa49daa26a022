import { emptyTable, type Table, textOf } from '../codec/table.ts';

/** What a client says of itself in connection.start-ok. */
export interface Client {
  /** How it logs in: `PLAIN`, … */
  readonly mechanism: string;
  readonly properties: Table;
  readonly product: string | undefined;
  readonly version: string | undefined;
  /** The name it gave to the connection. */
  readonly connectionName: string | undefined;
  /** It wants basic.cancel when a consumer's queue is gone. */
  readonly consumerCancelNotify: boolean;
  /** It wants connection.blocked and unblocked. */
  readonly blockedNotify: boolean;
  /** It wants to be told that its login failed. */
  readonly authenticationFailureClose: boolean;
}

export const unknownClient: Client = clientOf(emptyTable, '');

export function clientOf(properties: Table, mechanism: string): Client {
  const field = properties.get('capabilities');
  const capabilities = field?.type === 'F' ? field.value : emptyTable;
  const can = (name: string): boolean => capabilities.get(name)?.value === true;
  return {
    mechanism,
    properties,
    product: textOf(properties.get('product')),
    version: textOf(properties.get('version')),
    connectionName: textOf(properties.get('connection_name')),
    consumerCancelNotify: can('consumer_cancel_notify'),
    blockedNotify: can('connection.blocked'),
    authenticationFailureClose: can('authentication_failure_close'),
  };
}
