import { BrokerError } from '../model/broker-error.ts';
import { resourceText } from '../model/resource.ts';
import { literally } from './name-pattern.ts';
import { RememberedPattern } from './remembered-pattern.ts';

export type TopicPermission = 'write' | 'read';

/** Two regular expressions over routing keys, in which `{username}` and `{vhost}` are replaced. */
export interface TopicPatterns {
  readonly write: string;
  readonly read: string;
}

/** A user's permissions on the topics of an exchange, as listed. */
export interface UserTopicPermissions extends TopicPatterns {
  readonly user: string;
  readonly vhost: string;
  readonly exchange: string;
}

/** Is told of every change, to keep it. */
export interface TopicPermissionJournal {
  topicPermissionsSet(permissions: UserTopicPermissions): void;
  /** For one exchange, or for all of the vhost. */
  topicPermissionsCleared(user: string, vhost: string, exchange?: string): void;
}

/**
 * With which routing keys a user may publish to a topic exchange (write) and bind to it (read),
 * beyond the permissions on the exchange. Whoever has no entry for an exchange may use every key.
 */
export class TopicPermissions {
  // By vhost, user, exchange.
  readonly #byVhost = new Map<string, Map<string, Map<string, TopicGrant>>>();
  readonly #journal: TopicPermissionJournal | undefined;
  /** Grows with every change. */
  generation = 0;

  /**
   * @param known permissions that the journal has been told of
   * @throws SyntaxError when one of their patterns is no regular expression
   */
  constructor(journal?: TopicPermissionJournal, known: Iterable<UserTopicPermissions> = []) {
    this.#journal = journal;
    for (const { user, vhost, exchange, ...patterns } of known) {
      this.#set(user, vhost, exchange, patterns);
    }
  }

  /** Nobody has any. */
  get isEmpty(): boolean {
    return this.#byVhost.size === 0;
  }

  /** @throws SyntaxError when a pattern is no regular expression; nothing is changed then */
  set(user: string, vhost: string, exchange: string, patterns: TopicPatterns): void {
    const grant = this.#set(user, vhost, exchange, patterns);
    this.#journal?.topicPermissionsSet({ user, vhost, exchange, ...grant.patterns });
  }

  get(user: string, vhost: string, exchange: string): TopicPatterns | undefined {
    return this.#grant(user, vhost, exchange)?.patterns;
  }

  /** For one exchange, or for all of the vhost. @returns whether there was anything */
  remove(user: string, vhost: string, exchange?: string): boolean {
    const users = this.#byVhost.get(vhost);
    const grants = users?.get(user);
    if (users === undefined || grants === undefined) return false;
    if (exchange === undefined) grants.clear();
    else if (!grants.delete(exchange)) return false;
    if (grants.size === 0) users.delete(user);
    if (users.size === 0) this.#byVhost.delete(vhost);
    this.generation += 1;
    this.#journal?.topicPermissionsCleared(user, vhost, exchange);
    return true;
  }

  /** Forgets a user in every vhost. */
  removeUser(user: string): void {
    for (const vhost of [...this.#byVhost.keys()]) this.remove(user, vhost);
  }

  /** Forgets a vhost. */
  removeVhost(vhost: string): void {
    for (const user of [...(this.#byVhost.get(vhost)?.keys() ?? [])]) this.remove(user, vhost);
  }

  /** Those of a user, or of everybody. */
  list(user?: string): readonly UserTopicPermissions[] {
    const all = [...this.#byVhost].flatMap(([vhost, users]) =>
      [...users].flatMap(([name, grants]) =>
        [...grants].map(([exchange, { patterns }]) => ({
          user: name,
          vhost,
          exchange,
          ...patterns,
        })),
      ),
    );
    return user === undefined ? all : all.filter((each) => each.user === user);
  }

  /** Whether the user may use the routing key at a topic exchange; others have no topics. */
  allows(
    user: string,
    vhost: string,
    exchange: string,
    routingKey: string,
    permission: TopicPermission,
  ): boolean {
    const grant = this.#grant(user, vhost, exchange);
    return grant === undefined || grant.allows(routingKey, permission);
  }

  /** @throws BrokerError ACCESS_REFUSED unless the user may use the routing key there */
  check(
    user: string,
    vhost: string,
    exchange: string,
    routingKey: string,
    permission: TopicPermission,
  ): void {
    if (this.allows(user, vhost, exchange, routingKey, permission)) return;
    const place = resourceText('exchange', exchange, vhost);
    throw new BrokerError(
      'ACCESS_REFUSED',
      `${permission} access to topic '${routingKey}' in ${place} refused for user '${user}'`,
    );
  }

  #set(user: string, vhost: string, exchange: string, patterns: TopicPatterns): TopicGrant {
    const grant = new TopicGrant(user, vhost, patterns);
    const users = this.#byVhost.get(vhost) ?? new Map<string, Map<string, TopicGrant>>();
    const grants = users.get(user) ?? new Map<string, TopicGrant>();
    this.#byVhost.set(vhost, users.set(user, grants.set(exchange, grant)));
    this.generation += 1;
    return grant;
  }

  #grant(user: string, vhost: string, exchange: string): TopicGrant | undefined {
    return this.#byVhost.get(vhost)?.get(user)?.get(exchange);
  }
}

/** One user's rules for one exchange. */
class TopicGrant {
  readonly patterns: TopicPatterns;
  readonly #write: RememberedPattern;
  readonly #read: RememberedPattern;

  constructor(user: string, vhost: string, { write, read }: TopicPatterns) {
    this.patterns = { write, read };
    this.#write = expandedPattern(write, user, vhost);
    this.#read = expandedPattern(read, user, vhost);
  }

  allows(routingKey: string, permission: TopicPermission): boolean {
    return (permission === 'write' ? this.#write : this.#read).matches(routingKey);
  }
}

// A name with a dot in it stands for itself; in RabbitMQ the dot is any character.
function expandedPattern(pattern: string, user: string, vhost: string): RememberedPattern {
  const text = pattern
    .replaceAll('{username}', () => literally(user))
    .replaceAll('{vhost}', () => literally(vhost));
  return new RememberedPattern(text);
}
