import type { User } from '../auth/users.ts';
import type { Session } from '../broker/session.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { Call } from './endpoint.ts';
import { notAuthorised } from './http-error.ts';

/** Whoever asks, at work in the vhost of the path for one request: it owns no exclusive queue. */
export class HttpSession implements Session {
  readonly vhost: VirtualHost;
  readonly user: User;
  readonly owner: object = this;

  constructor(vhost: VirtualHost, user: User) {
    this.vhost = vhost;
    this.user = user;
  }

  consumersLag(): void {}
}

/** @throws HttpError 401 unless the user has permissions in the vhost; tags do not stand in for them */
export function sessionOf({ context, vhost, user }: Call): HttpSession {
  if (!context.broker.permissions.mayAccessVhost(user.name, vhost.name)) {
    throw notAuthorised('Access refused.');
  }
  return new HttpSession(vhost, user);
}
