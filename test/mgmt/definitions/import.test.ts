import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import type { JsonObject } from '../../../src/kit/json.ts';
import { type Logger, silentLogger } from '../../../src/kit/logger.ts';
import { DefinitionsError } from '../../../src/mgmt/definitions/definitions-error.ts';
import { importDefinitions } from '../../../src/mgmt/definitions/import.ts';
import { MemoryNode } from '../../kit/memory-node.ts';

const HASH = 'AQIDBLhvzAEdHjGn';

let node: MemoryNode;
let broker: Broker;
beforeEach(() => {
  node = new MemoryNode();
  ({ broker } = node);
});
afterEach(() => node.close());

function refusalOf(definitions: JsonObject, vhost?: string): string {
  try {
    importDefinitions(broker, definitions, vhost === undefined ? {} : { vhost });
  } catch (error) {
    if (error instanceof DefinitionsError) return error.message;
    throw error;
  }
  throw new Error('it was imported');
}

function queueNames(vhost = '/'): readonly string[] {
  return [...(broker.vhosts.get(vhost)?.queues.keys() ?? [])];
}

it.each([
  ['3.5.7', 'md5'],
  ['3.6.0', 'sha256'],
  ['4.3.6', 'sha256'],
  [undefined, 'sha256'],
])('takes a hash of RabbitMQ %s without an algorithm for one of %s', (version, algorithm) => {
  const users = [{ name: 'ann', password_hash: HASH, tags: 'a,b' }];
  importDefinitions(broker, { ...(version && { rabbit_version: version }), users });
  expect(broker.users.get('ann')).toMatchObject({
    passwordHash: { algorithm, text: HASH },
    tags: ['a', 'b'],
  });
});

it('takes what older versions said of administrators', () => {
  importDefinitions(broker, { users: [{ name: 'ann', administrator: true, password_hash: HASH }] });
  expect(broker.users.get('ann')?.tags).toEqual(['administrator']);
});

it('keeps limits of users that come with them', () => {
  const limits = { 'max-channels': 4 };
  const user = { name: 'ann', tags: [], password_hash: '' };
  importDefinitions(broker, { users: [{ ...user, limits }] });
  importDefinitions(broker, { users: [user] });
  expect(broker.users.get('ann')?.limits).toEqual({ maxChannels: 4 });
  importDefinitions(broker, { users: [{ ...user, limits: [] }] });
  expect(broker.users.get('ann')?.limits).toEqual({});
});

it('lets whoever imports do everything in new vhosts, and the server itself leave them alone', () => {
  importDefinitions(broker, { vhosts: [{ name: 'a' }] }, { user: 'guest' });
  importDefinitions(broker, { vhosts: [{ name: 'b' }] });
  expect(broker.permissions.mayAccessVhost('guest', 'a')).toBe(true);
  expect(broker.permissions.mayAccessVhost('guest', 'b')).toBe(false);
});

it('leaves alone what a vhost of a file says nothing of', () => {
  const metadata = { description: 'd', tags: ['t'], default_queue_type: 'undefined' };
  importDefinitions(broker, { vhosts: [{ name: 'a', metadata }] });
  importDefinitions(broker, { vhosts: [{ name: 'a' }] });
  expect(broker.vhosts.get('a')?.metadata).toMatchObject({
    description: 'd',
    tags: ['t'],
    defaultQueueType: undefined,
  });
});

it('gives queues the type that they are said to have', () => {
  const vhosts = [{ name: 'a', metadata: { default_queue_type: 'quorum' } }];
  const queue = { vhost: 'a', durable: true, auto_delete: false };
  const queues = [
    { ...queue, name: 'untold' },
    { ...queue, name: 'told', type: 'classic' },
    { ...queue, name: 'argued', type: 'classic', arguments: { 'x-queue-type': 'quorum' } },
    { ...queue, vhost: '/', name: 'other', type: 'quorum' },
  ];
  importDefinitions(broker, { vhosts, queues });
  const typeOf = (vhost: string, name: string) =>
    broker.vhosts.get(vhost)?.queues.get(name)?.settings.queueType;
  expect(['untold', 'told', 'argued'].map((name) => typeOf('a', name))).toEqual([
    'quorum',
    'classic',
    'quorum',
  ]);
  expect(typeOf('/', 'other')).toBe('quorum');
});

it('takes a queue for durable unless it is told otherwise, and texts for booleans', () => {
  const queues = [
    { name: 'a', vhost: '/', arguments: [] },
    { name: 'b', vhost: '/', durable: 'false', auto_delete: 'true' },
  ];
  importDefinitions(broker, { queues });
  const found = broker.vhosts.get('/')?.queues;
  expect(found?.get('a')).toMatchObject({ durable: true, autoDelete: false });
  expect(found?.get('b')).toMatchObject({ durable: false, autoDelete: true });
});

it('leaves a queue and an exchange that are there as they are', () => {
  const queue = { name: 'q', vhost: '/' };
  const exchange = { name: 'x', vhost: '/', type: 'topic' };
  importDefinitions(broker, { queues: [queue], exchanges: [exchange] });
  importDefinitions(broker, {
    queues: [{ ...queue, durable: false, arguments: { 'x-max-length': 5 } }],
    exchanges: [{ ...exchange, type: 'fanout' }],
  });
  expect(broker.vhosts.get('/')?.queues.get('q')?.durable).toBe(true);
  expect(broker.vhosts.get('/')?.exchanges.get('x')?.type.name).toBe('topic');
});

it('leaves out what every node has and bindings without their ends, and says so', () => {
  const warnings: object[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => void warnings.push(fields) };
  node.close();
  node = new MemoryNode({ logger });
  const binding = { vhost: '/', source: 'amq.topic', destination_type: 'queue', routing_key: 'k' };
  importDefinitions(node.broker, {
    queues: [{ name: 'amq.gen-1', vhost: '/' }],
    exchanges: [
      { name: 'amq.x', vhost: '/', type: 'topic' },
      { name: '', vhost: '/', type: 'direct' },
    ],
    bindings: [{ ...binding, destination: 'none' }],
  });
  const names = warnings.map((fields) => 'name' in fields && fields.name);
  expect(names).toEqual(['amq.x', '', 'amq.gen-1', 'none']);
  expect(node.broker.vhosts.get('/')?.queues.size).toBe(0);
});

it('goes on behind a bad queue, and tells of the first', () => {
  const queues = [
    { name: 'a', vhost: '/', arguments: { 'x-max-length': -1 } },
    { name: 'b', vhost: '/' },
    { name: 'c', vhost: '/', arguments: { 'x-max-length': null } },
  ];
  const bindings = [
    { vhost: '/', source: 'amq.topic', destination: 'b', destination_type: 'queue' },
  ];
  expect(refusalOf({ queues, bindings })).toBe(
    "precondition_failed: invalid arg 'x-max-length' for queue 'a' in vhost '/': " +
      '{value_negative,-1}',
  );
  expect(queueNames()).toEqual(['b']);
  expect(broker.vhosts.get('/')?.bindings.size).toBe(0);
});

it('stops at a bad policy', () => {
  const good = { vhost: '/', pattern: '', definition: { 'max-length': 1 } };
  const policies = [
    { ...good, name: 'a' },
    { ...good, name: 'b', definition: {} },
    { ...good, name: 'c' },
  ];
  expect(refusalOf({ policies, queues: [{ name: 'q', vhost: '/' }] })).toBe(
    'Validation failed\n\nno policy provided\n (//b)',
  );
  expect(broker.policies.list('policy').map(({ name }) => name)).toEqual(['a']);
  expect(queueNames()).toEqual([]);
});

it.each<[JsonObject, string]>([
  [
    { queues: [{ name: 'q', vhost: 'ghost' }] },
    'Please create virtual host "ghost" prior to importing definitions.',
  ],
  [
    { queues: [{ name: 'q' }] },
    'Virtual host does not exist and is not specified in definitions file.',
  ],
  [{ queues: { a: 1 } }, 'queues should be a list'],
  [{ users: [{ name: 'a' }] }, 'tags_not_present'],
  [{ users: [{ name: 'a', tags: '', password_hash: '!!' }] }, '{not_base64,<<"!!">>}'],
  [{ users: [{ tags: '' }] }, '{key_missing,<<"name">>}'],
  [
    { permissions: [{ user: 'ghost', vhost: '/', configure: '', write: '', read: '' }] },
    '{no_such_user,<<"ghost">>}',
  ],
  [
    { permissions: [{ user: 'guest', vhost: 'ghost', configure: '', write: '', read: '' }] },
    'Please create virtual host "ghost" prior to importing definitions.',
  ],
  [
    { policies: [{ vhost: '/', pattern: 'a', definition: { 'max-length': 1 } }] },
    "policy in virtual host '/' has undefined name",
  ],
  [
    { parameters: [{ vhost: '/', component: 'nonsense', name: 'x', value: {} }] },
    'Validation failed\n\ncomponent nonsense not found\n (//nonsense/x)',
  ],
  [
    { parameters: [{ vhost: '/', component: 'policy', name: 'x', value: {} }] },
    'policies may not be set using this method (//policy/x)',
  ],
  [
    { bindings: [{ vhost: '/', source: 'amq.topic', destination: 'q', destination_type: 'z' }] },
    '{not_a_destination,<<"z">>}',
  ],
  [{ exchanges: [{ vhost: '/', name: 'x' }] }, '{key_missing,<<"type">>}'],
  [
    { exchanges: [{ vhost: '/', name: 'x', type: 'zz' }] },
    "precondition_failed: unknown exchange type 'zz'",
  ],
])('refuses %j', (definitions, reason) => {
  expect(refusalOf(definitions)).toBe(reason);
});

it('imports no queue where not all have room', () => {
  broker.vhostLimits.set('/', 'max-queues', 2);
  const queues = ['a', 'b', 'c'].map((name) => ({ name, vhost: '/' }));
  importDefinitions(broker, { queues: queues.slice(0, 1) });
  expect(refusalOf({ queues })).toBe(
    'Adding 2 queue(s) to virtual host "/" would exceed the limit of 2 queue(s).\n\n' +
      'This virtual host currently has 1 queue(s) defined.\n\nImport aborted!',
  );
  expect(queueNames()).toEqual(['a']);
  importDefinitions(broker, { queues: queues.slice(0, 2) });
  expect(queueNames()).toEqual(['a', 'b']);
});

it('takes limits without members as Erlang writes them', () => {
  const parameter = { vhost: '/', component: 'vhost-limits', name: 'limits', value: [] };
  importDefinitions(broker, { parameters: [parameter] });
  expect(broker.vhostLimits.list('/')).toEqual([{ vhost: '/', limits: {} }]);
});

it('takes only what belongs into a vhost where it imports into one', () => {
  broker.addVhost('a');
  const definitions = {
    users: [{ name: 'ann', tags: '' }],
    vhosts: [{ name: 'b' }],
    global_parameters: [{ name: 'g', value: 1 }],
    queues: [{ name: 'q', vhost: 'elsewhere' }],
  };
  importDefinitions(broker, definitions, { vhost: 'a' });
  expect(queueNames('a')).toEqual(['q']);
  expect(broker.users.get('ann')).toBeUndefined();
  expect(broker.vhosts.has('b')).toBe(false);
  expect(broker.globalParameters.get('g')).toBeUndefined();
});

it('passes over entries that are no objects and categories that it does not know', () => {
  importDefinitions(broker, { queues: [1, null, { name: 'q', vhost: '/' }], moons: [{ a: 1 }] });
  expect(queueNames()).toEqual(['q']);
});
