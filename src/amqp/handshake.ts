import { vhostRefused } from '../auth/permissions.ts';
import type { User } from '../auth/users.ts';
import type { Broker } from '../broker/broker.ts';
import { checkUserConnections } from '../broker/user-limits.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { ClientMethod, ServerMethod } from '../codec/methods.gen.ts';
import { frameMinSizeBytes } from '../codec/spec.ts';
import { assert } from '../kit/assert.ts';
import type { Timer } from '../kit/clock.ts';
import type { PeerIdentity } from '../kit/peer-identity.ts';
import type { Endpoint } from '../kit/transport.ts';
import { BrokerError } from '../model/broker-error.ts';
import { type Client, clientOf } from './client.ts';
import { serverProperties } from './server-properties.ts';

type State = 'starting' | 'tuning' | 'opening' | 'done';

/** What was agreed on. */
export interface Tuning {
  /** 0 for as many as the protocol has. */
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds; 0 for none. */
  readonly heartbeat: number;
}

/** What a handshake needs of its connection. */
export interface HandshakeHost {
  readonly name: string;
  readonly transport: {
    readonly remote: Endpoint;
    /** What the client's certificate says, if it has one. */
    readonly peerIdentity?: PeerIdentity | undefined;
  };
  client: Client;
  send(method: ServerMethod): void;
  tuned(tuning: Tuning): void;
  opened(vhost: VirtualHost, user: User): void;
  /** Sends connection.close, and waits for the answer so long. */
  turnAway(error: BrokerError, waitMs: number): void;
  /** Nothing is answered any more, and the end comes a little later. */
  quarantine(delayMs: number, cause: string): void;
  abort(cause: string): void;
}

const CHANNEL_MIN = 1;
// 0-9-1 §1.4.2: a peer that fails to log in is kept waiting, and told nothing.
const REFUSAL_MS = 3000;

/** From the protocol header to connection.open-ok (0-9-1 §2.2.4). */
export class Handshake {
  #state: State = 'starting';
  #user: User | undefined = undefined;
  readonly #connection: HandshakeHost;
  readonly #broker: Broker;
  readonly #deadline: Timer;

  constructor(connection: HandshakeHost, broker: Broker) {
    this.#connection = connection;
    this.#broker = broker;
    const { handshakeTimeoutMs } = broker.limits;
    this.#deadline = broker.clock.after(handshakeTimeoutMs, () => {
      this.#connection.abort('handshake timed out');
    });
  }

  /** The protocol header is good. */
  start(): void {
    const { authenticator } = this.#broker;
    const { peerIdentity } = this.#connection.transport;
    this.#connection.send({
      name: 'connection.start',
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: serverProperties(this.#broker.version, this.#broker.clusterName),
      mechanisms: authenticator.mechanismsFor(peerIdentity),
      locales: 'en_US',
    });
  }

  /** Until the client is tuned in, whoever makes a mistake learns nothing from it. */
  get isSilent(): boolean {
    return this.#state === 'starting' || this.#state === 'tuning';
  }

  /** The end of the silence: the socket is closed, a little later. */
  refuse(cause: string): void {
    this.#connection.quarantine(REFUSAL_MS, cause);
  }

  cancel(): void {
    this.#deadline.cancel();
  }

  /** @throws BrokerError */
  handle(method: ClientMethod): void {
    if (this.#state === 'starting' && method.name === 'connection.start-ok') {
      this.#login(
        method.mechanism,
        method.response,
        clientOf(method.clientProperties, method.mechanism),
      );
    } else if (this.#state === 'tuning' && method.name === 'connection.tune-ok') {
      this.#tune(method);
    } else if (this.#state === 'opening' && method.name === 'connection.open') {
      this.#open(method.virtualHost);
    } else {
      throw new BrokerError(
        'CHANNEL_ERROR',
        `unexpected method in connection state ${this.#state}`,
      );
    }
  }

  #login(mechanism: string, response: Uint8Array, client: Client): void {
    const connection = this.#connection;
    connection.client = client;
    const { remote, peerIdentity } = connection.transport;
    const { authenticator } = this.#broker;
    const login = authenticator.login(mechanism, response, remote.address, peerIdentity);
    if (login.at === 'refused') {
      const { name: user, reason } = login;
      this.#broker.logger.warn(
        { connection: connection.name, user, mechanism, reason },
        'Login refused',
      );
      if (client.authenticationFailureClose) connection.turnAway(login.error, REFUSAL_MS);
      else this.refuse('login refused');
      return;
    }
    this.#user = login.user;
    this.#state = 'tuning';
    const { channelMax, frameMax, heartbeat } = this.#broker.limits;
    connection.send({ name: 'connection.tune', channelMax, frameMax, heartbeat });
  }

  #tune(tuning: Tuning): void {
    const { channelMax, frameMax } = this.#broker.limits;
    checkNegotiated('channel_max', CHANNEL_MIN, channelMax, tuning.channelMax);
    checkNegotiated('frame_max', frameMinSizeBytes, frameMax, tuning.frameMax);
    this.#state = 'opening';
    this.#connection.tuned(tuning);
  }

  #open(name: string): void {
    const user = this.#user;
    assert(user !== undefined, 'nobody gets here without a login');
    const vhost = this.#broker.vhosts.get(name);
    if (vhost === undefined) throw new BrokerError('NOT_ALLOWED', `vhost ${name} not found`);
    this.#broker.checkVhostConnections(name, user.name);
    checkUserConnections(this.#broker, user.name);
    if (!this.#broker.permissions.mayAccessVhost(user.name, name)) {
      throw vhostRefused(user.name, name);
    }
    const { connectionMax } = this.#broker.limits;
    if (this.#broker.connections.size >= connectionMax) {
      throw new BrokerError(
        'NOT_ALLOWED',
        `connection refused: node connection limit (${connectionMax}) is reached`,
      );
    }
    this.#state = 'done';
    this.#deadline.cancel();
    this.#connection.opened(vhost, user);
  }
}

// A value of 0 means no limit; it is more than any limit of ours.
function checkNegotiated(field: string, min: number, max: number, asked: number): void {
  if (asked !== 0 && asked < min) throw negotiation(field, asked, 'lower', 'minimum', min);
  if (max !== 0 && (asked === 0 || asked > max)) {
    throw negotiation(field, asked, 'higher', 'maximum', max);
  }
}

function negotiation(
  field: string,
  asked: number,
  compared: string,
  bound: string,
  limit: number,
): BrokerError {
  const detail = field === 'channel_max' && asked === 0 ? ' (no limit)' : '';
  return new BrokerError(
    'NOT_ALLOWED',
    `negotiated ${field} = ${asked}${detail} is ${compared} than the ${bound} allowed value (${limit})`,
  );
}
