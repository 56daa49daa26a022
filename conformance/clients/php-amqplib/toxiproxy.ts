// A proxy that tests cut, with as much of Toxiproxy's HTTP API as php-amqplib's tests use: proxies
// are made and removed, and the toxic `timeout` is put on them.

import { createServer as createHttpServer } from 'node:http';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const LOOPBACK = '127.0.0.1';

const description = z.object({
  name: z.string(),
  upstream: z.string(),
  listen: z.string(),
});

const toxic = z.object({
  type: z.literal('timeout'),
  attributes: z.object({ timeout: z.number() }),
});

function portOf(address: string): number {
  return Number(address.split(':').at(-1));
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
}

function closeAfter(milliseconds: number, sockets: readonly Socket[]): void {
  if (milliseconds === 0) return;
  setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, milliseconds);
}

/** One way to the broker. */
class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Undefined unless it lets nothing through. */
  #closesAfter: number | undefined = undefined;

  private constructor(upstream: number) {
    this.#server = createServer((client) => this.#passOn(client, upstream));
  }

  static async open(listen: number, upstream: number): Promise<Proxy> {
    const proxy = new Proxy(upstream);
    await listening(proxy.#server, listen);
    return proxy;
  }

  #passOn(client: Socket, upstream: number): void {
    const broker = createConnection(upstream, LOOPBACK);
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        broker.destroy();
        this.#sockets.delete(socket);
      });
    }
    if (this.#closesAfter === undefined) {
      client.pipe(broker);
      broker.pipe(client);
    } else {
      closeAfter(this.#closesAfter, [client]);
    }
  }

  /**
   * Lets nothing through any more.
   * @param milliseconds after which connections are closed; 0 for never
   */
  stall(milliseconds: number): void {
    this.#closesAfter = milliseconds;
    for (const socket of this.#sockets) socket.unpipe();
    closeAfter(milliseconds, [...this.#sockets]);
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

export class Toxiproxy {
  readonly #server = createHttpServer((request, response) => {
    const end = (status: number): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    };
    const body = request.method === 'POST' ? json(request) : Promise.resolve();
    body
      .then((asked) => this.#answer(request.method ?? '', request.url ?? '', asked))
      .then(end, () => end(500));
  });
  readonly #proxies = new Map<string, Proxy>();

  static async start(): Promise<Toxiproxy> {
    const toxiproxy = new Toxiproxy();
    await listening(toxiproxy.#server, 0);
    return toxiproxy;
  }

  /** Port of the HTTP API. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async #answer(method: string, url: string, body: unknown): Promise<number> {
    const [, , name = '', toxics] = url.split('/');
    if (method === 'POST' && name === '') return this.#make(description.parse(body));
    const proxy = this.#proxies.get(name);
    if (proxy === undefined) return 404;
    if (method === 'DELETE') {
      this.#proxies.delete(name);
      await proxy.close();
      return 204;
    }
    if (method !== 'POST' || toxics !== 'toxics') return 405;
    proxy.stall(toxic.parse(body).attributes.timeout);
    return 200;
  }

  async #make({ name, listen, upstream }: z.infer<typeof description>): Promise<number> {
    if (this.#proxies.has(name)) return 409;
    this.#proxies.set(name, await Proxy.open(portOf(listen), portOf(upstream)));
    return 201;
  }

  async stop(): Promise<void> {
    for (const proxy of this.#proxies.values()) await proxy.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
