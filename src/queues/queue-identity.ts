import type { Table } from '../codec/table.ts';

/** What is known of a queue for as long as it lives. */
export interface QueueIdentity {
  readonly name: string;
  readonly vhost: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** Whoever alone may use it; it dies with them. */
  readonly owner: object | undefined;
  /** The name of the user who declared it; undefined when it was the server. */
  readonly declaredBy?: string | undefined;
  /** As declared. */
  readonly arguments: Table;
}
