// A node with the API on top, without sockets: requests are functions of it.
import type { FastifyInstance } from 'fastify';
import type { Broker } from '../../src/broker/broker.ts';
import type { VirtualClock } from '../../src/kit/clock.ts';
import type { JsonObject, JsonValue } from '../../src/kit/json.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import type { Context } from '../../src/mgmt/context.ts';
import type { Endpoint } from '../../src/mgmt/endpoint.ts';
import type { History } from '../../src/mgmt/history/history.ts';
import type { NodeFacts } from '../../src/mgmt/node-facts.ts';
import { type ApiOptions, buildApi } from '../../src/mgmt/server.ts';
import { MemoryNode, type NodeOptions } from '../kit/memory-node.ts';

export interface HarnessOptions extends NodeOptions {
  readonly history?: History;
  readonly resetHistory?: () => void;
  readonly node?: Partial<NodeFacts>;
  readonly api?: Partial<ApiOptions>;
  /** Instead of all that there are. */
  readonly endpoints?: readonly Endpoint[];
}

export interface RequestOptions {
  /** A value to send as JSON; text and bytes go as they are. */
  readonly body?: JsonValue | Uint8Array | undefined;
  /** `name:password`, or a name whose password is the same; null for nobody. Default `guest`. */
  readonly user?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it comes from; this machine unless told otherwise. */
  readonly address?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body parsed. */
  readonly json: JsonValue;
  /** The body parsed, as an object. */
  readonly object: JsonObject;
  /** The body parsed, as a list of objects. */
  readonly list: readonly JsonObject[];
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD' | 'OPTIONS' | 'PATCH';

/** A history in which nothing ever happened. */
const noHistory: History = {
  view: () => undefined,
  sum: () => undefined,
  rate: () => 0,
};

const nodeFacts: NodeFacts = {
  name: 'leveret@test',
  version: '0.0.0',
  startedAt: 0,
  pid: 4711,
  runtime: { version: '20.0.0', engine: '11.3', crypto: '3.0.0' },
  processors: 2,
  dataDir: undefined,
  configFiles: [],
  settings: {},
  listeners: () => [
    { protocol: 'amqp', address: '::', port: 5672, tls: false },
    { protocol: 'http', address: '::', port: 15_672, tls: false },
  ],
  memoryStrategy: 'rss',
  memoryTotal: 2_000_000_000,
  memoryUsed: () => 100_000_000,
  memoryLimit: () => 1_000_000_000,
  diskFree: () => 50_000_000_000,
  diskFreeLimit: () => 50_000_000,
  openFiles: () => 20,
  openFilesMax: () => 1024,
  sockets: () => 1,
  memoryParts: () => ({
    heapUsed: 10,
    heapTotal: 20,
    arrayBuffers: 30,
    external: 40,
    rss: 100,
  }),
  collections: () => ({ count: 3, ms: 5 }),
};

/** A broker and its API. `guest` is an administrator. */
export class Harness {
  readonly node: MemoryNode;
  readonly broker: Broker;
  readonly clock: VirtualClock;
  readonly context: Context;
  readonly app: FastifyInstance;

  constructor(options: HarnessOptions = {}) {
    const { history, resetHistory, node, api, endpoints, ...nodeOptions } = options;
    this.node = new MemoryNode(nodeOptions);
    this.broker = this.node.broker;
    this.clock = this.node.clock;
    this.context = {
      broker: this.broker,
      clock: this.clock,
      random: new SeededRandom(3),
      logger: options.logger ?? silentLogger,
      history: history ?? noHistory,
      node: { ...nodeFacts, ...node },
      ratesMode: 'basic',
      resetHistory: resetHistory ?? (() => {}),
    };
    const apiOptions = {
      bodyLimit: 20_000_000,
      origins: { allowed: [], maxAge: 1800 },
      ...api,
    };
    this.app = buildApi(this.context, apiOptions, endpoints);
  }

  /** Asks; the path starts with `/api`. */
  async request(method: Method, path: string, options: RequestOptions = {}): Promise<Reply> {
    const { body, user = 'guest', headers, address = '127.0.0.1' } = options;
    const response = await this.app.inject({
      method,
      url: path,
      headers: { ...(user === null ? {} : { authorization: basic(user) }), ...headers },
      remoteAddress: address,
      ...(body === undefined ? {} : { payload: payloadOf(body) }),
    });
    return new InjectedReply(response.statusCode, response.headers, response.rawPayload);
  }

  get(path: string, options?: RequestOptions): Promise<Reply> {
    return this.request('GET', path, options);
  }

  put(path: string, body?: RequestOptions['body'], options?: RequestOptions): Promise<Reply> {
    return this.request('PUT', path, { body, ...options });
  }

  post(path: string, body?: RequestOptions['body'], options?: RequestOptions): Promise<Reply> {
    return this.request('POST', path, { body, ...options });
  }

  delete(path: string, options?: RequestOptions): Promise<Reply> {
    return this.request('DELETE', path, options);
  }

  /** Adds a user whose password is the name, with permissions in these vhosts. */
  addUser(name: string, tags: readonly string[], vhosts: readonly string[] = []): void {
    this.broker.users.add({ name, password: name, tags });
    for (const vhost of vhosts) {
      this.broker.permissions.set(name, vhost, { configure: '.*', write: '.*', read: '.*' });
    }
  }

  async close(): Promise<void> {
    await this.app.close();
    this.node.close();
  }
}

/** The header that says who asks. */
export function basic(user: string): string {
  const claim = user.includes(':') ? user : `${user}:${user}`;
  return `Basic ${Buffer.from(claim).toString('base64')}`;
}

class InjectedReply implements Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;

  constructor(status: number, headers: object, bytes: Buffer) {
    this.status = status;
    this.headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value && String(value)]),
    );
    this.bytes = bytes;
  }

  get text(): string {
    return this.bytes.toString();
  }

  get json(): JsonValue {
    return JSON.parse(this.text) as JsonValue;
  }

  get object(): JsonObject {
    return this.json as JsonObject;
  }

  get list(): readonly JsonObject[] {
    return this.json as readonly JsonObject[];
  }
}

function payloadOf(body: JsonValue | Uint8Array): string | Buffer {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body);
}
