/** What a script is made of. Everything in it is JSON, so that a script can be kept and run again. */
import type { Properties } from '../kit/content.ts';
import type { MethodName } from '../kit/spec.ts';

/**
 * Arguments of a method, properties of a message. Text that begins with `~` is a name of the
 * script's own: the runner puts a prefix in its place that no other script has.
 */
export type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [name: string]: Plain };
export type Fields = Readonly<Record<string, Plain>>;

/** A channel: the runner opens it, and its connection, where they are not open. */
export interface At {
  readonly connection: number;
  readonly channel: number;
}

/** Sends one method, and waits for its answer if it has one. */
export interface MethodStep {
  readonly kind: 'method';
  readonly at: At;
  readonly method: MethodName;
  readonly args: Fields;
}

/** Sends `count` messages at once. */
export interface PublishStep {
  readonly kind: 'publish';
  readonly at: At;
  readonly exchange: string;
  readonly routingKey: string;
  readonly mandatory: boolean;
  readonly properties: Properties;
  /** Bytes of each body, which tells the messages apart; some more where that takes more. */
  readonly size: number;
  readonly count: number;
}

export type SettlingMethod = 'basic.ack' | 'basic.nack' | 'basic.reject';

/** Settles a delivery that the channel holds; nothing happens when it holds none. */
export interface SettleStep {
  readonly kind: 'settle';
  readonly at: At;
  readonly method: SettlingMethod;
  /** Which of the deliveries held, oldest first and round again; `all` is delivery tag 0. */
  readonly which: number | 'all';
  readonly multiple: boolean;
  readonly requeue: boolean;
}

/** Settles what cannot be settled: what was settled before, or a tag that was never given. */
export interface StrayStep {
  readonly kind: 'stray';
  readonly at: At;
  readonly method: SettlingMethod;
  readonly what: 'settled' | 'unknown';
  readonly multiple: boolean;
}

/** Declares a queue that expires soon, and consumes from it before it can. */
export interface ExpiringStep {
  readonly kind: 'expiring';
  readonly at: At;
  readonly queue: string;
  readonly arguments: Fields;
  readonly consumerTag: string;
}

/** Ends a connection: as the protocol wants it, or by dropping the socket. */
export interface EndStep {
  readonly kind: 'end';
  readonly connection: number;
  readonly abrupt: boolean;
}

export type Step = MethodStep | PublishStep | SettleStep | StrayStep | ExpiringStep | EndStep;
export type Script = readonly Step[];

/** Milliseconds up to which a time is short: whoever sets one waits until it is over. */
const SHORT_MAX = 1000;

const short = (value: Plain | undefined): number =>
  typeof value === 'number' && value > 0 && value <= SHORT_MAX ? value : 0;

/** The arguments that a step gives a queue, and otherwise none. */
export function tableOf(step: Step): Fields {
  if (step.kind === 'expiring') return step.arguments;
  if (step.kind !== 'method' || step.method !== 'queue.declare') return {};
  const table = step.args['arguments'] ?? {};
  return typeof table === 'object' && table !== null && !Array.isArray(table)
    ? (table as Fields)
    : {};
}

/** Milliseconds until everything that this step makes temporary is over; 0 if it does not end soon. */
export function shortTimeOf(step: Step): number {
  if (step.kind === 'publish') return short(Number(step.properties.expiration ?? 0));
  const table = tableOf(step);
  return short(table['x-message-ttl']) + short(table['x-expires']);
}
