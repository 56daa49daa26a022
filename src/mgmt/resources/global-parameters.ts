import type { GlobalParameter } from '../../broker/global-parameters.ts';
import type { JsonObject } from '../../kit/json.ts';
import { type Answer, type Call, created, type Endpoint, noContent } from '../endpoint.ts';
import { notFound } from '../http-error.ts';
import { listed, projected } from '../list-view.ts';
import { requireKeys } from '../request-values.ts';
import { writing } from '../writing.ts';

function view({ name, value }: GlobalParameter): JsonObject {
  return { name, value };
}

function list(call: Call): Answer {
  const views = call.context.broker.globalParameters.list().map(view);
  return listed(call, views, { paged: false, order: ['name'] });
}

function get(call: Call): Answer {
  const { name = '' } = call.params;
  const value = call.context.broker.globalParameters.get(name);
  if (value === undefined) throw notFound();
  return projected(call, view({ name, value }));
}

function put(call: Call): Answer {
  const { name = '' } = call.params;
  const { globalParameters } = call.context.broker;
  const body = call.json();
  requireKeys(body, ['value']);
  const isNew = globalParameters.get(name) === undefined;
  globalParameters.set(name, body['value'] ?? null);
  return isNew ? created : noContent;
}

function remove({ context, params }: Call): Answer {
  if (!context.broker.globalParameters.remove(params['name'] ?? '')) throw notFound();
  return noContent;
}

export const globalParametersEndpoints: readonly Endpoint[] = [
  { path: '/global-parameters', access: 'policymaker', GET: list },
  {
    path: '/global-parameters/:name',
    access: 'policymaker',
    GET: get,
    PUT: writing(put),
    DELETE: writing(remove),
  },
];
