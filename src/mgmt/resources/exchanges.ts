import {
  declareExchange,
  deleteExchange,
  type ExchangeRequest,
} from '../../broker/declare-exchange.ts';
import { durably } from '../../broker/durably.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { Exchange } from '../../exchanges/exchange.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Queue } from '../../queues/queue.ts';
import { type Answer, type Call, created, type Endpoint, noContent } from '../endpoint.ts';
import { notFound } from '../http-error.ts';
import { sessionOf } from '../http-session.ts';
import { listed, listedLazily, projected } from '../list-view.ts';
import { argumentsOf, booleanOf, textOf } from '../request-values.ts';
import { type BindingParts, bindingView, impliedBinding, partsOf } from '../views/binding.ts';
import {
  defaultExchangeView,
  exchangeDetails,
  exchangeNameOf,
  exchangeView,
} from '../views/exchange.ts';
import { type Lens, lensOf } from '../views/lens.ts';
import { bindingOrder } from './bindings.ts';

/** An exchange, or the default exchange of a vhost, which is no object. */
interface Listed {
  readonly vhost: VirtualHost;
  readonly exchange: Exchange<Queue> | undefined;
}

function exchangesIn(vhost: VirtualHost): Listed[] {
  const named = [...vhost.exchanges.values()].map((exchange) => ({ vhost, exchange }));
  return [{ vhost, exchange: undefined }, ...named];
}

function viewOf({ vhost, exchange }: Listed, lens: Lens): JsonObject {
  return exchange === undefined ? defaultExchangeView(vhost, lens) : exchangeView(exchange, lens);
}

function listOf(call: Call, exchanges: readonly Listed[]): Answer {
  const lens = lensOf(call);
  return listedLazily(call, exchanges, {
    paged: true,
    view: (each) => viewOf(each, lens),
    keys: { name: ({ exchange }) => exchange?.name ?? '', vhost: ({ vhost }) => vhost.name },
  });
}

async function declare(call: Call): Promise<Answer> {
  const body = call.json();
  const request: ExchangeRequest = {
    exchange: nameOf(call),
    type: textOf(body['type'], 'type', 'direct'),
    passive: false,
    durable: booleanOf(body['durable'], false),
    autoDelete: booleanOf(body['auto_delete'], false),
    internal: booleanOf(body['internal'], false),
    arguments: argumentsOf(body),
  };
  const session = sessionOf(call);
  const existed = session.vhost.exchanges.has(request.exchange);
  await durably(call.context.broker.log, () => declareExchange(session, request));
  return existed ? noContent : created;
}

async function remove(call: Call): Promise<Answer> {
  exchangeOf(call);
  const session = sessionOf(call);
  const ifUnused = call.query.get('if-unused') === 'true';
  await durably(call.context.broker.log, () => deleteExchange(session, nameOf(call), ifUnused));
  return noContent;
}

function listFrom(call: Call): Answer {
  const { vhost, exchange } = exchangeOf(call);
  const bindings =
    exchange === undefined
      ? [...vhost.queues.values()].map(impliedBinding)
      : vhost.bindings.bySource(exchange).map(partsOf);
  return bindingsOf(call, bindings);
}

function listTo(call: Call): Answer {
  const { vhost, exchange } = exchangeOf(call);
  const bindings = exchange === undefined ? [] : vhost.bindings.byDestination(exchange);
  return bindingsOf(call, bindings.map(partsOf));
}

function bindingsOf(call: Call, bindings: readonly BindingParts[]): Answer {
  return listed(call, bindings.map(bindingView), { paged: false, order: bindingOrder });
}

function exchangeOf(call: Call): Listed {
  const { vhost } = call;
  const name = nameOf(call);
  const exchange = vhost.exchanges.get(name);
  if (exchange === undefined && name !== '') throw notFound();
  return { vhost, exchange };
}

function nameOf({ params }: Call): string {
  return exchangeNameOf(params['name'] ?? '');
}

export const exchangesEndpoints: readonly Endpoint[] = [
  {
    path: '/exchanges',
    access: 'management',
    GET: (call) => listOf(call, call.vhosts.flatMap(exchangesIn)),
  },
  {
    path: '/exchanges/:vhost',
    access: 'management',
    GET: (call) => listOf(call, exchangesIn(call.vhost)),
  },
  {
    path: '/exchanges/:vhost/:name',
    access: 'management',
    GET: (call) => projected(call, exchangeDetails(viewOf(exchangeOf(call), lensOf(call)))),
    PUT: declare,
    DELETE: remove,
  },
  { path: '/exchanges/:vhost/:name/bindings/source', access: 'management', GET: listFrom },
  { path: '/exchanges/:vhost/:name/bindings/destination', access: 'management', GET: listTo },
];
