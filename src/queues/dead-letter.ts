import type { Properties } from '../codec/properties.ts';
import {
  emptyTable,
  type Field,
  int,
  integerOf,
  longstr,
  type Table,
  textOf,
} from '../codec/table.ts';

/** Where quorum queues tell how often a message has come back. It is the queue's, not the message's. */
export const deliveryCountHeader = 'x-delivery-count';

/** Why a message left a queue without an acknowledgement. */
export type DeadLetterReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

/** One death of a message, as its `x-death` header tells it. */
export interface Death {
  readonly queue: string;
  readonly reason: DeadLetterReason;
  /** The exchange that it had been published to. */
  readonly exchange: string;
  /** The routing key that it had been published with, and those of its CC header. */
  readonly routingKeys: readonly string[];
  /** Seconds since 1970. */
  readonly time: number;
}

/**
 * The properties of a dead letter: `x-death` with this death in front, `x-first-death-…` once,
 * `x-last-death-…` each time, and no expiration, lest it expire again where it goes.
 * The header's shape is RabbitMQ's.
 */
export function deadLetterProperties(properties: Properties, death: Death): Properties {
  const headers = new Map(properties.headers ?? emptyTable);
  headers.delete(deliveryCountHeader);
  const deaths = deathsIn(headers);
  if (deaths === undefined) {
    headers.set('x-first-death-exchange', longstr(death.exchange));
    headers.set('x-first-death-queue', longstr(death.queue));
    headers.set('x-first-death-reason', longstr(death.reason));
  }
  headers.set('x-last-death-exchange', longstr(death.exchange));
  headers.set('x-last-death-queue', longstr(death.queue));
  headers.set('x-last-death-reason', longstr(death.reason));
  const entries = countDeath(grouped(deaths ?? []), death, properties.expiration);
  headers.set('x-death', { type: 'A', value: entries });
  const { expiration: _, ...rest } = properties;
  return { ...rest, headers };
}

/**
 * Whether a message that has died like this would go round for ever if `queue` took it again: it has
 * been there before, and nobody has rejected it since.
 */
export function isCycle(queue: string, headers: Table): boolean {
  for (const entry of deathsIn(headers) ?? []) {
    if (entry.type !== 'F') continue;
    if (textOf(entry.value.get('reason')) === 'rejected') return false;
    if (textOf(entry.value.get('queue')) === queue) return true;
  }
  return false;
}

function deathsIn(headers: Table): readonly Field[] | undefined {
  const field = headers.get('x-death');
  return field?.type === 'A' ? field.value : undefined;
}

// Once there was an entry for each death: those of one queue and reason become one with their number.
function grouped(deaths: readonly Field[]): readonly Field[] {
  const times = new Map<string, number>();
  for (const entry of deaths) times.set(groupOf(entry), (times.get(groupOf(entry)) ?? 0) + 1);
  if (times.size === deaths.length) return deaths;
  const result: Field[] = [];
  for (const entry of deaths) {
    const count = times.get(groupOf(entry));
    if (count === undefined) continue;
    times.delete(groupOf(entry));
    if (entry.type !== 'F' || entry.value.has('count')) result.push(entry);
    else result.push({ type: 'F', value: new Map(entry.value).set('count', int(count)) });
  }
  return result;
}

function groupOf(entry: Field): string {
  if (entry.type !== 'F') return '';
  return JSON.stringify([textOf(entry.value.get('queue')), textOf(entry.value.get('reason'))]);
}

// The same queue and reason again: that entry counts one more and comes to the front.
function countDeath(
  deaths: readonly Field[],
  death: Death,
  expiration: string | undefined,
): readonly Field[] {
  const same = deaths.find((entry) => isSame(entry, death));
  if (same?.type !== 'F') return [newEntry(death, expiration), ...deaths];
  const counted = new Map(same.value);
  // The sender may have forged any number.
  const count = Math.min((integerOf(same.value.get('count')) ?? 0) + 1, Number.MAX_SAFE_INTEGER);
  counted.set('count', int(count));
  return [{ type: 'F', value: counted }, ...deaths.filter((entry) => entry !== same)];
}

function isSame(entry: Field, death: Death): boolean {
  if (entry.type !== 'F') return false;
  const { value } = entry;
  return textOf(value.get('queue')) === death.queue && textOf(value.get('reason')) === death.reason;
}

function newEntry(death: Death, expiration: string | undefined): Field {
  const value = new Map<string, Field>([
    ['count', int(1)],
    ['reason', longstr(death.reason)],
    ['queue', longstr(death.queue)],
    ['time', { type: 'T', value: BigInt(death.time) }],
    ['exchange', longstr(death.exchange)],
    ['routing-keys', { type: 'A', value: death.routingKeys.map((key) => longstr(key)) }],
  ]);
  if (expiration !== undefined) value.set('original-expiration', longstr(expiration));
  return { type: 'F', value };
}
