import type { User } from '../auth/users.ts';
import type { Context } from './context.ts';
import { HttpError, notAuthorised } from './http-error.ts';

/** Whom a request claims to come from. */
export interface Claim {
  readonly name: string;
  readonly password: string;
}

/** Nobody said who they are: clients that wait for it are asked (RFC 7617 §2). */
export const challenge = { 'www-authenticate': 'Basic realm="RabbitMQ Management"' } as const;

/** Who asks cannot be told: the answer has a challenge and no body. */
export class Unauthenticated extends Error {
  override readonly name = 'Unauthenticated';
}

/**
 * The user whom an `authorization` header proves.
 * @throws Unauthenticated without credentials, HttpError 401 for wrong ones
 */
export function authenticate(context: Context, header: string | undefined, address: string): User {
  const claim = claimOf(header);
  if (claim === undefined) throw new Unauthenticated('no credentials');
  return logIn(context, claim, address);
}

/** @throws HttpError 401 */
export function logIn(context: Context, claim: Claim, address: string): User {
  const login = context.broker.authenticator.loginWithPassword(claim.name, claim.password, address);
  if (login.at === 'accepted') return login.user;
  const fields = { user: claim.name, address, reason: login.reason };
  context.logger.warn(fields, 'Login over HTTP refused');
  // As RabbitMQ: this one is told, since the password was right.
  if (login.reason === 'can only connect via localhost') {
    throw notAuthorised('User can only log in via localhost');
  }
  throw refused();
}

function claimOf(header: string | undefined): Claim | undefined {
  const [scheme = '', credentials = ''] = (header ?? '').split(/ +/, 2);
  // A token proves nothing here, and whoever sends one need not be asked for a password.
  if (scheme.toLowerCase() === 'bearer') throw refused();
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const text = Buffer.from(credentials, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function refused(): HttpError {
  return new HttpError(401, 'not_authorized', 'Not_Authorized', true);
}
