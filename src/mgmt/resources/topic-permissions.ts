import type { UserTopicPermissions } from '../../auth/topic-permissions.ts';
import { type Answer, type Call, created, type Endpoint, noContent } from '../endpoint.ts';
import { grantTopics } from '../grants.ts';
import { badRequest, notFound } from '../http-error.ts';
import { listed } from '../list-view.ts';
import { requireKeys, textOf } from '../request-values.ts';
import { topicPermissionView } from '../views/permission.ts';
import { writing } from '../writing.ts';

const order = ['vhost', 'user', 'exchange'];

/** Those of the user in the vhost in the path, on every exchange. */
function permissionsOf({ context, params }: Call): readonly UserTopicPermissions[] {
  const { vhost = '', user = '' } = params;
  return context.broker.topicPermissions.list(user).filter((each) => each.vhost === vhost);
}

function list(call: Call): Answer {
  const views = call.context.broker.topicPermissions.list().map(topicPermissionView);
  return listed(call, views, { paged: false, order });
}

// The exchange in the path, where there is one, does not narrow what is shown: RabbitMQ's way.
function get(call: Call): Answer {
  const all = permissionsOf(call);
  if (all.length === 0) throw notFound();
  return listed(call, all.map(topicPermissionView), { paged: false, order });
}

function put(call: Call): Answer {
  const { broker } = call.context;
  const { vhost = '', user = '' } = call.params;
  const place = broker.vhosts.get(vhost);
  if (place === undefined || broker.users.get(user) === undefined) {
    throw badRequest('vhost_or_user_not_found');
  }
  const body = call.json();
  requireKeys(body, ['exchange', 'write', 'read']);
  const exchange = textOf(body['exchange'], 'exchange', '');
  if (!place.exchanges.has(exchange)) throw badRequest(['no_such_exchange', exchange]);
  const isNew = permissionsOf(call).length === 0;
  grantTopics(broker, { user, vhost }, body);
  return isNew ? created : noContent;
}

function remove(call: Call): Answer {
  const { vhost = '', user = '', exchange } = call.params;
  if (permissionsOf(call).length === 0) throw notFound();
  call.context.broker.topicPermissions.remove(user, vhost, exchange);
  return noContent;
}

const one = {
  access: 'administrator',
  jsonOnly: true,
  GET: get,
  PUT: writing(put),
  DELETE: writing(remove),
} as const;

export const topicPermissionsEndpoints: readonly Endpoint[] = [
  { path: '/topic-permissions', access: 'administrator', jsonOnly: true, GET: list },
  { path: '/topic-permissions/:vhost/:user', ...one },
  { path: '/topic-permissions/:vhost/:user/:exchange', ...one },
];
