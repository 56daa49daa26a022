import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import {
  createServer as createHttpsServer,
  type Server as HttpsServer,
  type ServerOptions,
} from 'node:https';
import type { FastifyInstance } from 'fastify';
import type { Context } from './context.ts';
import { type ApiOptions, buildApi } from './server.ts';

/** A server of the API. */
export interface ApiServer {
  readonly port: number;
  /** Takes no more requests; resolves when those under way are answered. */
  close(): Promise<void>;
  /** Ends the requests that are still under way. */
  abort(): void;
}

/** Who the server is to clients that speak TLS. */
export interface HttpsIdentity {
  serverOptions(handshakeTimeoutMs: number): ServerOptions;
  /** Tells it of certificates that are read later, and looks at its handshakes. */
  follow(server: HttpsServer): Handshakes;
}

interface Handshakes {
  /** Ends those that are under way. */
  drop(): void;
}

export interface Place {
  /** undefined for every address of the machine. */
  readonly host: string | undefined;
  /** 0 for a free one. */
  readonly port: number;
  /** Speaks HTTPS. */
  readonly identity?: HttpsIdentity | undefined;
}

const TLS_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 1000;

// Nobody keeps a connection for long who sends nothing, or sends it drop by drop.
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 60_000,
} as const;

/** Serves the API. @throws the socket's error (EADDRINUSE, EACCES …) */
export async function serveApi(
  context: Context,
  options: ApiOptions,
  place: Place,
): Promise<ApiServer> {
  return await serveAt(place, buildApi(context, options));
}

/** Serves whatever answers requests. @throws the socket's error (EADDRINUSE, EACCES …) */
export async function serveAt(
  { host, port, identity }: Place,
  app: FastifyInstance,
): Promise<ApiServer> {
  await app.ready();
  const { server, handshakes } = serverOf(identity, app.routing);
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    // It stays: a connection that cannot be accepted (EMFILE) is an error as well, and no end of all.
    server.on('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        handshakes?.drop();
      });
      await app.close();
    },
    abort: () => server.closeAllConnections(),
  };
}

function serverOf(
  identity: HttpsIdentity | undefined,
  serve: FastifyInstance['routing'],
): { readonly server: HttpServer | HttpsServer; readonly handshakes?: Handshakes } {
  if (identity === undefined) return { server: createHttpServer(limits, serve) };
  const server = createHttpsServer({ ...identity.serverOptions(TLS_TIMEOUT_MS), ...limits }, serve);
  return { server, handshakes: identity.follow(server) };
}
