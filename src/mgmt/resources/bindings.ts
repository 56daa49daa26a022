import { type BindRequest, bind, unbind } from '../../broker/bind.ts';
import { durably } from '../../broker/durably.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { Destination } from '../../exchanges/exchange.ts';
import { BrokerError } from '../../model/broker-error.ts';
import type { Queue } from '../../queues/queue.ts';
import { type Answer, type Call, type Endpoint, noContent } from '../endpoint.ts';
import { notFound } from '../http-error.ts';
import { sessionOf } from '../http-session.ts';
import { listedLazily, projected } from '../list-view.ts';
import { argumentsOf, textOf } from '../request-values.ts';
import {
  type BindingParts,
  bindingView,
  impliedBinding,
  isNamed,
  partsOf,
  propertiesKey,
  quotePlus,
} from '../views/binding.ts';
import { exchangeNameOf } from '../views/exchange.ts';

/** What lists of bindings are sorted by. */
export const bindingOrder: readonly string[] = [
  'vhost',
  'source',
  'destination',
  'routing_key',
  'properties_key',
];

function listOf(call: Call, bindings: readonly BindingParts[]): Answer {
  return listedLazily(call, bindings, {
    paged: false,
    order: bindingOrder,
    view: bindingView,
    keys: {
      vhost: ({ vhost }) => vhost,
      source: ({ source }) => source,
      destination: ({ destination }) => destination,
      routing_key: ({ routingKey }) => routingKey,
    },
  });
}

// Those of the default exchange first, as RabbitMQ has them.
function bindingsIn(vhost: VirtualHost): BindingParts[] {
  const implied = [...vhost.queues.values()].map(impliedBinding);
  return [...implied, ...[...vhost.bindings.all()].map(partsOf)];
}

/** What two ends of a path name. */
interface Ends {
  readonly vhost: VirtualHost;
  /** Empty for the default exchange. */
  readonly source: string;
  readonly kind: 'queue' | 'exchange';
  readonly destination: string;
}

function endsOf(call: Call): Ends {
  const { kind, source = '', destination = '' } = call.params;
  if (kind !== 'q' && kind !== 'e') throw notFound();
  return {
    vhost: call.vhost,
    source: exchangeNameOf(source),
    kind: kind === 'q' ? 'queue' : 'exchange',
    destination: kind === 'q' ? destination : exchangeNameOf(destination),
  };
}

function between({ vhost, source, kind, destination }: Ends): readonly BindingParts[] {
  if (source === '') {
    const queue = kind === 'queue' ? vhost.queues.get(destination) : undefined;
    return queue === undefined ? [] : [impliedBinding(queue)];
  }
  const from = vhost.exchanges.get(source);
  const to: Destination<Queue> | undefined =
    kind === 'queue' ? vhost.queues.get(destination) : vhost.exchanges.get(destination);
  if (from === undefined || to === undefined) return [];
  const bindings = vhost.bindings.byDestination(to);
  return bindings.filter((binding) => binding.source === from).map(partsOf);
}

async function add(call: Call): Promise<Answer> {
  const { source, kind, destination } = endsOf(call);
  const body = call.json();
  const request: BindRequest = {
    source,
    destination,
    routingKey: textOf(body['routing_key'], 'routing_key', ''),
    arguments: argumentsOf(body),
  };
  const session = sessionOf(call);
  await durably(call.context.broker.log, () => bind(session, kind, request));
  // The name is encoded once more as part of an address: clients decode it once and compare it then.
  const name = propertiesKey(request.routingKey, request.arguments);
  const location = `${quotePlus(call.params['destination'] ?? '')}/${quotePlus(name)}`;
  return { status: 201, headers: { location } };
}

function bindingOf(call: Call): BindingParts {
  const name = call.params['props'] ?? '';
  const all = between(endsOf(call));
  const exact = all.find(
    ({ routingKey, arguments: given }) => propertiesKey(routingKey, given) === name,
  );
  const found = exact ?? all.find((parts) => isNamed(parts, name));
  if (found === undefined) throw notFound();
  return found;
}

async function remove(call: Call): Promise<Answer> {
  const { source, destination, destinationKind, routingKey, ...rest } = bindingOf(call);
  if (source === '') throw new BrokerError('ACCESS_REFUSED', 'the default exchange keeps its own');
  const request = { source, destination, routingKey, arguments: rest.arguments };
  const session = sessionOf(call);
  await durably(call.context.broker.log, () => unbind(session, destinationKind, request));
  return noContent;
}

export const bindingsEndpoints: readonly Endpoint[] = [
  {
    path: '/bindings',
    access: 'management',
    GET: (call) => listOf(call, call.vhosts.flatMap(bindingsIn)),
  },
  {
    path: '/bindings/:vhost',
    access: 'management',
    GET: (call) => listOf(call, bindingsIn(call.vhost)),
  },
  {
    path: '/bindings/:vhost/e/:source/:kind/:destination',
    access: 'management',
    GET: (call) => listOf(call, between(endsOf(call))),
    POST: add,
  },
  {
    path: '/bindings/:vhost/e/:source/:kind/:destination/:props',
    access: 'management',
    GET: (call) => projected(call, bindingView(bindingOf(call))),
    DELETE: remove,
  },
];
