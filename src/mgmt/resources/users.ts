import type { StoredUser } from '../../auth/users.ts';
import { isJsonList } from '../../kit/json.ts';
import { type Answer, type Call, created, type Endpoint, noContent } from '../endpoint.ts';
import { badRequest, notFound } from '../http-error.ts';
import { listed, projected } from '../list-view.ts';
import { requireKeys } from '../request-values.ts';
import { putUser } from '../user-change.ts';
import { permissionView, topicPermissionView } from '../views/permission.ts';
import { userView } from '../views/user.ts';
import { writing } from '../writing.ts';

/** The user in the path. @throws HttpError 404 */
function userOf({ context, params }: Call): StoredUser {
  const user = context.broker.users.get(params['user'] ?? '');
  if (user === undefined) throw notFound();
  return user;
}

function list(call: Call): Answer {
  const views = call.context.broker.users.list().map(userView);
  return listed(call, views, { paged: true, order: ['name'] });
}

function listWithoutPermissions(call: Call): Answer {
  const { users, permissions } = call.context.broker;
  const permitted = new Set(permissions.list().map(({ user }) => user));
  const others = users.list().filter(({ name }) => !permitted.has(name));
  return listed(call, others.map(userView), { paged: false, order: ['name'] });
}

function put(call: Call): Answer {
  const { broker } = call.context;
  const { user: name = '' } = call.params;
  const isNew = broker.users.get(name) === undefined;
  putUser(broker, name, call.json());
  return isNew ? created : noContent;
}

function remove(call: Call): Answer {
  call.context.broker.removeUser(userOf(call).name);
  return noContent;
}

function removeMany(call: Call): Answer {
  const body = call.json();
  requireKeys(body, ['users']);
  const { users } = body;
  if (!isJsonList(users)) throw badRequest(['not_a_list', 'users']);
  for (const name of users) if (typeof name === 'string') call.context.broker.removeUser(name);
  return noContent;
}

function permissionsOf(call: Call): Answer {
  const { name } = userOf(call);
  const all = call.context.broker.permissions.list().filter(({ user }) => user === name);
  return listed(call, all.map(permissionView), { paged: false, order: ['vhost', 'user'] });
}

function topicPermissionsOf(call: Call): Answer {
  const all = call.context.broker.topicPermissions.list(userOf(call).name);
  const order = ['vhost', 'user', 'exchange'];
  return listed(call, all.map(topicPermissionView), { paged: false, order });
}

export const usersEndpoints: readonly Endpoint[] = [
  { path: '/users', access: 'administrator', GET: list },
  { path: '/users/bulk-delete', access: 'administrator', POST: writing(removeMany) },
  { path: '/users/without-permissions', access: 'administrator', GET: listWithoutPermissions },
  {
    path: '/users/:user',
    access: 'administrator',
    GET: (call) => projected(call, userView(userOf(call))),
    PUT: writing(put),
    DELETE: writing(remove),
  },
  { path: '/users/:user/permissions', access: 'administrator', GET: permissionsOf },
  {
    path: '/users/:user/topic-permissions',
    access: 'administrator',
    jsonOnly: true,
    GET: topicPermissionsOf,
  },
];
