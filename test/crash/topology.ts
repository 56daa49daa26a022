import type { QueueRules } from './rules.ts';

/** A queue, and how it is declared. */
export interface CrashQueue extends QueueRules {
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Where publishers send to, and what is routed from there. */
export interface Target {
  readonly exchange: string;
  readonly key: string;
  readonly queues: readonly string[];
  /** How often it is chosen, beside the others. */
  readonly weight: number;
  readonly kind?: 'priority' | 'expiring';
}

export interface CrashExchange {
  readonly name: string;
  readonly type: 'direct' | 'fanout' | 'topic';
  /** Queues by their binding keys. */
  readonly bindings: readonly (readonly [queue: string, key: string])[];
}

const durable = { durable: true, inOrder: 'all', leaves: [], arguments: {} } as const;

function deadLetterTo(queue: string): Record<string, unknown> {
  return { 'x-dead-letter-exchange': 'dead', 'x-dead-letter-routing-key': queue };
}

const SHORT_TTL_MS = 250;
const CHAIN_TTL_MS = 150;
const DELIVERY_LIMIT = 3;

/** The one queue that ends with its broker. */
export const fleeting: CrashQueue = { ...durable, name: 'fleeting', durable: false };

/** Kept over a restart. */
export const queues: readonly CrashQueue[] = [
  { ...durable, name: 'plain' },
  { ...durable, name: 'fan.1' },
  { ...durable, name: 'fan.2' },
  { ...durable, name: 'fan.3' },
  { ...durable, name: 'topic.1' },
  { ...durable, name: 'topic.2' },
  // Left alone for some rounds at a time.
  { ...durable, name: 'backlog' },
  // Its consumers never settle anything.
  { ...durable, name: 'silent' },
  { ...durable, name: 'priority', arguments: { 'x-max-priority': 5 } },
  {
    ...durable,
    name: 'reject',
    leaves: ['rejected'],
    deadTo: 'reject.dead',
    arguments: deadLetterTo('reject.dead'),
  },
  { ...durable, name: 'reject.dead', inOrder: 'none' },
  {
    ...durable,
    name: 'ttl',
    leaves: ['expired'],
    ttlMs: SHORT_TTL_MS,
    deadTo: 'ttl.dead',
    arguments: { ...deadLetterTo('ttl.dead'), 'x-message-ttl': SHORT_TTL_MS },
  },
  { ...durable, name: 'ttl.dead' },
  {
    ...durable,
    name: 'short',
    leaves: ['maxlen'],
    deadTo: 'short.dead',
    arguments: {
      ...deadLetterTo('short.dead'),
      'x-max-length': 100,
      'x-max-length-bytes': 300_000,
    },
  },
  { ...durable, name: 'short.dead' },
  {
    ...durable,
    name: 'full',
    arguments: { 'x-max-length': 30, 'x-overflow': 'reject-publish' },
  },
  {
    ...durable,
    name: 'quorum',
    counts: true,
    deliveryLimit: DELIVERY_LIMIT,
    leaves: ['delivery_limit', 'rejected'],
    deadTo: 'quorum.dead',
    arguments: {
      ...deadLetterTo('quorum.dead'),
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT,
    },
  },
  { ...durable, name: 'quorum.dead', inOrder: 'none' },
  // Its messages have times of their own.
  { ...durable, name: 'expiring', leaves: ['expired'] },
  {
    ...durable,
    name: 'chain.1',
    leaves: ['expired'],
    ttlMs: CHAIN_TTL_MS,
    deadTo: 'chain.2',
    arguments: { ...deadLetterTo('chain.2'), 'x-message-ttl': CHAIN_TTL_MS },
  },
  {
    ...durable,
    name: 'chain.2',
    leaves: ['maxlen'],
    deadTo: 'chain.3',
    arguments: { ...deadLetterTo('chain.3'), 'x-max-length': 20 },
  },
  { ...durable, name: 'chain.3' },
  { ...durable, name: 'quick', noAck: true },
  // Read and written in transactions.
  { ...durable, name: 'tx' },
];

export const exchanges: readonly CrashExchange[] = [
  {
    name: 'fan',
    type: 'fanout',
    bindings: [
      ['fan.1', ''],
      ['fan.2', ''],
      ['fan.3', ''],
    ],
  },
  {
    name: 'topic',
    type: 'topic',
    bindings: [
      ['topic.1', 'a.#'],
      ['topic.2', '*.*.b'],
    ],
  },
  {
    name: 'dead',
    type: 'direct',
    bindings: queues.flatMap(({ deadTo }) =>
      deadTo === undefined ? [] : [[deadTo, deadTo] as const],
    ),
  },
];

export const targets: readonly Target[] = [
  { exchange: '', key: 'plain', queues: ['plain'], weight: 12 },
  { exchange: 'fan', key: '', queues: ['fan.1', 'fan.2', 'fan.3'], weight: 8 },
  { exchange: 'topic', key: 'a.x.b', queues: ['topic.1', 'topic.2'], weight: 4 },
  { exchange: 'topic', key: 'a', queues: ['topic.1'], weight: 2 },
  { exchange: 'topic', key: 'b.x.b', queues: ['topic.2'], weight: 2 },
  { exchange: '', key: 'backlog', queues: ['backlog'], weight: 4 },
  { exchange: '', key: 'quick', queues: ['quick'], weight: 3 },
  { exchange: '', key: 'silent', queues: ['silent'], weight: 1 },
  { exchange: '', key: 'priority', queues: ['priority'], weight: 6, kind: 'priority' },
  { exchange: '', key: 'reject', queues: ['reject'], weight: 4 },
  { exchange: '', key: 'ttl', queues: ['ttl'], weight: 3 },
  { exchange: '', key: 'short', queues: ['short'], weight: 3 },
  { exchange: '', key: 'full', queues: ['full'], weight: 2 },
  { exchange: '', key: 'quorum', queues: ['quorum'], weight: 5 },
  { exchange: '', key: 'expiring', queues: ['expiring'], weight: 3, kind: 'expiring' },
  { exchange: '', key: 'chain.1', queues: ['chain.1'], weight: 3 },
  { exchange: '', key: 'fleeting', queues: ['fleeting'], weight: 1 },
  { exchange: 'dead', key: 'nowhere', queues: [], weight: 1 },
];

/** What consumers tell the disk's state by: a message that must be logged before it is confirmed. */
export const fenceTarget: Target = { exchange: '', key: 'backlog', queues: ['backlog'], weight: 0 };
