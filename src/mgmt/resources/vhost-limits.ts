import { ParameterError } from '../../broker/parameters.ts';
import type { LimitsOfVhost } from '../../broker/vhost-limits.ts';
import type { JsonObject } from '../../kit/json.ts';
import { type Answer, type Call, type Endpoint, noContent } from '../endpoint.ts';
import { badRequest } from '../http-error.ts';
import { listed } from '../list-view.ts';
import { requireKeys } from '../request-values.ts';
import { changeableVhost } from '../vhost-change.ts';
import { writing } from '../writing.ts';

function view({ vhost, limits }: LimitsOfVhost): JsonObject {
  return { vhost, value: limits };
}

function list(call: Call): Answer {
  const seen = call.params['vhost'] === undefined ? call.vhosts : [call.vhost];
  const { vhostLimits } = call.context.broker;
  const all = seen.flatMap(({ name }) => vhostLimits.list(name));
  const limited = all.filter(({ limits }) => Object.keys(limits).length > 0);
  return listed(call, limited.map(view), { paged: false, order: ['vhost'] });
}

function put(call: Call): Answer {
  const { vhost = '', name = '' } = call.params;
  const { broker } = call.context;
  changeableVhost(broker, vhost);
  const body = call.json();
  requireKeys(body, ['value']);
  try {
    broker.vhostLimits.set(vhost, name, body['value'] ?? null);
  } catch (error) {
    if (error instanceof ParameterError) throw badRequest(error.message);
    throw error;
  }
  return noContent;
}

function remove({ context, params, vhost }: Call): Answer {
  const { name } = params;
  if (name === 'max-connections' || name === 'max-queues') {
    context.broker.vhostLimits.clear(vhost.name, name);
  }
  return noContent;
}

export const vhostLimitsEndpoints: readonly Endpoint[] = [
  { path: '/vhost-limits', access: 'management', noHead: true, jsonOnly: true, GET: list },
  { path: '/vhost-limits/:vhost', access: 'management', noHead: true, jsonOnly: true, GET: list },
  {
    path: '/vhost-limits/:vhost/:name',
    access: 'administrator',
    jsonOnly: true,
    PUT: writing(put),
    DELETE: writing(remove),
  },
];
