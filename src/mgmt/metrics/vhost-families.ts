import type { VirtualHost } from '../../broker/vhost.ts';
import type { ExchangeCounters } from '../../exchanges/exchange-counters.ts';
import { family } from './family.ts';
import type { Source } from './source.ts';

interface NamedExchange {
  readonly vhost: VirtualHost;
  readonly name: string;
  readonly counters: Readonly<ExchangeCounters>;
}

function* vhostsIn(
  { broker }: Source,
  wanted: ReadonlySet<string> | undefined,
): Generator<VirtualHost, void> {
  for (const vhost of broker.vhosts.values()) {
    if (wanted === undefined || wanted.has(vhost.name)) yield vhost;
  }
}

function* exchangesIn(
  source: Source,
  wanted: ReadonlySet<string> | undefined,
): Generator<NamedExchange, void> {
  for (const vhost of vhostsIn(source, wanted)) {
    yield { vhost, name: '', counters: vhost.ledger.defaultExchange };
    for (const { name, counters } of vhost.exchanges.values()) yield { vhost, name, counters };
  }
}

function exchangeLabels({ vhost, name }: NamedExchange): Record<string, string> {
  return { vhost: vhost.name, exchange: name };
}

function vhostLabels({ name }: VirtualHost): Record<string, string> {
  return { vhost: name };
}

export const exchangeMetrics = family<NamedExchange>({
  name: 'exchange_metrics',
  metrics: [
    {
      name: 'exchange_messages_published_total',
      type: 'counter',
      help: 'Total number of messages published into an exchange',
      of: ({ counters }) => counters.publishedIn,
      total: ({ totals }) => totals.published.publish,
    },
  ],
  subjects: exchangesIn,
  labels: exchangeLabels,
});

/** Of the same family: which exchanges these messages went to is not told apart. */
export const exchangeOutcomes = family<VirtualHost>({
  name: 'exchange_metrics',
  metrics: [
    {
      name: 'exchange_messages_confirmed_total',
      type: 'counter',
      help: 'Total number of messages published into an exchange and confirmed',
      of: (vhost) => vhost.totals().published.confirm,
      total: ({ totals }) => totals.published.confirm,
    },
    {
      name: 'exchange_messages_unroutable_returned_total',
      type: 'counter',
      help: 'Total number of messages published as mandatory into an exchange and returned to the publisher as unroutable',
      of: (vhost) => vhost.totals().published.returnUnroutable,
      total: ({ totals }) => totals.published.returnUnroutable,
    },
    {
      name: 'exchange_messages_unroutable_dropped_total',
      type: 'counter',
      help: 'Total number of messages published as non-mandatory into an exchange and dropped as unroutable',
      of: (vhost) => vhost.totals().published.dropUnroutable,
      total: ({ totals }) => totals.published.dropUnroutable,
    },
  ],
  subjects: vhostsIn,
  labels: vhostLabels,
});

export const vhostStatus = family<VirtualHost>({
  name: 'vhost_status',
  metrics: [
    {
      name: 'vhost_status',
      type: 'gauge',
      help: 'Whether a given vhost is running',
      of: () => 1,
    },
  ],
  subjects: vhostsIn,
  labels: vhostLabels,
});

export const exchangeNames = family<NamedExchange>({
  name: 'exchange_names',
  metrics: [
    {
      name: 'exchange_name',
      type: 'gauge',
      help: 'Enumerates exchanges without any additional info. This value is cluster-wide. A cheaper alternative to `exchange_bindings`',
      of: () => 1,
    },
  ],
  subjects: exchangesIn,
  labels: exchangeLabels,
});

export const exchangeBindings = family<NamedExchange>({
  name: 'exchange_bindings',
  metrics: [
    {
      name: 'exchange_bindings',
      type: 'gauge',
      help: 'Number of bindings for an exchange. This value is cluster-wide.',
      // Every queue is bound to the default exchange.
      of: ({ vhost, name }) =>
        name === '' ? vhost.queues.size : vhost.exchanges.get(name)?.bindings.size,
    },
  ],
  subjects: exchangesIn,
  labels: (exchange) => ({
    ...exchangeLabels(exchange),
    type: exchange.vhost.exchanges.get(exchange.name)?.type.name ?? 'direct',
  }),
});
