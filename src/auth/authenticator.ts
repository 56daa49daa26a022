import { BrokerError } from '../model/broker-error.ts';
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

/** Decides who comes in. */
export class Authenticator {
  /** The mechanisms as `connection.start` lists them. */
  readonly mechanisms: string = mechanisms.map(({ name }) => name).join(' ');
  readonly #users: Users;
  readonly #loopbackUsers: ReadonlySet<string>;

  /** `loopbackUsers` are the names that may come from this machine only. */
  constructor(users: Users, loopbackUsers: Iterable<string>) {
    this.#users = users;
    this.#loopbackUsers = new Set(loopbackUsers);
  }

  /**
   * Judges the response of a `connection.start-ok` from an address as sockets spell it.
   * @throws BrokerError COMMAND_INVALID for a mechanism that was not offered, SYNTAX_ERROR for a
   *   response that cannot be read
   */
  login(mechanism: string, response: Uint8Array, address: string): Login {
    const known = mechanisms.find(({ name }) => name === mechanism);
    if (known === undefined) {
      throw new BrokerError('COMMAND_INVALID', `unknown authentication mechanism '${mechanism}'`);
    }
    const { name, password } = known.decode(response);
    const user = this.#users.authenticate(name, password);
    if (user === undefined) return refused(known, name, 'invalid credentials');
    if (this.#loopbackUsers.has(name) && !isLoopback(address)) {
      return refused(known, name, 'can only connect via localhost');
    }
    return { at: 'accepted', user };
  }
}

function refused(mechanism: Mechanism, name: string, reason: string): Login {
  const text =
    `Login was refused using authentication mechanism ${mechanism.name}. ` +
    'For details see the broker logfile.';
  return { at: 'refused', name, reason, error: new BrokerError('ACCESS_REFUSED', text) };
}
