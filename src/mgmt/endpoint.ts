import type { User } from '../auth/users.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { JsonObject, JsonValue } from '../kit/json.ts';
import type { Context } from './context.ts';
import type { Ranges } from './history/ranges.ts';
import type { WrittenJson } from './written-json.ts';

/** Who may ask: anybody, or users with a tag that gives the right. */
export type Access = 'anybody' | 'management' | 'policymaker' | 'monitoring' | 'administrator';

/** One request. */
export interface Call {
  readonly context: Context;
  /** Who asks. An endpoint for `anybody` must not look. */
  readonly user: User;
  /** Decoded parts of the path, by the names in the endpoint's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** What the query asks of samples; undefined where it asks for none. @throws HttpError 400 */
  readonly ranges: Ranges;
  /** The body as a JSON object, `{}` when there is none. @throws HttpError 400 */
  json(): JsonObject;
  /** The body as it came. */
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Where it comes from. */
  readonly address: string;
  /** A header's value, by its name in lower case; the first one. */
  header(name: string): string | undefined;
  /** The vhosts that the user may see: `x-vhost` and missing permissions narrow them. */
  readonly vhosts: readonly VirtualHost[];
  /** The vhost in the path (`:vhost`). @throws HttpError 404 where it is not there or not to be seen */
  readonly vhost: VirtualHost;
  /** Whether the user's tags give that access. */
  may(access: Exclude<Access, 'anybody'>): boolean;
}

/** What is answered. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing, a value to be written as JSON, or text as it is. */
  readonly body?: JsonValue | undefined;
  readonly text?: string;
  /** JSON that is written already. */
  readonly written?: WrittenJson;
  /**
   * Makes the answer proper, where that takes longer than others shall wait. Whoever asks the same at
   * about the same time gets the same.
   */
  readonly later?: () => Promise<Answer>;
  /** Said before it was looked at what the client accepts. */
  readonly isEarly?: true;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

/** One path and what can be done there. HEAD and OPTIONS follow by themselves. */
export interface Endpoint {
  /** Below `/api`, such as `/queues/:vhost/:name`. */
  readonly path: string;
  /** For all methods, or for each. */
  readonly access: Access | Partial<Record<Verb, Access>>;
  /** RabbitMQ has JSON alone to offer here: what a client accepts makes no difference. */
  readonly jsonOnly?: true;
  /** A name in the path may be empty: that of the default exchange. */
  readonly mayBeNameless?: true;
  /** RabbitMQ knows no HEAD here. */
  readonly noHead?: true;
  /** A plugin of RabbitMQ answers here, and says nothing of scripts. */
  readonly ofPlugin?: true;
  readonly GET?: Handler;
  readonly PUT?: Handler;
  readonly POST?: Handler;
  readonly DELETE?: Handler;
}

export type Verb = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** In the order in which RabbitMQ lists them. */
export const verbs: readonly Verb[] = ['GET', 'PUT', 'POST', 'DELETE'];

export const created: Answer = { status: 201 };
export const noContent: Answer = { status: 204 };

export function ok(body: JsonValue): Answer {
  return { status: 200, body };
}
