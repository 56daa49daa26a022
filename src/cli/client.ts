import { codeOf } from '../kit/errors.ts';
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { jsonText, parseJson } from '../kit/json-text.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { type HttpResponse, TimedOut } from './http.ts';

/** Who asks. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** A request that the node has turned down. */
export class Refusal extends CommandError {
  readonly status: number;
  /** The node's own words. */
  readonly reason: string;
  /** All that it answered. */
  readonly body: JsonObject;

  constructor(status: number, answer: Told, code: ExitCode, message: string) {
    super(code, message);
    this.status = status;
    this.reason = answer.reason;
    this.body = answer.body;
  }
}

/** What is in the body of a refusal. */
interface Told {
  readonly error: string;
  readonly reason: string;
  readonly body: JsonObject;
}

/** How requests reach a node. */
export interface Sender {
  send(request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | undefined;
  }): Promise<HttpResponse>;
}

/** The path of a template: what is put into it is encoded. */
export function at(parts: TemplateStringsArray, ...names: readonly string[]): string {
  return parts.map((part, i) => `${part}${encoded(names[i])}`).join('');
}

function encoded(name: string | undefined): string {
  return name === undefined ? '' : encodeURIComponent(name);
}

/**
 * The HTTP API of a node, as one user. What it refuses is thrown as `Refusal`, and whatever keeps it from
 * being asked as `CommandError`.
 */
export class Client {
  readonly #http: Sender;
  readonly #origin: URL;
  readonly #credentials: Credentials;

  constructor(http: Sender, origin: URL, credentials: Credentials) {
    this.#http = http;
    this.#origin = origin;
    this.#credentials = credentials;
  }

  /** Host and port, for people. */
  get where(): string {
    return this.#origin.host;
  }

  get hostname(): string {
    return this.#origin.hostname.replace(/^\[(.*)\]$/, '$1');
  }

  /** The same node, asked by somebody else. */
  as(credentials: Credentials): Client {
    return new Client(this.#http, this.#origin, credentials);
  }

  get(path: string): Promise<JsonValue> {
    return this.#json('GET', path);
  }

  async object(path: string): Promise<JsonObject> {
    const value = await this.get(path);
    if (isJsonObject(value)) return value;
    throw this.#strange(path);
  }

  async list(path: string): Promise<readonly JsonObject[]> {
    const value = await this.get(path);
    if (isJsonList(value)) return value.filter(isJsonObject);
    throw this.#strange(path);
  }

  /** The object at a path; undefined if there is none. */
  async find(path: string): Promise<JsonObject | undefined> {
    try {
      return await this.object(path);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return undefined;
      throw error;
    }
  }

  text(path: string): Promise<string> {
    return this.#ask('GET', path);
  }

  async put(path: string, body: JsonObject): Promise<void> {
    await this.#ask('PUT', path, jsonText(body));
  }

  post(path: string, body: JsonObject): Promise<JsonValue> {
    return this.#json('POST', path, jsonText(body));
  }

  async delete(path: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#ask('DELETE', path, undefined, headers);
  }

  async #json(method: string, path: string, body?: string): Promise<JsonValue> {
    const text = await this.#ask(method, path, body);
    if (text === '') return null;
    try {
      return parseJson(text);
    } catch {
      throw this.#strange(path);
    }
  }

  async #ask(
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { user, password } = this.#credentials;
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    const { status, text } = await this.#send({
      method,
      path: `${this.#origin.pathname.replace(/\/$/, '')}/api${path}`,
      headers: {
        accept: 'application/json',
        authorization: `Basic ${basic}`,
        ...(body === undefined
          ? {}
          : {
              'content-type': 'application/json',
              'content-length': String(Buffer.byteLength(body)),
            }),
        ...headers,
      },
      body,
    });
    if (status >= 200 && status < 300) return text;
    throw this.#refusal(status, text);
  }

  async #send(request: Parameters<Sender['send']>[0]): Promise<HttpResponse> {
    try {
      return await this.#http.send(request);
    } catch (error) {
      throw unreachable(error, this.#origin);
    }
  }

  #refusal(status: number, text: string): Refusal {
    const answer = told(text);
    const { error, reason } = answer;
    const { user } = this.#credentials;
    if (status === 401 && error === 'not_authorised') {
      const message = `User "${user}" may not do that: ${reason}`;
      return new Refusal(status, answer, exitCodes.refused, message);
    }
    if (status === 401) {
      const message = `The node at ${this.where} does not let user "${user}" in with this password`;
      return new Refusal(status, answer, exitCodes.refused, message);
    }
    const said =
      reason === '' ? `The node at ${this.where} answered with status ${status}` : reason;
    if (status === 503) return new Refusal(status, answer, exitCodes.unavailable, said);
    const code = status >= 500 ? exitCodes.software : exitCodes.data;
    return new Refusal(status, answer, code, said);
  }

  #strange(path: string): CommandError {
    const message = `What answers at ${this.where} is no management API: /api${path} is not as it should be`;
    return new CommandError(exitCodes.software, message);
  }
}

function told(text: string): Told {
  const body = objectIn(text);
  const { error, reason = '' } = body;
  return {
    error: typeof error === 'string' ? error : '',
    reason: typeof reason === 'string' ? reason : jsonText(reason),
    body,
  };
}

function objectIn(text: string): JsonObject {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

const causes = new Map<unknown, string>([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'there is no such host'],
  ['EAI_AGAIN', 'the name of the host cannot be looked up'],
  ['EHOSTUNREACH', 'there is no way to that host'],
  ['ENETUNREACH', 'there is no way to that network'],
  ['ECONNRESET', 'it hung up'],
  ['EPROTO', 'it does not speak TLS'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is signed by nobody else; name it by --ca-cert'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'nobody known vouches for its certificate; see --ca-cert'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'nobody known vouches for its certificate; see --ca-cert'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another host'],
]);

function unreachable(error: unknown, { host, protocol }: URL): CommandError {
  const where = `${protocol}//${host}`;
  if (error instanceof TimedOut) {
    return new CommandError(exitCodes.timeout, `${where} does not answer in time`);
  }
  const text = error instanceof Error ? error.message : String(error);
  const why = causes.get(codeOf(error)) ?? text;
  return new CommandError(exitCodes.unavailable, `Cannot reach the node at ${where}: ${why}`);
}
