import type { User } from '../auth/users.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { JsonObject } from '../kit/json.ts';
import { parseJson } from '../kit/json-text.ts';
import { hasRight, type Right } from './access.ts';
import type { Context } from './context.ts';
import type { Call } from './endpoint.ts';
import { type Ranges, rangesOf } from './history/ranges.ts';
import { badRequest, HttpError, notFound } from './http-error.ts';

/** What came over HTTP. */
export interface Incoming {
  readonly context: Context;
  /** undefined where anybody may ask. */
  readonly user: User | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly address: string;
}

const DOUBLY_ENCODED =
  'invalid payload: the request body JSON-decoded to a string. ' +
  'Is the input doubly-JSON-encoded?';

/** One request, read as far as its handler asks. */
export class HttpCall implements Call {
  readonly context: Context;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  readonly address: string;
  readonly #user: User | undefined;
  readonly #headers: Incoming['headers'];

  constructor(incoming: Incoming) {
    this.context = incoming.context;
    this.params = incoming.params;
    this.query = incoming.query;
    this.body = incoming.body;
    this.address = incoming.address;
    this.#user = incoming.user;
    this.#headers = incoming.headers;
  }

  get user(): User {
    if (this.#user === undefined) throw new Error('anybody may ask, so nobody is known');
    return this.#user;
  }

  get contentType(): string {
    return this.header('content-type') ?? '';
  }

  get ranges(): Ranges {
    return rangesOf(this.query);
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return typeof value === 'string' ? value : value?.[0];
  }

  json(): JsonObject {
    const text = Buffer.from(this.body).toString();
    if (/^\s*(?:null|undefined)?\s*$/.test(text)) return {};
    const value = parsed(text);
    if (typeof value === 'string') throw badRequest(DOUBLY_ENCODED);
    if (!isObject(value)) throw badRequest('not_json');
    return value;
  }

  get vhosts(): readonly VirtualHost[] {
    const only = this.header('x-vhost') ?? '';
    return [...this.context.broker.vhosts.values()].filter(
      (vhost) => (only === '' || vhost.name === only) && this.#sees(vhost),
    );
  }

  get vhost(): VirtualHost {
    const vhost = this.context.broker.vhosts.get(this.params['vhost'] ?? '');
    if (vhost === undefined) throw notFound();
    if (!this.#sees(vhost)) throw new HttpError(404, 'not_found', 'Not Found', true);
    return vhost;
  }

  may(right: Right): boolean {
    return hasRight(this.user, right);
  }

  // Whoever watches the node sees every vhost of it.
  #sees(vhost: VirtualHost): boolean {
    const { permissions } = this.context.broker;
    return this.may('monitoring') || permissions.mayAccessVhost(this.user.name, vhost.name);
  }
}

// What a reader of JSON gives is made of nothing but JSON's values.
function isObject(parsed: unknown): parsed is JsonObject {
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw badRequest('not_json');
  }
}
