import { BrokerError } from '../model/broker-error.ts';
import { resourceText } from '../model/resource.ts';
import { RememberedPattern } from './remembered-pattern.ts';
import { TopicPermissions } from './topic-permissions.ts';

export type Permission = 'configure' | 'write' | 'read';
export type ResourceKind = 'queue' | 'exchange';

/** The three regular expressions of a user in a vhost. */
export interface PermissionPatterns {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** A user's permissions in a vhost, as listed. */
export interface UserPermissions extends PermissionPatterns {
  readonly user: string;
  readonly vhost: string;
}

/** Is told of every change, to keep it. */
export interface PermissionJournal {
  permissionsSet(permissions: UserPermissions): void;
  permissionsCleared(user: string, vhost: string): void;
}

// What RabbitMQ calls the exchange without a name, here and in its refusals.
const DEFAULT_EXCHANGE = 'amq.default';

/** What each user may do in each vhost; a user without an entry has no access to it at all. */
export class Permissions {
  readonly #byVhost = new Map<string, Map<string, Grant>>();
  readonly #journal: PermissionJournal | undefined;
  /** What they may do with the topics of an exchange, once they may use it. */
  readonly topics: TopicPermissions;
  #generation = 0;

  /**
   * @param known permissions that the journal has been told of
   * @throws SyntaxError when one of their patterns is no regular expression
   */
  constructor(
    journal?: PermissionJournal,
    known: Iterable<UserPermissions> = [],
    topics = new TopicPermissions(),
  ) {
    this.#journal = journal;
    this.topics = topics;
    for (const { user, vhost, ...patterns } of known) this.#set(user, vhost, patterns);
  }

  /** Grows with every change, topics included: who keeps an answer keeps it beside it. */
  get generation(): number {
    return this.#generation + this.topics.generation;
  }

  /** @throws SyntaxError when a pattern is no regular expression; nothing is changed then */
  set(user: string, vhost: string, patterns: PermissionPatterns): void {
    const grant = this.#set(user, vhost, patterns);
    this.#journal?.permissionsSet({ user, vhost, ...grant.patterns });
  }

  get(user: string, vhost: string): PermissionPatterns | undefined {
    return this.#grant(user, vhost)?.patterns;
  }

  remove(user: string, vhost: string): boolean {
    const removed = this.#byVhost.get(vhost)?.delete(user) ?? false;
    if (!removed) return false;
    this.#generation++;
    this.#journal?.permissionsCleared(user, vhost);
    return true;
  }

  /** Forgets a user in every vhost. */
  removeUser(user: string): void {
    for (const vhost of this.#byVhost.keys()) this.remove(user, vhost);
  }

  /** Forgets a vhost. */
  removeVhost(vhost: string): void {
    for (const user of [...(this.#byVhost.get(vhost)?.keys() ?? [])]) this.remove(user, vhost);
    this.#byVhost.delete(vhost);
  }

  list(): readonly UserPermissions[] {
    return [...this.#byVhost].flatMap(([vhost, users]) =>
      [...users].map(([user, grant]) => ({ user, vhost, ...grant.patterns })),
    );
  }

  mayAccessVhost(user: string, vhost: string): boolean {
    return this.#grant(user, vhost) !== undefined;
  }

  /** Whether the user may do that with every resource, so that nobody need ask name by name. */
  allowsAll(user: string, vhost: string, permission: Permission): boolean {
    return this.#grant(user, vhost)?.rule(permission).matchesAll ?? false;
  }

  allows(
    user: string,
    vhost: string,
    kind: ResourceKind,
    name: string,
    permission: Permission,
  ): boolean {
    const grant = this.#grant(user, vhost);
    return grant?.rule(permission).matches(resourceName(kind, name)) ?? false;
  }

  /** @throws BrokerError ACCESS_REFUSED unless the user may do that with the resource */
  check(
    user: string,
    vhost: string,
    kind: ResourceKind,
    name: string,
    permission: Permission,
  ): void {
    if (this.allows(user, vhost, kind, name, permission)) return;
    throw resourceRefused(user, vhost, kind, name, permission);
  }

  #set(user: string, vhost: string, patterns: PermissionPatterns): Grant {
    const grant = new Grant(patterns);
    let users = this.#byVhost.get(vhost);
    if (users === undefined) {
      users = new Map();
      this.#byVhost.set(vhost, users);
    }
    users.set(user, grant);
    this.#generation++;
    return grant;
  }

  #grant(user: string, vhost: string): Grant | undefined {
    return this.#byVhost.get(vhost)?.get(user);
  }
}

/** The refusal of one operation on one resource; RabbitMQ 3.10 did not yet name the permission. */
export function resourceRefused(
  user: string,
  vhost: string,
  kind: ResourceKind,
  name: string,
  permission: Permission,
): BrokerError {
  const resource = resourceText(kind, resourceName(kind, name), vhost);
  return new BrokerError(
    'ACCESS_REFUSED',
    `${permission} access to ${resource} refused for user '${user}'`,
  );
}

/** The refusal of a vhost: the connection's end. RabbitMQ answers 530 here, not 403. */
export function vhostRefused(user: string, vhost: string): BrokerError {
  return new BrokerError('NOT_ALLOWED', `access to vhost '${vhost}' refused for user '${user}'`);
}

function resourceName(kind: ResourceKind, name: string): string {
  return name === '' && kind === 'exchange' ? DEFAULT_EXCHANGE : name;
}

/** One user's rules in one vhost. */
class Grant {
  readonly patterns: PermissionPatterns;
  readonly #configure: RememberedPattern;
  readonly #write: RememberedPattern;
  readonly #read: RememberedPattern;

  constructor({ configure, write, read }: PermissionPatterns) {
    this.patterns = { configure, write, read };
    this.#configure = new RememberedPattern(configure);
    this.#write = new RememberedPattern(write);
    this.#read = new RememberedPattern(read);
  }

  rule(permission: Permission): RememberedPattern {
    if (permission === 'write') return this.#write;
    return permission === 'read' ? this.#read : this.#configure;
  }
}
