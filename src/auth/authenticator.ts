import type { PeerIdentity } from '../kit/peer-identity.ts';
import { BrokerError } from '../model/broker-error.ts';
import { type CertificateLogin, certificateName } from './certificate-name.ts';
import { LoginAttempts, type LoginProtocol } from './login-attempts.ts';
import type { LoginThrottle, ThrottleOptions } from './login-throttle.ts';
import { isLoopback } from './loopback.ts';
import { type Mechanism, mechanisms } from './mechanisms.ts';
import type { User, Users } from './users.ts';

/** How a login went. */
export type Login =
  | { readonly at: 'accepted'; readonly user: User }
  | {
      readonly at: 'refused';
      /** Whom the client claimed to be. */
      readonly name: string;
      /** For the log; the client is not told. */
      readonly reason: string;
      /** For the client, if it asked to be told (capability `authentication_failure_close`). */
      readonly error: BrokerError;
    };

/** What operators decide about logins. */
export interface LoginSettings {
  /** Whether attempts are counted by source as well. */
  readonly countsSources?: boolean;
  readonly throttle?: ThrottleOptions;
  /** Lets clients in by their certificates (EXTERNAL), which name the user so. */
  readonly certificates?: CertificateLogin | undefined;
  /** Names of those that may be used beside EXTERNAL; all unless given. */
  readonly mechanisms?: readonly string[] | undefined;
}

export interface AuthenticatorOptions extends Pick<LoginSettings, 'certificates' | 'mechanisms'> {
  /** The names that may come from this machine only. */
  readonly loopbackUsers?: Iterable<string>;
  /** Where logins are counted. */
  readonly attempts?: LoginAttempts;
  /** Without it, everybody may try as often as they like. */
  readonly throttle?: LoginThrottle;
}

// RFC 4422, appendix A: the client has proved who it is already, by its certificate.
const EXTERNAL = 'EXTERNAL';

/** Decides who comes in. */
export class Authenticator {
  readonly #users: Users;
  readonly #loopbackUsers: ReadonlySet<string>;
  readonly #attempts: LoginAttempts;
  readonly #throttle: LoginThrottle | undefined;
  readonly #certificates: CertificateLogin | undefined;
  readonly #mechanisms: readonly Mechanism[];

  constructor(users: Users, options: AuthenticatorOptions = {}) {
    this.#users = users;
    this.#loopbackUsers = new Set(options.loopbackUsers);
    this.#attempts = options.attempts ?? new LoginAttempts();
    this.#throttle = options.throttle;
    this.#certificates = options.certificates;
    const { mechanisms: allowed } = options;
    this.#mechanisms = mechanisms.filter(({ name }) => allowed?.includes(name) ?? true);
  }

  /** The mechanisms as `connection.start` lists them to a client with this certificate, if any. */
  mechanismsFor(peer: PeerIdentity | undefined): string {
    const names = this.#mechanisms.map(({ name }) => name);
    return (this.#takesCertificate(peer) ? [...names, EXTERNAL] : names).join(' ');
  }

  /**
   * Judges the response of a `connection.start-ok` from an address as sockets spell it.
   * @param peer what the client's certificate says, if it has one
   * @throws BrokerError COMMAND_INVALID for a mechanism that was not offered, SYNTAX_ERROR for a
   *   response that cannot be read
   */
  login(mechanism: string, response: Uint8Array, address: string, peer?: PeerIdentity): Login {
    if (mechanism === EXTERNAL && this.#takesCertificate(peer)) {
      return this.#loginWithCertificate(address, peer);
    }
    const known = this.#mechanisms.find(({ name }) => name === mechanism);
    if (known === undefined) {
      throw new BrokerError('COMMAND_INVALID', `unknown authentication mechanism '${mechanism}'`);
    }
    const { name, password } = known.decode(response);
    const authenticate = (): User | undefined => this.#users.authenticate(name, password);
    return this.#judge('amqp091', mechanism, name, address, authenticate);
  }

  /** Judges name and password as HTTP's Basic authentication gives them. */
  loginWithPassword(name: string, password: string, address: string): Login {
    const authenticate = (): User | undefined => this.#users.authenticate(name, password);
    return this.#judge('http', 'PLAIN', name, address, authenticate);
  }

  #takesCertificate(peer: PeerIdentity | undefined): peer is PeerIdentity {
    return peer !== undefined && this.#certificates !== undefined;
  }

  #loginWithCertificate(address: string, peer: PeerIdentity): Login {
    const name = this.#certificates && certificateName(peer, this.#certificates);
    const authenticate = (): User | undefined => this.#users.get(name ?? '');
    return this.#judge('amqp091', EXTERNAL, name ?? '', address, authenticate);
  }

  #judge(
    protocol: LoginProtocol,
    mechanism: string,
    name: string,
    address: string,
    authenticate: () => User | undefined,
  ): Login {
    const fault = this.#faultOf(name, address, authenticate);
    const succeeded = typeof fault !== 'string';
    this.#attempts.add(protocol, address, name, succeeded);
    return succeeded ? { at: 'accepted', user: fault } : refused(mechanism, name, fault);
  }

  // The user, or what is wrong.
  #faultOf(name: string, address: string, authenticate: () => User | undefined): User | string {
    const throttle = this.#throttle;
    if (throttle?.admits(address, name) === false) return 'too many failed logins from there';
    const user = authenticate();
    if (user === undefined) {
      throttle?.failed(address, name);
      return 'invalid credentials';
    }
    if (this.#loopbackUsers.has(name) && !isLoopback(address))
      return 'can only connect via localhost';
    throttle?.succeeded(address, name);
    return user;
  }
}

function refused(mechanism: string, name: string, reason: string): Login {
  const text =
    `Login was refused using authentication mechanism ${mechanism}. ` +
    'For details see the broker logfile.';
  return { at: 'refused', name, reason, error: new BrokerError('ACCESS_REFUSED', text) };
}
