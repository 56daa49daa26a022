// Who may do what on the broker under test: vhosts, users, permissions, as its HTTP API is told. The
// broker is the one at AMQP_URL (and MGMT_URL, or the AMQP port + 10000), or else a Leveret started for
// the test file.

import { afterAll } from 'vitest';
import { managementUrl } from './admin.ts';

export interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

export interface TopicPermissions {
  readonly write: string;
  readonly read: string;
}

export interface Authority {
  /** Where an administrator logs in. */
  readonly url: string;
  /** Where the HTTP API is. */
  readonly managementUrl: string;
  addVhost(vhost: string): Promise<void>;
  addUser(user: string, password: string, tags?: string): Promise<void>;
  permit(user: string, vhost: string, permissions: Permissions): Promise<void>;
  permitTopics(
    user: string,
    vhost: string,
    exchange: string,
    permissions: TopicPermissions,
  ): Promise<void>;
  /** Below zero for no limit. */
  limitUser(user: string, limit: 'max-connections' | 'max-channels', value: number): Promise<void>;
  removeUser(user: string): Promise<void>;
  removeVhost(vhost: string): Promise<void>;
}

/** Call it once, at the top of a test file. */
export async function authority(): Promise<Authority> {
  const given = process.env['AMQP_URL'];
  if (given) return overHttp(given, managementUrl(given));
  const { startBroker } = await import('../../src/index.ts');
  const broker = await startBroker({ managementPort: 0 });
  afterAll(() => broker.close());
  return overHttp(broker.url, `http://${broker.host}:${broker.managementPort}`);
}

/** An address with another login and vhost. */
export function addressOf(url: string, user: string, password: string, vhost: string): string {
  const address = new URL(url);
  address.username = user;
  address.password = password;
  address.pathname = `/${encodeURIComponent(vhost)}`;
  return address.href;
}

/** What an HTTP request of a user is answered. */
export async function request(
  base: string,
  login: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly text: string }> {
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  const response = await fetch(`${base}/api${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, text: await response.text() };
}

function overHttp(url: string, managementUrl: string): Authority {
  const { username, password: secret } = new URL(url);
  const login = `${username || 'guest'}:${secret || 'guest'}`;
  const tell = async (method: string, path: string, body?: object): Promise<void> => {
    const { status, text } = await request(managementUrl, login, method, path, body);
    if (status >= 300 && status !== 404) throw new Error(`${method} ${path}: ${status} ${text}`);
  };
  const at = (...parts: readonly string[]) => `/${parts.map(encodeURIComponent).join('/')}`;
  return {
    url,
    managementUrl,
    addVhost: (vhost) => tell('PUT', at('vhosts', vhost), {}),
    addUser: (user, password, tags = '') => tell('PUT', at('users', user), { password, tags }),
    permit: (user, vhost, permissions) => tell('PUT', at('permissions', vhost, user), permissions),
    permitTopics: (user, vhost, exchange, permissions) =>
      tell('PUT', at('topic-permissions', vhost, user), { exchange, ...permissions }),
    limitUser: (user, limit, value) => tell('PUT', at('user-limits', user, limit), { value }),
    removeUser: (user) => tell('DELETE', at('users', user)),
    removeVhost: (vhost) => tell('DELETE', at('vhosts', vhost)),
  };
}
