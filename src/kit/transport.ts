import type { PeerIdentity } from './peer-identity.ts';

/** What a connection needs of whatever carries its bytes: a socket, or two ends inside a test. */
export interface Transport {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Of a connection that is encrypted. */
  readonly tls?: TlsDetails | undefined;
  /** Of a client whose certificate is good. */
  readonly peerIdentity?: PeerIdentity | undefined;
  /**
   * Sends bytes of the message memory. True: the range is free again. False: it is in flight, and
   * `Receiver.written` tells when it is free; ranges are freed in the order in which they were sent.
   */
  write(start: number, end: number): boolean;
  /** Stops and starts the flow of received bytes. */
  pause(): void;
  resume(): void;
  /** Lets others be read first, if they have something to say soon. */
  giveWay(): void;
  /** Sends what is in flight, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What TLS knows of a connection, in the words of Erlang, which RabbitMQ's tools show. */
export interface TlsDetails {
  /** `tlsv1.3`. */
  readonly protocol: string;
  /** `aes_256_gcm`. */
  readonly cipher: string;
  /** `ecdhe_rsa`; `any` where the cipher does not say. */
  readonly keyExchange: string;
  /** `sha256`; `aead` where the cipher itself sees to it. */
  readonly hash: string;
  readonly peerSubject: string | undefined;
  readonly peerIssuer: string | undefined;
  /** As RabbitMQ writes it: `2026-01-01T00:00:00Z - 2027-01-01T00:00:00Z`. */
  readonly peerValidity: string | undefined;
}

/** The other side of a Transport. */
export interface Receiver {
  /** Bytes have come; they lie in the message memory until this call returns. */
  received(start: number, end: number): void;
  /** The oldest range in flight is free again. */
  written(): void;
  /** Nothing will come or go any more. */
  closed(cause: string | undefined): void;
}
