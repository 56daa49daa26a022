import type { PolicyKind } from '../../broker/policy.ts';
import type { JsonObject, JsonValue } from '../../kit/json.ts';
import { type Answer, type Call, created, type Endpoint, noContent } from '../endpoint.ts';
import { notFound } from '../http-error.ts';
import { listed, projected } from '../list-view.ts';
import { setParameter, writableVhost } from '../parameter-change.ts';
import { requireKeys } from '../request-values.ts';
import { policyView } from '../views/policy.ts';
import { writing } from '../writing.ts';

/** What can be done with the policies of one kind. */
function policyEndpoints(
  path: string,
  kind: PolicyKind,
  writer: 'policymaker' | 'administrator',
): readonly Endpoint[] {
  const list = (call: Call): Answer => {
    const seen = call.params['vhost'] === undefined ? call.vhosts : [call.vhost];
    const { policies } = call.context.broker;
    const views = seen.flatMap(({ name }) => policies.list(kind, name).map(policyView));
    return listed(call, views, { paged: false });
  };

  const get = (call: Call): Answer => {
    const { name = '' } = call.params;
    const policy = call.context.broker.policies.get(kind, call.vhost.name, name);
    if (policy === undefined) throw notFound();
    return projected(call, policyView(policy));
  };

  const put = (call: Call): Answer => {
    const { name = '' } = call.params;
    const vhost = writableVhost(call).name;
    const body = call.json();
    requireKeys(body, ['pattern', 'definition']);
    return setParameter(call.context.broker, { component: kind, vhost, name }, parameterValue(body))
      ? created
      : noContent;
  };

  const remove = (call: Call): Answer => {
    const { name = '' } = call.params;
    const { policies } = call.context.broker;
    if (!policies.remove(kind, writableVhost(call, notFound()).name, name)) throw notFound();
    return noContent;
  };

  const negotiation = kind === 'operator_policy' ? ({ jsonOnly: true } as const) : {};
  return [
    { path, access: 'management', ...negotiation, GET: list },
    { path: `${path}/:vhost`, access: 'management', ...negotiation, GET: list },
    {
      ...negotiation,
      path: `${path}/:vhost/:name`,
      access: { GET: 'management', PUT: writer, DELETE: writer },
      GET: get,
      PUT: writing(put),
      DELETE: writing(remove),
    },
  ];
}

/** A policy in a body as the value of a parameter, which is checked as such. */
function parameterValue(body: JsonObject): JsonValue {
  const { pattern, definition, priority, 'apply-to': applyTo } = body;
  return {
    ...(pattern === undefined ? {} : { pattern }),
    'apply-to': applyTo ?? 'all',
    ...(definition === undefined ? {} : { definition }),
    priority: priorityOf(priority),
  };
}

// Forms send numbers as text.
function priorityOf(value: JsonValue | undefined): JsonValue {
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) return Number(value);
  return value ?? 0;
}

export const policiesEndpoints: readonly Endpoint[] = [
  ...policyEndpoints('/policies', 'policy', 'policymaker'),
  ...policyEndpoints('/operator-policies', 'operator_policy', 'administrator'),
];
