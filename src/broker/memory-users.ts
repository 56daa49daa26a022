import { receivingBytes } from '../kit/memory.ts';
import { contentLength } from '../model/record.ts';
import { amount } from './amount.ts';

/** Who may take memory. */
export interface MemoryUsers {
  readonly vhosts: ReadonlyMap<string, { readonly queues: ReadonlyMap<string, QueueUser> }>;
  readonly connections: Iterable<ConnectionUser>;
}

interface QueueUser {
  readonly name: string;
  /** About how much memory the messages take that wait. */
  readonly memoryBytes: number;
  readonly consumers: { readonly count: number };
}

interface ConnectionUser {
  readonly name: string;
  /** Bytes that its client has not taken yet. */
  readonly unsentBytes: number;
  visitRecords(visit: (record: number) => number): void;
}

interface User {
  readonly bytes: number;
  readonly text: () => string;
}

const NAME_CHARACTERS_MAX = 60;

/**
 * One line about who takes most memory; '' when nobody takes any. It looks at every queue and every
 * unsettled delivery.
 * @param overhead bytes that the process takes besides messages
 */
export function largestUser(users: MemoryUsers, overhead: number): string {
  let largest: User = { bytes: 0, text: () => '' };
  for (const user of candidates(users, overhead)) {
    if (user.bytes > largest.bytes) largest = user;
  }
  return largest.text();
}

function* candidates(users: MemoryUsers, overhead: number): Generator<User> {
  yield {
    bytes: overhead,
    text: () => `the broker itself takes ${amount(overhead)} besides messages`,
  };
  const receiving = receivingBytes();
  yield {
    bytes: receiving,
    text: () => `messages that have come in part hold ${amount(receiving)}`,
  };
  for (const connection of users.connections) yield* ofConnection(connection);
  for (const [vhost, { queues }] of users.vhosts) {
    for (const queue of queues.values()) yield ofQueue(queue, vhost);
  }
}

function ofQueue(queue: QueueUser, vhost: string): User {
  const bytes = queue.memoryBytes;
  const { count } = queue.consumers;
  const text = (): string =>
    `queue '${short(queue.name)}' in vhost '${short(vhost)}' holds ${amount(bytes)} in memory, ` +
    `${count} consumer${count === 1 ? '' : 's'}`;
  return { bytes, text };
}

function* ofConnection(connection: ConnectionUser): Generator<User> {
  const { name, unsentBytes } = connection;
  const client = `the client of connection ${short(name)}`;
  yield { bytes: unsentBytes, text: () => `${client} has ${amount(unsentBytes)} not read yet` };
  let unacked = 0;
  connection.visitRecords((record) => {
    unacked += contentLength(record);
    return record;
  });
  yield { bytes: unacked, text: () => `${client} has ${amount(unacked)} not acknowledged` };
}

function short(name: string): string {
  return name.length <= NAME_CHARACTERS_MAX ? name : `${name.slice(0, NAME_CHARACTERS_MAX)}…`;
}
