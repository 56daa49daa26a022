/**
 * What a program of this folder prints: one line an observed fact, the volatile parts replaced,
 * so that the text is the same on every broker that behaves the same.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { EventEmitter } from 'node:events';

/** Where the broker under test listens. */
export const url = process.env['AMQP_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672';

const prefix = `node-${randomBytes(5).toString('hex')}`;
const queues = new Set<string>();
const exchanges = new Set<string>();

/** A queue name of this run's own; the queue is deleted when the program ends. */
export function queueName(name: string): string {
  queues.add(`${prefix}.${name}`);
  return `${prefix}.${name}`;
}

/** An exchange name of this run's own; the exchange is deleted when the program ends. */
export function exchangeName(name: string): string {
  exchanges.add(`${prefix}.${name}`);
  return `${prefix}.${name}`;
}

/** The names handed out so far. */
export function names(): { queues: ReadonlySet<string>; exchanges: ReadonlySet<string> } {
  return { queues, exchanges };
}

/** The broker's URL with some parts replaced. */
export function urlWith(parts: {
  username?: string;
  password?: string;
  hostname?: string;
  port?: number;
  pathname?: string;
  search?: string;
}): string {
  const result = new URL(url);
  if (parts.username !== undefined) result.username = parts.username;
  if (parts.password !== undefined) result.password = parts.password;
  if (parts.hostname !== undefined) result.hostname = parts.hostname;
  if (parts.port !== undefined) result.port = String(parts.port);
  if (parts.pathname !== undefined) result.pathname = parts.pathname;
  if (parts.search !== undefined) result.search = parts.search;
  return result.href;
}

/** The URL's parts, for clients that take an object. */
export function target(): {
  hostname: string;
  port: number;
  username: string;
  password: string;
} {
  const { hostname, port, username, password } = new URL(url);
  return {
    hostname,
    port: Number(port || 5672),
    username: decodeURIComponent(username || 'guest'),
    password: decodeURIComponent(password || 'guest'),
  };
}

const VOLATILE: ReadonlyArray<readonly [RegExp, string]> = [
  [/amq\.gen-[\w-]{22}/g, 'amq.gen-*'],
  [/amq\.ctag-[\w-]{22}/g, 'amq.ctag-*'],
  [/amq\.rabbitmq\.reply-to\.[\w+/=.-]{10,}/g, 'amq.rabbitmq.reply-to.*'],
  [/(127\.0\.0\.1|::1|localhost):\d{1,5}/g, 'HOST:PORT'],
  [/connect ECONNREFUSED HOST:PORT/g, 'connect ECONNREFUSED'],
  [/\b(ECONNRESET|EPIPE)\b/g, 'ECONNRESET'],
  // Behind RabbitMQ's words there may be who takes the memory.
  [/low on memory: [^"]*/g, 'low on memory'],
  // Newer brokers say which permission it was.
  [/ACCESS_REFUSED - (configure|write|read) access to/g, 'ACCESS_REFUSED - access to'],
];

function normalise(text: string): string {
  let result = text.replaceAll(prefix, '~');
  for (const [pattern, replacement] of VOLATILE) result = result.replace(pattern, replacement);
  return result;
}

/** Prints one line. */
export function say(text: string): void {
  process.stdout.write(`${normalise(text).replaceAll('\n', '\\n')}\n`);
}

/** Prints a heading, for people who read a difference. */
export function heading(text: string): void {
  say(`# ${text}`);
}

function showBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length > 80) {
    const digest = createHash('sha256').update(buffer).digest('hex').slice(0, 12);
    return `<${buffer.length} bytes ${digest}>`;
  }
  const text = buffer.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(buffer)) return `<${text}>`;
  return `<0x${buffer.toString('hex')}>`;
}

function showError(error: Error): string {
  const extra = ['code', 'classId', 'methodId', 'cause']
    .map((key) => [key, Reflect.get(error, key)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${show(value)}`);
  return `${error.name}: ${error.message}${extra.join('')}`;
}

/** A value as text: keys sorted, undefined members left out, bytes as text or digest. */
export function show(value: unknown): string {
  if (value instanceof Uint8Array) return showBytes(value);
  if (value instanceof ArrayBuffer) return showBytes(new Uint8Array(value));
  if (value instanceof Error) return showError(value);
  if (value instanceof Date) return `Date(${value.toISOString()})`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (value instanceof Map || value instanceof Set) return show([...value]);
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined && typeof member !== 'function')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${key}: ${show(member)}`);
    return `{${members.join(', ')}}`;
  }
  return String(value);
}

/** Does something and prints what came of it; the value, or undefined when it failed. */
export async function attempt<T>(
  label: string,
  action: () => Promise<T> | T,
): Promise<T | undefined> {
  try {
    const result = await action();
    say(`${label} → ${show(result)}`);
    return result;
  } catch (error) {
    say(`${label} ✗ ${show(error)}`);
    return undefined;
  }
}

/** Like `attempt`, for results nobody wants to read: prints `ok`, gives the value, throws on. */
export async function succeed<T>(label: string, action: () => Promise<T> | T): Promise<T> {
  const result = await action();
  say(`${label} → ok`);
  return result;
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** Waits until the condition holds; after the time limit it prints that it never did. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limit = 5000,
): Promise<boolean> {
  const end = Date.now() + limit;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() > end) {
      say(`waited in vain: ${what}`);
      return false;
    }
    await sleep(5);
  }
}

/**
 * Events as they come, printed only when the program says so: frames that share one TCP segment
 * run their listeners before any promise continues, others do not, and the order of the lines
 * must not depend on that.
 */
export class Events {
  readonly #seen: string[] = [];
  #printed = 0;

  record(text: string): void {
    this.#seen.push(text);
  }

  watch(source: EventEmitter, label: string, ...events: string[]): void {
    for (const event of events) {
      source.on(event, (...values: unknown[]) => {
        this.record([label, event, ...values.map(show)].join(' '));
      });
    }
  }

  /** Waits for so many events not yet printed, and prints all there are. */
  async take(count: number): Promise<void> {
    await until(`${count} events`, () => this.#seen.length - this.#printed >= count);
    this.print();
  }

  /** Prints what came and was not printed, sorted if their order is of no importance. */
  print(order: 'as seen' | 'sorted' = 'as seen'): void {
    const fresh = this.#seen.slice(this.#printed);
    this.#printed = this.#seen.length;
    if (order === 'sorted') fresh.sort();
    for (const text of fresh) say(`  event: ${text}`);
  }

  get pending(): number {
    return this.#seen.length - this.#printed;
  }

  /** Like `take`, in alphabetical order. */
  async takeSorted(count: number): Promise<void> {
    await until(`${count} events`, () => this.pending >= count);
    this.print('sorted');
  }

  /** Prints that nothing more came within the time. */
  async silence(milliseconds = 80): Promise<void> {
    await sleep(milliseconds);
    if (this.pending === 0) say('  no event');
    this.print();
  }
}
