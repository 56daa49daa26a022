import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterReads } from '../kit/clock.ts';
import { RECEIVE_AT, RECEIVE_BYTES, u8, view } from '../kit/memory.ts';
import type { PeerIdentity } from '../kit/peer-identity.ts';
import type { Endpoint, Receiver, TlsDetails, Transport } from '../kit/transport.ts';
import { peerIdentity, tlsDetails } from './peer-certificate.ts';
import { readShared } from './shared-read.ts';
import type { WayGiver, WayGivers } from './way-givers.ts';

/** How a socket is read: `shared` is the fast way, `data` works with every kind of socket. */
export type ReadMode = 'shared' | 'data';

/** A socket as a Transport. Until `attach`, nothing is read from it. */
export class SocketTransport implements Transport, WayGiver {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly tls: TlsDetails | undefined;
  readonly peerIdentity: PeerIdentity | undefined;
  readonly #socket: Socket;
  #receiver: Receiver | undefined = undefined;
  #inFlight = 0;
  #paused = false;
  // It lets others be read first.
  #resting = false;
  #closed = false;

  readonly #readAgain = (): void => this.readAgain();
  readonly #wayGivers: WayGivers;
  // Of TLS: there no write is done at once, and `drain` comes after a lot of them only.
  readonly #sent: ((error?: Error | null) => void) | undefined;

  constructor(accepted: Socket, mode: ReadMode, wayGivers: WayGivers) {
    this.#wayGivers = wayGivers;
    const shared =
      mode === 'shared' ? readShared(accepted, (bytes) => this.#received(bytes)) : undefined;
    this.#socket = shared ?? accepted;
    if (shared === undefined) accepted.on('data', (chunk: Buffer) => this.#data(chunk));
    this.remote = endpoint(this.#socket.remoteAddress, this.#socket.remotePort);
    this.local = endpoint(this.#socket.localAddress, this.#socket.localPort);
    const secure = accepted instanceof TLSSocket ? accepted : undefined;
    this.tls = secure && tlsDetails(secure);
    this.peerIdentity = secure && identityOf(secure);
    this.#sent = secure && ((error) => this.#freed(error));
    this.#socket.pause();
  }

  /** Begins to read. */
  attach(receiver: Receiver): void {
    this.#receiver = receiver;
    const socket = this.#socket;
    let cause: string | undefined;
    socket.on('error', (error) => {
      cause = error.message;
    });
    if (this.#sent === undefined) socket.on('drain', () => this.#drained());
    // The client sends no more; it may still read what it has asked for.
    socket.on('end', () => afterReads(() => this.#ended()));
    socket.on('close', () => this.#close(cause));
    socket.resume();
  }

  write(start: number, end: number): boolean {
    const socket = this.#socket;
    if (this.#closed || socket.destroyed) return true;
    if (this.#sent !== undefined) {
      socket.write(view(start, end), this.#sent);
      return false;
    }
    socket.write(view(start, end));
    if (socket.writableLength === 0) return true;
    this.#inFlight += 1;
    return false;
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#resting) this.#socket.resume();
  }

  giveWay(): void {
    if (this.#resting) return;
    this.#rest();
    this.#wayGivers.add(this);
  }

  /** Its rest is over. */
  readAgain(): void {
    this.#resting = false;
    if (!this.#paused && !this.#closed) this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #received(bytes: number): void {
    this.#wayGivers.noteRead();
    this.#receiver?.received(RECEIVE_AT, RECEIVE_AT + bytes);
    // libuv would go on reading a busy socket many times before it looks at the others.
    if (bytes < RECEIVE_BYTES || this.#resting) return;
    this.#rest();
    afterReads(this.#readAgain);
  }

  #data(chunk: Buffer): void {
    this.#wayGivers.noteRead();
    for (let at = 0; at < chunk.length; at += RECEIVE_BYTES) {
      const piece = chunk.subarray(at, at + RECEIVE_BYTES);
      u8.set(piece, RECEIVE_AT);
      this.#receiver?.received(RECEIVE_AT, RECEIVE_AT + piece.length);
    }
  }

  #rest(): void {
    this.#resting = true;
    this.#socket.pause();
  }

  #freed(error: Error | null | undefined): void {
    if (!error) this.#receiver?.written();
  }

  #drained(): void {
    if (this.#socket.writableLength > 0) return;
    // What is told may write anew.
    const done = this.#inFlight;
    this.#inFlight = 0;
    for (let i = 0; i < done; i++) this.#receiver?.written();
  }

  #ended(): void {
    if (this.#socket.writableEnded || this.#closed) return;
    this.#close(undefined);
    this.#socket.destroy();
  }

  #close(cause: string | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#receiver?.closed(cause);
  }
}

// Who gave a bad certificate is not here any more; without verification, none is asked for.
function identityOf(socket: TLSSocket): PeerIdentity | undefined {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return certificate && peerIdentity(certificate);
}

function endpoint(address: string | undefined, port: number | undefined): Endpoint {
  return { address: (address ?? 'unknown').replace(/^::ffff:/, ''), port: port ?? 0 };
}
