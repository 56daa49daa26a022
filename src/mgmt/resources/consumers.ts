import type { ConsumerView } from '../../broker/live.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { Answer, Call, Endpoint } from '../endpoint.ts';
import { listed } from '../list-view.ts';
import { consumerView } from '../views/consumer.ts';

function list(call: Call, vhosts: readonly VirtualHost[]): Answer {
  const names = new Set(vhosts.map(({ name }) => name));
  const views = [...consumersIn(call, names)].map((consumer) => consumerView(consumer, call));
  return listed(call, views, {
    paged: false,
    order: ['queue.vhost', 'queue.name', 'consumer_tag'],
  });
}

function* consumersIn({ context }: Call, vhosts: ReadonlySet<string>): Generator<ConsumerView> {
  for (const connection of context.broker.connections) {
    if (!vhosts.has(connection.vhost)) continue;
    for (const channel of connection.channelViews()) yield* channel.consumerViews();
  }
}

export const consumersEndpoints: readonly Endpoint[] = [
  { path: '/consumers', access: 'management', GET: (call) => list(call, call.vhosts) },
  { path: '/consumers/:vhost', access: 'management', GET: (call) => list(call, [call.vhost]) },
];
