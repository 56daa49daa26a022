import type { Socket } from 'node:net';
import type { PeerCertificate, Server, TLSSocket } from 'node:tls';
import { codeOf } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import type { TlsOptions } from './config-tls.ts';

/** The handshakes of a server of TLS, until they are done: who fails is let go and logged. */
export class TlsHandshakes {
  readonly #options: Pick<TlsOptions, 'verify' | 'failIfNoPeerCert' | 'depth'>;
  readonly #logger: Logger;
  // By the client's address and port.
  readonly #underWay = new Map<string, Socket>();

  /** Attends to all handshakes of a server that does not listen yet. */
  constructor(server: Server, options: TlsOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    server.prependListener('connection', (socket: Socket) => this.#begun(socket));
    // Whoever else listens for it finds the socket destroyed if its client is not to come in.
    server.prependListener('secureConnection', (socket: TLSSocket) => this.#done(socket));
    server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
  }

  /** Ends those that are under way. */
  drop(): void {
    for (const socket of this.#underWay.values()) socket.destroy();
  }

  #begun(socket: Socket): void {
    const key = keyOf(socket);
    this.#underWay.set(key, socket);
    socket.once('close', () => {
      if (this.#underWay.get(key) === socket) this.#underWay.delete(key);
    });
  }

  #done(socket: TLSSocket): void {
    this.#underWay.delete(keyOf(socket));
    const fault = this.#faultOf(socket);
    if (fault === undefined) return;
    // It may be reset before it is gone.
    socket.on('error', () => {});
    this.#log(socket, fault);
    socket.destroy();
  }

  #failed(error: Error, socket: TLSSocket): void {
    const { authorizationError } = socket;
    // Those who check whether a port is open come and go without a word.
    if (!authorizationError && codeOf(error) === 'ECONNRESET') {
      this.#logger.debug({ peer: keyOf(socket) }, 'TLS handshake abandoned');
    } else {
      this.#log(
        socket,
        authorizationError ? certificateFault(authorizationError) : reasonOf(error),
      );
    }
    socket.destroy();
  }

  #log(socket: TLSSocket, reason: string): void {
    this.#logger.warn({ peer: keyOf(socket), reason }, 'TLS handshake failed');
  }

  // What is wrong with the client's certificate; Node.js has verified it, if there is one.
  #faultOf(socket: TLSSocket): string | undefined {
    const { verify, failIfNoPeerCert, depth = Number.POSITIVE_INFINITY } = this.#options;
    if (verify === 'verify_none') return undefined;
    if (socket.getPeerX509Certificate() === undefined) {
      return failIfNoPeerCert ? 'the client has no certificate' : undefined;
    }
    if (!socket.authorized) return certificateFault(socket.authorizationError);
    const between = intermediates(socket.getPeerCertificate(true));
    return between > depth
      ? `${between} certificates between the client's and its root`
      : undefined;
  }
}

function certificateFault(error: unknown): string {
  return `the client's certificate: ${error instanceof Error ? error.message : String(error)}`;
}

function reasonOf(error: Error): string {
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
}

function keyOf({ remoteAddress = 'unknown', remotePort = 0 }: Socket): string {
  return `${remoteAddress.replace(/^::ffff:/, '')}:${remotePort}`;
}

interface ChainLink {
  readonly fingerprint256: string;
  readonly issuerCertificate?: ChainLink;
}

// Node.js has the root refer to itself.
function intermediates(peer: PeerCertificate & ChainLink): number {
  let count = 0;
  for (let link: ChainLink | undefined = peer.issuerCertificate; link !== undefined; count++) {
    const next: ChainLink | undefined = link.issuerCertificate;
    if (next === undefined || next.fingerprint256 === link.fingerprint256) return count;
    link = next;
  }
  return count;
}
