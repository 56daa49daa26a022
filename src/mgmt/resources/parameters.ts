import type { Parameter } from '../../broker/parameters.ts';
import { type Answer, type Call, created, type Endpoint, noContent } from '../endpoint.ts';
import { badRequest, notAuthorised, notFound } from '../http-error.ts';
import { listed, projected } from '../list-view.ts';
import { setParameter, writableVhost } from '../parameter-change.ts';
import { requireKeys } from '../request-values.ts';
import { parameterView } from '../views/parameter.ts';
import { writing } from '../writing.ts';

const POLICY = 'policy';
const OPERATOR_POLICY = 'operator_policy';

function list(call: Call): Answer {
  const { component, vhost } = call.params;
  const seen = vhost === undefined ? call.vhosts : [call.vhost];
  const { parameters } = call.context.broker;
  const all = seen.flatMap(({ name }) => parameters.list(component, name));
  // Policies have lists of their own, and are told here only to whoever asks for them.
  const shown = all.filter((each) => component !== undefined || each.component !== POLICY);
  return listed(call, shown.map(parameterView), { paged: false });
}

function get(call: Call): Answer {
  const { component = '', name = '' } = call.params;
  const vhost = call.vhost.name;
  const value = call.context.broker.parameters.get(component, vhost, name);
  if (value === undefined) throw notFound();
  const parameter: Parameter = { component, vhost, name, value };
  return projected(call, parameterView(parameter));
}

function put(call: Call): Answer {
  const { component = '', name = '' } = call.params;
  const vhost = writableVhost(call).name;
  const body = call.json();
  requireKeys(body, ['value']);
  checkWriter(call, component);
  const isNew = setParameter(
    call.context.broker,
    { component, vhost, name },
    body['value'] ?? null,
  );
  return isNew ? created : noContent;
}

function remove(call: Call): Answer {
  const { component = '', name = '' } = call.params;
  const vhost = writableVhost(call, notFound()).name;
  checkWriter(call, component);
  if (!call.context.broker.parameters.remove(component, vhost, name)) throw notFound();
  return noContent;
}

// An operator's policies and limits are an administrator's to set, whichever way they are reached.
function checkWriter(call: Call, component: string): void {
  if (component === POLICY) throw badRequest('policies may not be set using this method');
  const guarded = component === OPERATOR_POLICY || component === 'vhost-limits';
  if (guarded && !call.may('administrator')) throw notAuthorised('Not administrator user');
}

export const parametersEndpoints: readonly Endpoint[] = [
  { path: '/parameters', access: 'policymaker', GET: list },
  { path: '/parameters/:component', access: 'policymaker', GET: list },
  { path: '/parameters/:component/:vhost', access: 'policymaker', GET: list },
  {
    path: '/parameters/:component/:vhost/:name',
    access: 'policymaker',
    GET: get,
    PUT: writing(put),
    DELETE: writing(remove),
  },
];
