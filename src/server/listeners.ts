import { createServer, type Server, type Socket } from 'node:net';
import { type ReadMode, SocketTransport } from './socket-transport.ts';
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
}

/** A port that takes connections. */
export interface Listener {
  readonly host: string | undefined;
  readonly port: number;
  /** Takes no more; resolves when the connections that it took have ended. */
  close(): Promise<void>;
}

/** Listens for TCP connections. @throws the socket's error (EADDRINUSE, EACCES …) */
export async function listen(
  options: ListenOptions,
  connected: (transport: SocketTransport) => void,
): Promise<Listener> {
  const { host, port, backlog, noDelay, keepAlive, mode } = options;
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
  await new Promise<void>((resolve, reject) => {
    // It stays: a connection that cannot be accepted (EMFILE) is an error as well, and no end of all.
    server.on('error', reject);
    const where = { port, backlog, ...(host === undefined ? {} : { host }) };
    server.listen(where, resolve);
  });
  return { host, port: portOf(server, port), close: () => closed(server) };
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : asked;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
