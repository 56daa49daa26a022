import type { Users } from '../auth/users.ts';
import { BrokerError } from '../model/broker-error.ts';

/** What is counted of a connection. */
interface Counted {
  /** The name of the user who is logged in. */
  readonly user: string;
  readonly channelCount: number;
}

interface Node {
  readonly users: Users;
  readonly connections: Iterable<Counted>;
}

/** @throws BrokerError NOT_ALLOWED when the user may open no further connection */
export function checkUserConnections({ users, connections }: Node, user: string): void {
  const limit = effective(users.get(user)?.limits.maxConnections);
  if (limit === undefined) return;
  let open = 0;
  for (const connection of connections) if (connection.user === user) open += 1;
  if (open < limit) return;
  throw new BrokerError(
    'NOT_ALLOWED',
    `connection refused for user '${user}': user connection limit (${limit}) is reached`,
  );
}

/** @throws BrokerError NOT_ALLOWED when the user may open no further channel, on no connection */
export function checkUserChannels({ users, connections }: Node, user: string): void {
  const limit = effective(users.get(user)?.limits.maxChannels);
  if (limit === undefined) return;
  let open = 0;
  for (const each of connections) if (each.user === user) open += each.channelCount;
  if (open < limit) return;
  throw new BrokerError(
    'NOT_ALLOWED',
    `number of channels opened for user '${user}' has reached the maximum allowed user limit of (${limit})`,
  );
}

function effective(limit: number | undefined): number | undefined {
  return limit !== undefined && limit >= 0 ? limit : undefined;
}
