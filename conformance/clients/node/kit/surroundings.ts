/** What the programs run against: one broker, and what some of them need beside it. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { Leveret } from './leveret.ts';

const RESTRICTED = { user: 'conformance-restricted', password: 'restricted' };
const MINE = '\\.mine|^amq\\.gen';

export interface Surroundings {
  readonly url: string;
  /** A broker as a user with few permissions sees it, if there is a way to make one. */
  readonly restrictedUrl: string | undefined;
  /** A broker that is short of memory, if there is one. */
  readonly alarmedUrl: string | undefined;
  /** A broker that may be stopped, and the command that does it, if there is one. */
  readonly shutdown: { readonly url: string; readonly command: string } | undefined;
  /** What went wrong with the brokers themselves. */
  problem(): string | undefined;
  close(): Promise<void>;
}

function asUser(url: string): string {
  const result = new URL(url);
  result.username = RESTRICTED.user;
  result.password = RESTRICTED.password;
  return result.href;
}

/** Fills a broker's memory beyond a watermark of 1 MB with a message nobody fetches. */
async function exhaust(url: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  await channel.assertQueue('ballast');
  channel.sendToQueue('ballast', Buffer.alloc(4_000_000));
  const blocked = new Promise((resolve) => {
    connection.once('blocked', resolve);
  });
  const limit = new Promise((resolve) => {
    setTimeout(resolve, 2000);
  });
  await Promise.race([blocked, limit]);
  await connection.close();
}

/** Leverets of our own. */
export async function startLeveret(root: string): Promise<Surroundings> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-'));
  const config = join(folder, 'restricted.conf');
  writeFileSync(
    config,
    [
      `default_user = ${RESTRICTED.user}`,
      `default_pass = ${RESTRICTED.password}`,
      `default_permissions.configure = ${MINE}`,
      `default_permissions.read = ${MINE}`,
      `default_permissions.write = ${MINE}`,
      '',
    ].join('\n'),
  );
  const main = await Leveret.start(root, []);
  const restricted = await Leveret.start(root, ['--config', config]);
  const alarmed = await Leveret.start(root, ['--memory-high-watermark', '1MB']);
  await exhaust(alarmed.url);
  const mortal = await Leveret.start(root, []);
  const all = [main, restricted, alarmed];
  return {
    url: main.url,
    restrictedUrl: asUser(restricted.url),
    alarmedUrl: alarmed.url,
    shutdown: { url: mortal.url, command: `kill -TERM ${mortal.pid}` },
    problem: () => (all.every((one) => one.running) ? undefined : 'Leveret has ended'),
    close: async () => {
      for (const one of [...all, mortal]) await one.stop();
    },
  };
}

/** A request to the management API of a RabbitMQ; whether it was obeyed. */
async function manage(
  base: URL,
  method: string,
  path: string,
  body?: Record<string, unknown>,
): Promise<boolean> {
  const { username, password } = base;
  const address = new URL(`/api/${path}`, base);
  address.username = '';
  address.password = '';
  const login = Buffer.from(`${username || 'guest'}:${password || 'guest'}`).toString('base64');
  try {
    const response = await fetch(address, {
      method,
      headers: { authorization: `Basic ${login}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.ok;
  } catch {
    return false;
  }
}

/** The broker at a URL; MANAGEMENT_URL, ALARMED_AMQP_URL, SHUTDOWN_AMQP_URL tell the rest. */
export async function useBroker(url: string): Promise<Surroundings> {
  const { hostname, port, username, password } = new URL(url);
  const guess = `http://${username}:${password}@${hostname}:${Number(port || 5672) + 10_000}`;
  const base = new URL(process.env['MANAGEMENT_URL'] ?? guess);
  const made =
    (await manage(base, 'PUT', `users/${RESTRICTED.user}`, {
      password: RESTRICTED.password,
      tags: '',
    })) &&
    (await manage(base, 'PUT', `permissions/%2F/${RESTRICTED.user}`, {
      configure: MINE,
      write: MINE,
      read: MINE,
    }));
  const { SHUTDOWN_AMQP_URL: mortal, SHUTDOWN_COMMAND: command } = process.env;
  return {
    url,
    restrictedUrl: made ? asUser(url) : undefined,
    alarmedUrl: process.env['ALARMED_AMQP_URL'],
    shutdown: mortal === undefined || command === undefined ? undefined : { url: mortal, command },
    problem: () => undefined,
    close: async () => {
      if (made) await manage(base, 'DELETE', `users/${RESTRICTED.user}`);
    },
  };
}
