// What needs more than AMQP: users with few permissions, closing somebody else's connection.
// RabbitMQ does it over its HTTP API (MGMT_URL, or the AMQP port + 10000), for Leveret a broker of
// its own is started.

import type { Target } from './broker.ts';
import { eventually } from './messages.ts';
import { Peer } from './peer.ts';

export interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** Where the HTTP API of the broker at an address is. */
export function managementUrl(amqp: string): string {
  const given = process.env['MGMT_URL'];
  if (given) return given;
  const { hostname, port } = new URL(amqp);
  return `http://${hostname}:${Number(port || 5672) + 10_000}`;
}

async function api(target: Target, method: string, path: string, body?: object): Promise<unknown> {
  const { username, password } = new URL(target.url);
  const login = Buffer.from(`${username || 'guest'}:${password || 'guest'}`).toString('base64');
  const response = await fetch(`${managementUrl(target.url)}/api${path}`, {
    method,
    headers: { authorization: `Basic ${login}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

async function ownBroker(options: object) {
  const { startBroker } = await import('../../src/index.ts');
  return startBroker({ port: 0, logLevel: 'silent', ...options });
}

export interface LimitedUser {
  /** Where this user may log in. */
  readonly url: string;
  readonly name: string;
  remove(): Promise<void>;
}

/** A user with these permissions on vhost '/', or with none at all. */
export async function limitedUser(target: Target, permissions: Permissions): Promise<LimitedUser> {
  const name = target.name('user');
  if (!target.isRabbit) {
    const broker = await ownBroker({
      defaultUser: name,
      defaultPass: 'secret',
      defaultConfigure: permissions.configure,
      defaultWrite: permissions.write,
      defaultRead: permissions.read,
    });
    return { url: withLogin(broker.url, name), name, remove: () => broker.close() };
  }
  await api(target, 'PUT', `/users/${name}`, { password: 'secret', tags: '' });
  await api(target, 'PUT', `/permissions/%2F/${name}`, permissions);
  const remove = async () => void (await api(target, 'DELETE', `/users/${name}`));
  return { url: withLogin(target.url, name), name, remove };
}

function withLogin(amqp: string, username: string): string {
  const url = new URL(amqp);
  url.username = username;
  url.password = 'secret';
  return url.href;
}

/** A connection, and the means to have it closed; `close` gives the text that follows the code. */
export async function forcedClose(
  target: Target,
): Promise<{ peer: Peer; close: () => Promise<string> }> {
  if (!target.isRabbit) {
    const broker = await ownBroker({});
    const peer = await Peer.connect(broker.url);
    const close = async () => {
      void broker.close();
      return "broker forced connection closure with reason 'shutdown'";
    };
    return { peer, close };
  }
  const connectionName = target.name('connection');
  const peer = await target.peer({ clientProperties: { connection_name: connectionName } });
  const close = async () => {
    const name = await eventually('the connection to be listed', async () => {
      const path = '/connections?columns=name,user_provided_name';
      const all = (await api(target, 'GET', path)) as {
        name: string;
        user_provided_name?: string;
      }[];
      return all.find((each) => each.user_provided_name === connectionName)?.name;
    });
    await api(target, 'DELETE', `/connections/${encodeURIComponent(name)}`);
    return 'Closed via management plugin';
  };
  return { peer, close };
}
