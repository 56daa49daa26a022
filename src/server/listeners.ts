import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type ReadMode, SocketTransport } from './socket-transport.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { WayGivers } from './way-givers.ts';

export interface ListenOptions {
  /** undefined for every address of the machine. */
  readonly host: string | undefined;
  /** 0 for a free one. */
  readonly port: number;
  readonly backlog: number;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly mode: ReadMode;
  /** Without it, everything comes and goes as it is. */
  readonly tls?: ListenerTls | undefined;
}

/** How a listener speaks TLS. */
export interface ListenerTls {
  readonly identity: TlsIdentity;
  readonly handshakeTimeoutMs: number;
}

/** A port that takes connections. */
export interface Listener {
  readonly host: string | undefined;
  readonly port: number;
  /** Who it is to clients that speak TLS; undefined where none is spoken. */
  readonly identity: TlsIdentity | undefined;
  /** Takes no more; resolves when the connections that it took have ended. */
  close(): Promise<void>;
}

/** Listens for connections. @throws the socket's error (EADDRINUSE, EACCES …) */
export async function listen(
  options: ListenOptions,
  connected: (transport: SocketTransport) => void,
): Promise<Listener> {
  const { host, port, backlog, tls } = options;
  const { server, drop } =
    tls === undefined ? plainServer(options, connected) : tlsServer(options, tls, connected);
  await new Promise<void>((resolve, reject) => {
    // It stays: a connection that cannot be accepted (EMFILE) is an error as well, and no end of all.
    server.on('error', reject);
    const where = { port, backlog, ...(host === undefined ? {} : { host }) };
    server.listen(where, resolve);
  });
  const close = (): Promise<void> => {
    const ended = closed(server);
    drop();
    return ended;
  };
  return { host, port: portOf(server, port), identity: tls?.identity, close };
}

interface OpenServer {
  readonly server: Server;
  /** Ends connections of which nobody else knows. */
  drop(): void;
}

function plainServer(
  { noDelay, keepAlive, mode }: ListenOptions,
  connected: (transport: SocketTransport) => void,
): OpenServer {
  const wayGivers = new WayGivers();
  const server = createServer({
    pauseOnConnect: true,
    allowHalfOpen: true,
    noDelay,
    keepAlive,
    highWaterMark: 1,
  });
  server.on('connection', (socket: Socket) => {
    // A connection that is gone before we look at it has no peer.
    socket.on('error', () => {});
    if (socket.remoteAddress === undefined) socket.destroy();
    else connected(new SocketTransport(socket, mode, wayGivers));
  });
  return { server, drop: () => {} };
}

function tlsServer(
  { noDelay, keepAlive }: ListenOptions,
  { identity, handshakeTimeoutMs }: ListenerTls,
  connected: (transport: SocketTransport) => void,
): OpenServer {
  const wayGivers = new WayGivers();
  const secure = identity.serverOptions(handshakeTimeoutMs);
  const server = createTlsServer({ ...secure, allowHalfOpen: true, noDelay, keepAlive });
  const handshakes = identity.follow(server);
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    if (socket.remoteAddress === undefined) socket.destroy();
    if (!socket.destroyed) connected(new SocketTransport(socket, 'data', wayGivers));
  });
  return { server, drop: () => handshakes.drop() };
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : asked;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
