// What the commands find: objects of every sort in a vhost of the suite's own, and people at work.

import { type ChannelModel, connect } from 'amqplib';
import { type Broker, eventually, must, request } from './broker.ts';

export const VHOST = 'rabbitmqadmin';
const USERS = ['worker', 'watcher', 'leaver-1', 'leaver-2', 'leaver-3', 'leaver-4'];

const all = { configure: '.*', write: '.*', read: '.*' };

async function declareObjects(broker: Broker): Promise<void> {
  const put = (path: string, body: object) => must(broker, 'PUT', path, body);
  await put(`vhosts/${VHOST}`, { description: 'of the suite', tags: 'one,two' });
  for (const name of USERS) {
    await put(`users/${name}`, {
      password: 'secret',
      tags: name === 'watcher' ? 'monitoring' : '',
    });
    await put(`permissions/${VHOST}/${name}`, all);
  }
  await put(`permissions/${VHOST}/guest`, all);
  await put(`exchanges/${VHOST}/events`, { type: 'topic', durable: true });
  await put(`exchanges/${VHOST}/copies`, {
    type: 'fanout',
    durable: true,
    arguments: { 'alternate-exchange': 'events' },
  });
  await put(`queues/${VHOST}/orders`, { durable: true, arguments: { 'x-max-length': 100 } });
  await put(`queues/${VHOST}/jobs`, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await put(`queues/${VHOST}/work`, { durable: true });
  await must(broker, 'POST', `bindings/${VHOST}/e/events/q/orders`, { routing_key: 'order.#' });
  await must(broker, 'POST', `bindings/${VHOST}/e/events/q/jobs`, {
    routing_key: 'job.*',
    arguments: { note: 'x' },
  });
  await must(broker, 'POST', `bindings/${VHOST}/e/copies/e/events`, { routing_key: '' });
  await put(`policies/${VHOST}/short`, {
    pattern: '^work$',
    definition: { 'max-length': 50 },
    'apply-to': 'queues',
    priority: 3,
  });
  await put(`operator-policies/${VHOST}/small`, {
    pattern: '^orders$',
    definition: { 'max-length': 80 },
    'apply-to': 'queues',
  });
  await put(`vhost-limits/${VHOST}/max-queues`, { value: 200 });
  await put('user-limits/worker/max-connections', { value: 50 });
  await put('global-parameters/suite-note', { value: { colour: 'green' } });
}

/** The connections, by the names that they gave themselves. */
export interface Topology {
  /** The broker's name of a connection. */
  connectionName(given: string): string;
  /** Waits until a connection was closed by the broker. */
  closed(given: string): Promise<void>;
  remove(): Promise<void>;
}

interface Open {
  readonly connection: ChannelModel;
  readonly closed: Promise<void>;
}

async function open(broker: Broker, user: string, given: string): Promise<Open> {
  const url = new URL(broker.amqp);
  url.username = user;
  url.password = 'secret';
  url.pathname = `/${VHOST}`;
  const connection = await connect(url.href, { clientProperties: { connection_name: given } });
  connection.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    connection.once('close', () => resolve());
  });
  return { connection, closed };
}

/** One channel that publishes, one that consumes and keeps a message to itself. */
async function startWork(connection: ChannelModel): Promise<void> {
  const publisher = await connection.createConfirmChannel();
  for (const queue of ['orders', 'orders', 'orders', 'jobs', 'jobs', 'work', 'work']) {
    publisher.sendToQueue(queue, Buffer.from(`for ${queue}`), {
      persistent: true,
      contentType: 'text/plain',
      headers: { origin: 'suite' },
    });
  }
  await publisher.waitForConfirms();
  const consumer = await connection.createChannel();
  await consumer.prefetch(1);
  await consumer.consume('work', () => undefined, { consumerTag: 'at-work' });
}

interface Listed {
  readonly name?: string;
  readonly messages?: number;
  readonly channels?: number;
  readonly user_provided_name?: string;
}

async function list(broker: Broker, path: string): Promise<readonly Listed[]> {
  const { body } = await request(broker, 'GET', path);
  return Array.isArray(body) ? body : [];
}

/** RabbitMQ's statistics come some seconds after what they tell of. */
async function seen(broker: Broker, connections: number): Promise<Map<string, string>> {
  return eventually('all is listed', async () => {
    const open = await list(broker, `vhosts/${VHOST}/connections`);
    const queues = await list(broker, `queues/${VHOST}`);
    const consumers = await list(broker, `consumers/${VHOST}`);
    const channels = await list(broker, `vhosts/${VHOST}/channels`);
    const messages = queues.map((queue) => queue.messages ?? -1).sort();
    const worker = open.find((each) => each.user_provided_name === 'worker');
    const ready =
      open.length === connections &&
      open.every((each) => each.user_provided_name !== undefined) &&
      worker?.channels === 2 &&
      channels.length === 2 &&
      channels.every((each) => 'message_stats' in each) &&
      consumers.length === 1 &&
      messages.join() === '2,2,3';
    if (!ready) return undefined;
    return new Map(open.map((each) => [each.user_provided_name ?? '', each.name ?? '']));
  });
}

async function removeObjects(broker: Broker): Promise<void> {
  for (const name of ['', '-declared', '-new', '-imported', '-a', '-b']) {
    await request(broker, 'DELETE', `vhosts/${VHOST}${name}`);
  }
  for (const name of USERS) await request(broker, 'DELETE', `users/${name}`);
  await request(broker, 'DELETE', 'global-parameters/suite-note');
}

export async function setUp(broker: Broker): Promise<Topology> {
  await removeObjects(broker);
  await declareObjects(broker);
  const connections = new Map<string, Open>();
  for (const name of USERS.filter((user) => user !== 'watcher')) {
    connections.set(name, await open(broker, name, name));
  }
  const worker = connections.get('worker');
  if (worker === undefined) throw new Error('nobody works');
  await startWork(worker.connection);
  const names = await seen(broker, connections.size);
  return {
    connectionName: (given) => names.get(given) ?? '',
    closed: async (given) => {
      const late = AbortSignal.timeout(10_000);
      await Promise.race([
        connections.get(given)?.closed,
        new Promise((_resolve, reject) => {
          late.addEventListener('abort', () => reject(new Error(`${given} is still connected`)));
        }),
      ]);
      connections.delete(given);
    },
    remove: async () => {
      for (const { connection } of connections.values()) await connection.close();
      await removeObjects(broker);
    },
  };
}
