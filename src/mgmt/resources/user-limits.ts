import type { StoredUser } from '../../auth/users.ts';
import { type Answer, type Call, type Endpoint, noContent } from '../endpoint.ts';
import { badRequest, notAuthorised, notFound } from '../http-error.ts';
import { listed } from '../list-view.ts';
import { requireKeys } from '../request-values.ts';
import { userLimitsOf } from '../user-change.ts';
import { userLimitsView } from '../views/user.ts';
import { writing } from '../writing.ts';

function answer(call: Call, users: readonly StoredUser[]): Answer {
  const limited = users.filter(({ limits }) => Object.keys(limits).length > 0);
  const views = limited.map(({ name, limits }) => ({ user: name, value: userLimitsView(limits) }));
  return listed(call, views, { paged: false, order: ['user'] });
}

function list(call: Call): Answer {
  return answer(call, call.context.broker.users.list());
}

// Everybody may know their own.
function ofOne(call: Call): Answer {
  const { user: name = '' } = call.params;
  if (name !== call.user.name && !call.may('administrator')) {
    throw notAuthorised('Not administrator user');
  }
  const user = call.context.broker.users.get(name);
  if (user === undefined) throw notFound();
  return answer(call, [user]);
}

function put(call: Call): Answer {
  const { user: name = '', name: limit = '' } = call.params;
  const { users } = call.context.broker;
  const body = call.json();
  requireKeys(body, ['value']);
  const changed = userLimitsOf({ [limit]: body['value'] ?? null });
  const user = users.get(name);
  if (user === undefined) throw badRequest(['no_such_user', name]);
  users.setLimits(name, { ...user.limits, ...changed });
  return noContent;
}

function remove({ context, params }: Call): Answer {
  const { user: name = '', name: limit } = params;
  const user = context.broker.users.get(name);
  if (user === undefined) throw notFound();
  const { maxConnections, maxChannels } = user.limits;
  context.broker.users.setLimits(name, {
    ...(maxConnections === undefined || limit === 'max-connections' ? {} : { maxConnections }),
    ...(maxChannels === undefined || limit === 'max-channels' ? {} : { maxChannels }),
  });
  return noContent;
}

export const userLimitsEndpoints: readonly Endpoint[] = [
  { path: '/user-limits', access: 'administrator', noHead: true, jsonOnly: true, GET: list },
  { path: '/user-limits/:user', access: 'management', noHead: true, jsonOnly: true, GET: ofOne },
  {
    path: '/user-limits/:user/:name',
    access: 'administrator',
    jsonOnly: true,
    PUT: writing(put),
    DELETE: writing(remove),
  },
];
