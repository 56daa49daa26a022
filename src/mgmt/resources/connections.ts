import type { LiveConnection } from '../../broker/live-connections.ts';
import { type Answer, type Call, type Endpoint, noContent } from '../endpoint.ts';
import { badRequest, notAuthorised, notFound } from '../http-error.ts';
import { listed, listedLazily, projected } from '../list-view.ts';
import { connectionDetails, connectionView, trackedConnectionView } from '../views/connection.ts';
import { lensOf } from '../views/lens.ts';
import { listOfChannels } from './channel-list.ts';

const REASON = 'Closed via management plugin';
/** How long a client that was told to go is waited for. */
const GONE_MS = 500;

/** The connections that the user may see: their own, or all for whoever watches the node. */
export function visibleConnections(call: Call): readonly LiveConnection[] {
  const { user, context } = call;
  const all = call.may('monitoring');
  const only = call.header('x-vhost') ?? '';
  return [...context.broker.connections].filter(
    (connection) =>
      connection.vhost !== '' &&
      (all || connection.user === user.name) &&
      (only === '' || connection.vhost === only),
  );
}

function listOf(call: Call, connections: readonly LiveConnection[], paged: boolean): Answer {
  const lens = lensOf(call);
  return listedLazily(call, connections, {
    paged,
    view: (connection) => connectionView(connection, lens),
    keys: {
      name: ({ name }) => name,
      vhost: ({ vhost }) => vhost,
      user: ({ user }) => user,
      state: ({ state }) => state,
    },
  });
}

function listOfVhost(call: Call): Answer {
  const { name } = call.vhost;
  const connections = visibleConnections(call).filter(({ vhost }) => vhost === name);
  return listOf(call, connections, false);
}

function listOfUser(call: Call): Answer {
  const views = theirs(call).map((connection) => trackedConnectionView(connection, call));
  return listed(call, views, { paged: false });
}

function theirs(call: Call): readonly LiveConnection[] {
  const name = call.params['user'];
  return visibleConnections(call).filter(({ user }) => user === name);
}

function closeAllOfUser(call: Call): Promise<Answer> {
  return close(call, theirs(call));
}

function listChannels(call: Call): Answer {
  const connection = connectionOf(call);
  return listOfChannels(call, [...connection.channelViews()], false);
}

/**
 * Closes them, and answers once they are gone: who then lists the connections, to see whether a client
 * has come back, is not to find the old one. Clients that take their time are not waited for.
 */
async function close(call: Call, connections: readonly LiveConnection[]): Promise<Answer> {
  const { clock, connections: all } = call.context.broker;
  for (const connection of connections) checkMayClose(call, connection);
  for (const connection of connections) connection.forceClose(reasonOf(call));
  await new Promise<void>((resolve) => {
    const patience = clock.after(GONE_MS, resolve);
    void Promise.all(connections.map((connection) => all.untilGone(connection))).then(() => {
      patience.cancel();
      resolve();
    });
  });
  return noContent;
}

// Only AMQP 1.0 has sessions.
function listSessions(call: Call): Answer {
  connectionOf(call);
  throw badRequest('connection does not use AMQP 1.0');
}

function reasonOf(call: Call): string {
  // Node reads headers as Latin-1; people write UTF-8.
  const reason = call.header('x-reason');
  return reason === undefined ? REASON : Buffer.from(reason, 'latin1').toString();
}

function checkMayClose(call: Call, { user }: LiveConnection): void {
  if (user === call.user.name || call.may('administrator')) return;
  throw notAuthorised('User not authorised to access object');
}

/** The connection in the path. @throws HttpError 404 where it is not there, 401 for somebody else's */
function connectionOf(call: Call): LiveConnection {
  const { connection: name } = call.params;
  for (const connection of call.context.broker.connections) {
    if (connection.name !== name || connection.vhost === '') continue;
    if (connection.user === call.user.name || call.may('monitoring')) return connection;
    throw notAuthorised('User not authorised to access object');
  }
  throw notFound();
}

export const connectionsEndpoints: readonly Endpoint[] = [
  {
    path: '/connections',
    access: 'management',
    GET: (call) => listOf(call, visibleConnections(call), true),
  },
  {
    path: '/connections/username/:user',
    access: 'management',
    GET: listOfUser,
    DELETE: closeAllOfUser,
  },
  {
    path: '/connections/:connection',
    access: 'management',
    GET: (call) => projected(call, connectionDetails(connectionOf(call), lensOf(call))),
    DELETE: (call) => close(call, [connectionOf(call)]),
  },
  { path: '/connections/:connection/channels', access: 'management', GET: listChannels },
  { path: '/connections/:connection/sessions', access: 'management', GET: listSessions },
  { path: '/vhosts/:vhost/connections', access: 'management', GET: listOfVhost },
];
