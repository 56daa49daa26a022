/** Whom alarms concern. */
export interface Blockable {
  block(reason: string): void;
  unblock(): void;
}

/** What may be wrong; more than one thing at a time. */
export type AlarmKind =
  /** Nothing becomes durable any more. */
  | 'failure'
  /** The log does not get on for want of room. */
  | 'log'
  | 'disk'
  | 'memory';

/** A short string's length: connection.blocked has one for its reason. */
const REASON_BYTES_MAX = 255;

/**
 * Why publishers have to wait. They are blocked when the first alarm is raised and go on when the last
 * is cleared; of what changes in between they are told nothing, as with RabbitMQ.
 */
export class AlarmSet {
  readonly #connections: Iterable<Blockable>;
  // What is known of each, or nothing but that it is there ('').
  readonly #raised = new Map<AlarmKind, string>();

  constructor(connections: Iterable<Blockable>) {
    this.#connections = connections;
  }

  /** All that is wrong, for people; undefined when nothing is. */
  get reason(): string | undefined {
    return this.#raised.size === 0 ? undefined : reasonOf(this.#raised);
  }

  has(kind: AlarmKind): boolean {
    return this.#raised.has(kind);
  }

  /** @param detail what is known of it; replaces what was known before */
  raise(kind: AlarmKind, detail: string): void {
    const known = this.#raised.has(kind);
    this.#raised.set(kind, detail);
    if (known) return;
    // Those that are blocked already keep to what they were told.
    const reason = reasonOf(this.#raised);
    for (const connection of this.#connections) connection.block(reason);
  }

  clear(kind: AlarmKind): void {
    if (!this.#raised.delete(kind) || this.#raised.size > 0) return;
    for (const connection of this.#connections) connection.unblock();
  }
}

// Clients look for RabbitMQ's words: 'low on memory', 'low on disk', 'low on disk & memory'.
function reasonOf(raised: ReadonlyMap<AlarmKind, string>): string {
  const details = (...kinds: AlarmKind[]): string[] =>
    kinds.map((kind) => raised.get(kind) ?? '').filter((detail) => detail !== '');
  const parts: string[] = [];
  if (raised.has('failure')) parts.push(['disk failure', ...details('failure')].join(': '));
  const short: string[] = [];
  if (raised.has('log') || raised.has('disk')) short.push('disk');
  if (raised.has('memory')) short.push('memory');
  if (short.length > 0) {
    const known = details('log', 'disk', 'memory').join('; ');
    parts.push(`low on ${short.join(' & ')}${known === '' ? '' : `: ${known}`}`);
  }
  return shortened(parts.join('; '));
}

function shortened(text: string): string {
  const whole = text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
  if (Buffer.byteLength(whole) <= REASON_BYTES_MAX) return whole;
  const characters = [...whole.slice(0, REASON_BYTES_MAX)];
  while (Buffer.byteLength(characters.join('')) > REASON_BYTES_MAX - 3) characters.pop();
  return `${characters.join('')}...`;
}
