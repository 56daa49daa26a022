import type { ListenerFacts } from '../mgmt/node-facts.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** Where something listens, and for what. */
export class ListeningPlace implements ListenerFacts {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly backlog: number | undefined;
  readonly noDelay: boolean | undefined;
  readonly #identity: TlsIdentity | undefined;

  constructor(
    protocol: string,
    host: string | undefined,
    port: number,
    more: {
      readonly identity?: TlsIdentity | undefined;
      readonly backlog?: number;
      readonly noDelay?: boolean;
    } = {},
  ) {
    this.protocol = protocol;
    this.address = host ?? '::';
    this.port = port;
    this.backlog = more.backlog;
    this.noDelay = more.noDelay;
    this.#identity = more.identity;
  }

  get tls(): boolean {
    return this.#identity !== undefined;
  }

  // Certificates may have been read anew when somebody asks.
  get expiresAt(): number | undefined {
    return this.#identity?.expiresAt;
  }
}
