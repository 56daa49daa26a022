import { type Table, table } from '../codec/table.ts';

/** What a client may rely on, by the names that RabbitMQ gave. */
const capabilities = [
  'publisher_confirms',
  'exchange_exchange_bindings',
  'basic.nack',
  'consumer_cancel_notify',
  'connection.blocked',
  'consumer_priorities',
  'authentication_failure_close',
  'per_consumer_qos',
  'direct_reply_to',
];

/**
 * What connection.start says of the server. Clients choose how to behave by product and version
 * (kombu, and so Celery, changes a running consumer's prefetch only on a RabbitMQ from 3.3 up to 4),
 * so these name what we behave as; what we are stands beside them.
 */
export function serverProperties(version: string, clusterName: string): Table {
  const can = table(Object.fromEntries(capabilities.map((name) => [name, true])));
  return table({
    capabilities: { type: 'F', value: can },
    cluster_name: clusterName,
    copyright: 'The Leveret authors',
    information: 'Licensed under the Apache License 2.0. Behaves as RabbitMQ 3.13.',
    platform: `Leveret ${version}`,
    product: 'RabbitMQ',
    version: '3.13.7',
    leveret_version: version,
  });
}
