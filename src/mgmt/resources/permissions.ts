import { type Answer, type Call, created, type Endpoint, noContent } from '../endpoint.ts';
import { grant } from '../grants.ts';
import { badRequest, notFound } from '../http-error.ts';
import { listed, projected } from '../list-view.ts';
import { requireKeys } from '../request-values.ts';
import { permissionView } from '../views/permission.ts';
import { writing } from '../writing.ts';

function list(call: Call): Answer {
  const views = call.context.broker.permissions.list().map(permissionView);
  return listed(call, views, { paged: false, order: ['vhost', 'user'] });
}

function get(call: Call): Answer {
  const { vhost = '', user = '' } = call.params;
  const patterns = call.context.broker.permissions.get(user, vhost);
  if (patterns === undefined) throw notFound();
  return projected(call, permissionView({ user, vhost, ...patterns }));
}

function put(call: Call): Answer {
  const { broker } = call.context;
  const { vhost = '', user = '' } = call.params;
  if (!broker.vhosts.has(vhost) || broker.users.get(user) === undefined) {
    throw badRequest('vhost_or_user_not_found');
  }
  const body = call.json();
  requireKeys(body, ['configure', 'write', 'read']);
  const isNew = broker.permissions.get(user, vhost) === undefined;
  grant(broker, { user, vhost }, body);
  return isNew ? created : noContent;
}

function remove({ context, params }: Call): Answer {
  const { vhost = '', user = '' } = params;
  if (!context.broker.permissions.remove(user, vhost)) throw notFound();
  return noContent;
}

export const permissionsEndpoints: readonly Endpoint[] = [
  { path: '/permissions', access: 'administrator', GET: list },
  {
    path: '/permissions/:vhost/:user',
    access: 'administrator',
    GET: get,
    PUT: writing(put),
    DELETE: writing(remove),
  },
];
