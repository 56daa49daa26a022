import type { VirtualHost } from '../../broker/vhost.ts';
import type { JsonObject } from '../../kit/json.ts';
import { type Answer, type Call, created, type Endpoint, noContent, ok } from '../endpoint.ts';
import { badRequest, HttpError } from '../http-error.ts';
import { listed, projected } from '../list-view.ts';
import { metadataIn, putVhost } from '../vhost-change.ts';
import { lensOf } from '../views/lens.ts';
import { permissionView, topicPermissionView } from '../views/permission.ts';
import { vhostWithFigures } from '../views/vhost.ts';
import { writing } from '../writing.ts';

function list(call: Call): Answer {
  const lens = lensOf(call);
  const views = call.vhosts.map((vhost) => vhostWithFigures(vhost, lens));
  return listed(call, views, { paged: true, order: ['name'] });
}

function get(call: Call): Answer {
  return projected(call, vhostWithFigures(call.vhost, lensOf(call)));
}

function put({ context, params, user }: Call, body: JsonObject): Answer {
  const { vhost: name = '' } = params;
  // What is not named is taken back, except what has words of its own to be taken back with.
  const changes = { description: '', tags: [], ...metadataIn(body) };
  return putVhost(context.broker, name, changes, user.name) ? created : noContent;
}

function remove({ context, vhost }: Call): Answer {
  if (vhost.metadata.protectedFromDeletion) {
    const why = 'because it is protected from deletion';
    const text = `Refusing to delete virtual host '${vhost.name}' ${why}`;
    throw new HttpError(412, 'precondition_failed', text);
  }
  context.broker.removeVhost(vhost.name);
  return noContent;
}

function permissionsOf(call: Call): Answer {
  const { name } = call.vhost;
  const all = call.context.broker.permissions.list().filter(({ vhost }) => vhost === name);
  return listed(call, all.map(permissionView), { paged: false, order: ['vhost', 'user'] });
}

function topicPermissionsOf(call: Call): Answer {
  const { name } = call.vhost;
  const all = call.context.broker.topicPermissions.list().filter(({ vhost }) => vhost === name);
  const order = ['vhost', 'user', 'exchange'];
  return listed(call, all.map(topicPermissionView), { paged: false, order });
}

function protection(vhost: VirtualHost): Answer {
  const { protectedFromDeletion } = vhost.metadata;
  return ok({ name: vhost.name, protected_from_deletion: protectedFromDeletion });
}

function protect({ context, params }: Call, isProtected: boolean): Answer {
  const { vhost: name = '' } = params;
  const vhost = context.broker.vhosts.get(name);
  if (vhost === undefined) {
    const what = `${isProtected ? 'enable' : 'disable'} deletion protection of virtual host`;
    throw new HttpError(404, 'not_found', `Cannot ${what} '${name}' because it does not exist`);
  }
  context.broker.setVhostMetadata(name, { protectedFromDeletion: isProtected });
  return noContent;
}

// Vhosts of this node always run.
function start({ context, params }: Call): Answer {
  const { vhost = '', node = '' } = params;
  const failed = `Request to node ${node} failed with`;
  if (node !== context.node.name) throw badRequest(`${failed} nodedown`);
  if (context.broker.vhosts.has(vhost)) return noContent;
  throw badRequest(`${failed} {no_such_vhost,<<"${vhost}">>}`);
}

export const vhostsEndpoints: readonly Endpoint[] = [
  { path: '/vhosts', access: 'management', GET: list },
  {
    path: '/vhosts/:vhost',
    access: 'administrator',
    GET: get,
    PUT: writing((call) => put(call, call.json())),
    DELETE: writing(remove),
  },
  {
    path: '/vhosts/:vhost/deletion/protection',
    access: 'administrator',
    noHead: true,
    jsonOnly: true,
    GET: ({ vhost }) => protection(vhost),
    POST: writing((call) => protect(call, true)),
    DELETE: writing((call) => protect(call, false)),
  },
  { path: '/vhosts/:vhost/start/:node', access: 'administrator', POST: start },
  { path: '/vhosts/:vhost/permissions', access: 'administrator', GET: permissionsOf },
  {
    path: '/vhosts/:vhost/topic-permissions',
    access: 'administrator',
    jsonOnly: true,
    GET: topicPermissionsOf,
  },
];
