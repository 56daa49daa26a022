import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf, authority, request } from './kit/authority.ts';
import {
  type HttpOperation,
  httpOperations,
  httpOutcome,
  httpTopicOperations,
  newerAnswer,
  restoreBound,
} from './kit/http-operations.ts';
import { Peer } from './kit/peer.ts';
import type { PeerChannel } from './kit/peer-channel.ts';
import {
  type Operation,
  operations,
  outcomeOf,
  restore,
  topicOperations,
} from './kit/permission-operations.ts';

// What RabbitMQ 3.10.8 has answered to each operation, and by the initials of their rights, to which
// users. CONFORMANCE_RECORD=1 writes the file anew.
const file = new URL('permissions.json', import.meta.url);
const recording = process.env['CONFORMANCE_RECORD'] === '1';

type Outcomes = Readonly<Record<string, readonly string[]>>;
type Recorded = Record<'amqp' | 'amqpTopics' | 'http' | 'httpTopics', Record<string, Outcomes>>;

const recorded: Recorded = recording
  ? { amqp: {}, amqpTopics: {}, http: {}, httpTopics: {} }
  : JSON.parse(await readFile(file, 'utf8'));
const broker = await authority();
const vhost = 'permission-matrix';
const password = 'secret';
const none = '^$';
const all = '.*';
const rights = ['configure', 'write', 'read'] as const;

type Right = (typeof rights)[number];

/** Users with every set of rights on the vhost, or on the topics in it. */
interface Users {
  readonly prefix: string;
  readonly granted: readonly (readonly Right[])[];
}

const sets: readonly (readonly Right[])[] = Array.from({ length: 8 }, (_, bits) =>
  rights.filter((_right, i) => (bits & (1 << i)) !== 0),
);
const users: Users = { prefix: 'matrix', granted: sets };
const topicUsers: Users = {
  prefix: 'matrix.topic',
  granted: sets.filter((granted) => !granted.includes('configure')),
};

// Only newer ones say which permission lacks.
const NAMED = /ACCESS_REFUSED - (configure|write|read) access/;

const initials = (granted: readonly Right[]) =>
  rights.map((right) => (granted.includes(right) ? right.charAt(0) : '-')).join('');
const patternsOf = (granted: readonly Right[]) => ({
  configure: granted.includes('configure') ? all : none,
  write: granted.includes('write') ? all : none,
  read: granted.includes('read') ? all : none,
});

let admin: Peer;
let desk: PeerChannel;

beforeAll(async () => {
  await broker.removeVhost(vhost);
  await broker.addVhost(vhost);
  const { username, password: secret } = new URL(broker.url);
  admin = await Peer.connect(addressOf(broker.url, username, secret, vhost));
  desk = await admin.channel();
  await restore(desk);
  for (const { prefix, granted } of [users, topicUsers]) {
    for (const each of granted) {
      const user = `${prefix}.${initials(each)}`;
      await broker.addUser(user, password, 'management');
      await broker.permit(user, vhost, patternsOf(prefix === users.prefix ? each : rights));
      if (prefix === users.prefix) continue;
      const { write, read } = patternsOf(each);
      for (const exchange of ['t', 'x']) {
        await broker.permitTopics(user, vhost, exchange, { write, read });
      }
    }
  }
});

afterAll(async () => {
  await admin.close();
  for (const { prefix, granted } of [users, topicUsers]) {
    for (const each of granted) await broker.removeUser(`${prefix}.${initials(each)}`);
  }
  await broker.removeVhost(vhost);
  if (recording) await writeFile(file, `${JSON.stringify(recorded, null, 2)}\n`);
});

const isLeveret = () => 'leveret_version' in (admin.started?.serverProperties ?? {});

/** What each of the users is answered, by the answer. */
async function outcomes(
  { prefix, granted }: Users,
  ask: (user: string) => Promise<string>,
): Promise<Outcomes> {
  const found: Record<string, string[]> = {};
  for (const each of granted) {
    const user = `${prefix}.${initials(each)}`;
    const text = await ask(user);
    // Whoever names the permission that lacks names one that does.
    expect(each, `${user}: ${text}`).not.toContain(NAMED.exec(text)?.[1]);
    const plain = text.replace(NAMED, 'ACCESS_REFUSED - access').replaceAll(user, 'USER');
    found[plain] = [...(found[plain] ?? []), initials(each)];
  }
  return found;
}

function compare(part: keyof Recorded, name: string, found: Outcomes): void {
  if (recording) recorded[part][name] = found;
  expect(found).toEqual(recorded[part][name]);
}

async function overAmqp(user: string, operation: Operation): Promise<string> {
  await restore(desk);
  const peer = await Peer.connect(addressOf(broker.url, user, password, vhost));
  const text = await outcomeOf(peer, operation);
  await peer.close();
  return text;
}

async function overHttp(user: string, { method, path, body }: HttpOperation): Promise<string> {
  await restoreBound(desk);
  const where = path.replace(':vhost', encodeURIComponent(vhost));
  const login = `${user}:${password}`;
  const { status, text } = await request(broker.managementUrl, login, method, where, body);
  return httpOutcome(status, text);
}

describe('over AMQP, with every set of permissions', () => {
  it.each(operations)('$name ends as with RabbitMQ', async (operation) => {
    const found = await outcomes(users, (user) => overAmqp(user, operation));
    compare('amqp', operation.name, found);
  });
});

describe('over AMQP, with every set of permissions on topics', () => {
  it.each(topicOperations)('$name ends as with RabbitMQ', async (operation) => {
    const found = await outcomes(topicUsers, (user) => overAmqp(user, operation));
    compare('amqpTopics', operation.name, found);
  });
});

describe('over HTTP, with every set of permissions', () => {
  it.each(httpOperations)('$name ends as with RabbitMQ', async (operation) => {
    const found = await outcomes(users, (user) => overHttp(user, operation));
    const newer = isLeveret() ? newerAnswer(operation) : undefined;
    if (newer === undefined) compare('http', operation.name, found);
    else expect(found).toEqual({ [newer]: sets.map(initials) });
  });
});

describe('over HTTP, with every set of permissions on topics', () => {
  it.each(httpTopicOperations)('$name ends as with RabbitMQ', async (operation) => {
    const found = await outcomes(topicUsers, (user) => overHttp(user, operation));
    compare('httpTopics', operation.name, found);
  });
});
