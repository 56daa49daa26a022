import { Authenticator, type LoginSettings } from '../auth/authenticator.ts';
import { LoginAttempts } from '../auth/login-attempts.ts';
import { LoginThrottle } from '../auth/login-throttle.ts';
import { Permissions } from '../auth/permissions.ts';
import { TopicPermissions } from '../auth/topic-permissions.ts';
import { Users } from '../auth/users.ts';
import { assert } from '../kit/assert.ts';
import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Random } from '../kit/random.ts';
import { BrokerError } from '../model/broker-error.ts';
import type { AppendLog, Fact } from '../store/append-log.ts';
import type { Overflow } from '../store/overflow.ts';
import type { Recovered, RecoveredLane } from '../store/recovered.ts';
import { Alarms } from './alarms.ts';
import { Compactor } from './compactor.ts';
import { listFacts } from './definition-list.ts';
import { Definitions } from './definitions.ts';
import { GlobalParameters } from './global-parameters.ts';
import { addIdleComponents } from './idle-components.ts';
import { Journal } from './journal.ts';
import { LiveConnections } from './live-connections.ts';
import { DEFAULT_BUDGET_BYTES, Pager } from './pager.ts';
import { Parameters } from './parameters.ts';
import { Policies } from './policies.ts';
import { Replies } from './replies.ts';
import { restore } from './restore.ts';
import { Churn, Totals } from './totals.ts';
import { type NodeParts, VirtualHost } from './vhost.ts';
import { VhostLimits } from './vhost-limits.ts';
import { changedMetadata, isPlain, plainMetadata, type VhostMetadata } from './vhost-metadata.ts';

/** What a node is made with. */
export interface BrokerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly log: AppendLog;
  readonly limits: Limits;
  /** Leveret's own. */
  readonly version: string;
  readonly clusterName: string;
  /** The user and vhost of a node that has never had any; without it, it has none to begin with. */
  readonly firstUser?: FirstUser;
  /** What the log has found; nothing, when it keeps nothing. */
  readonly recovered?: Recovered;
  /** Names of the users that may only come from this machine. */
  readonly loopbackUsers: readonly string[];
  readonly logins?: LoginSettings;
  /** Bytes of messages above which publishers have to wait. */
  readonly memoryHighWatermark: number;
  /** Where messages go for which there is no memory; without it, all of them stay in memory. */
  readonly overflow?: Overflow;
  /** Bytes of messages in memory above which queues page out. */
  readonly pagingBudget?: number;
}

export interface Limits {
  /** Seconds between heartbeats; 0 for none. */
  readonly heartbeat: number;
  /** Bytes. */
  readonly frameMax: number;
  /** Channels of a connection; 0 for as many as the protocol has. */
  readonly channelMax: number;
  readonly connectionMax: number;
  /** Bytes of a body. */
  readonly maxMessageSize: number;
  /** Infinity for no limit. */
  readonly consumerTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
}

export interface FirstUser {
  readonly name: string;
  readonly password: string;
  readonly tags: readonly string[];
  readonly vhost: string;
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

const TIMEOUT_SWEEP_MS = 60_000;
// The global parameters that have a meaning, by RabbitMQ's names.
const CLUSTER_NAME = 'cluster_name';
const CLUSTER_ID = 'internal_cluster_id';
const CLUSTER_ID_BYTES = 16;

/** One node: its vhosts, users and connections. */
export class Broker implements NodeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly log: AppendLog;
  readonly journal: Journal;
  readonly limits: Limits;
  readonly version: string;
  /** `leveret@host`. */
  readonly nodeName: string;
  /** Wall clock milliseconds. */
  readonly startedAt: number;
  readonly parameters: Parameters;
  readonly globalParameters: GlobalParameters;
  readonly vhostLimits: VhostLimits;
  readonly policies: Policies;
  readonly users: Users;
  readonly permissions: Permissions;
  readonly topicPermissions: TopicPermissions;
  readonly attempts: LoginAttempts;
  readonly authenticator: Authenticator;
  readonly replies: Replies;
  readonly vhosts = new Map<string, VirtualHost>();
  readonly connections = new LiveConnections();
  readonly churn = new Churn();
  readonly alarms: Alarms;
  readonly overflow: Overflow | undefined;
  readonly room: Pager;
  /** What the log holds for other versions. */
  readonly unknownFacts: readonly Fact[];
  readonly #compactor: Compactor;
  /** Clock milliseconds and seconds at the last read or tick: coarse, but free to ask for. */
  recently = 0;
  seconds = 0;
  // Of vhosts that were removed.
  readonly #past = new Totals();
  #queueNumber = 0;
  #listed: { readonly changes: number; readonly facts: readonly Fact[] } | undefined = undefined;
  #sweep: Timer | undefined = undefined;

  constructor(options: BrokerOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.logger = options.logger;
    this.log = options.log;
    this.limits = options.limits;
    this.version = options.version;
    this.nodeName = options.clusterName;
    this.startedAt = this.clock.wall();
    this.journal = new Journal(this.log);
    const definitions = Definitions.replay(options.recovered?.facts ?? []);
    this.unknownFacts = definitions.unknown;
    this.parameters = new Parameters(this.journal, definitions.parameters);
    this.globalParameters = new GlobalParameters(
      this.journal,
      definitions.globalParameters.values(),
    );
    this.vhostLimits = new VhostLimits(this.parameters);
    this.policies = new Policies(this.parameters, this.vhosts, this.logger);
    addIdleComponents(this.parameters, this.logger);
    const salt = (length: number): Uint8Array => this.random.bytes(length);
    this.users = new Users(salt, this.journal, definitions.users.values());
    this.topicPermissions = new TopicPermissions(this.journal, definitions.topicPermissions);
    const topics = this.topicPermissions;
    this.permissions = new Permissions(this.journal, definitions.permissions, topics);
    this.attempts = new LoginAttempts(options.logins?.countsSources);
    this.authenticator = new Authenticator(this.users, {
      loopbackUsers: options.loopbackUsers,
      attempts: this.attempts,
      throttle: new LoginThrottle(this.clock, options.logins?.throttle),
      certificates: options.logins?.certificates,
      mechanisms: options.logins?.mechanisms,
    });
    this.replies = new Replies(this.random);
    this.alarms = new Alarms(options.memoryHighWatermark, this.clock, this.logger, this);
    this.overflow = options.overflow;
    const budget = options.pagingBudget ?? DEFAULT_BUDGET_BYTES;
    const pagingBudget = this.overflow === undefined ? Infinity : budget;
    this.#compactor = new Compactor(this.logger, this, Math.min(budget, DEFAULT_BUDGET_BYTES));
    this.room = new Pager(this.clock, this.logger, this, this.#compactor, pagingBudget);
    this.tick();
    this.#restore(definitions, options.recovered?.lanes ?? []);
    // As RabbitMQ: whoever has been removed does not come back.
    const { firstUser } = options;
    if (definitions.isEmpty && firstUser !== undefined) this.#addFirst(firstUser);
    this.log.whenFailed((error) => {
      for (const connection of this.connections) connection.logFailed(error);
    });
  }

  nextQueueNumber(): number {
    this.#queueNumber += 1;
    return this.#queueNumber;
  }

  /** No queue has had a higher number. */
  get lastQueueNumber(): number {
    return this.#queueNumber;
  }

  /** All that is durable, in an order in which it can be made anew; the same list until that changes. */
  facts(): readonly Fact[] {
    const { changes } = this.journal;
    if (this.#listed?.changes !== changes) this.#listed = { changes, facts: listFacts(this) };
    return this.#listed.facts;
  }

  /** As clients are told: the node's own name until somebody gives another. */
  get clusterName(): string {
    const given = this.globalParameters.get(CLUSTER_NAME);
    return typeof given === 'string' ? given : this.nodeName;
  }

  /** Tells this cluster from every other, whatever either is called; undefined in older data. */
  get clusterId(): string | undefined {
    const given = this.globalParameters.get(CLUSTER_ID);
    return typeof given === 'string' ? given : undefined;
  }

  /** Adds a vhost that is not there yet. @throws BrokerError for metadata that make no sense */
  addVhost(name: string, metadata: Partial<VhostMetadata> = {}): VirtualHost {
    assert(!this.vhosts.has(name), 'a vhost is added once');
    const described = changedMetadata(plainMetadata, metadata);
    const vhost = this.#openVhost(name, described);
    this.journal.vhostAdded(name);
    if (!isPlain(described)) this.journal.vhostMetadataSet(name, described);
    return vhost;
  }

  /** What is not named stays as it is. @throws BrokerError for metadata that make no sense */
  setVhostMetadata(name: string, changes: Partial<VhostMetadata>): void {
    const vhost = this.vhosts.get(name);
    if (vhost === undefined) throw new BrokerError('NOT_FOUND', `no vhost '${name}'`);
    vhost.describe(changedMetadata(vhost.metadata, changes));
    this.journal.vhostMetadataSet(name, vhost.metadata);
  }

  /** @throws BrokerError NOT_ALLOWED when the vhost takes no further connection */
  checkVhostConnections(vhost: string, user: string): void {
    if (this.vhostLimits.get(vhost, 'max-connections') === undefined) return;
    const open = [...this.connections].filter((connection) => connection.vhost === vhost);
    this.vhostLimits.checkConnections(vhost, user, open.length);
  }

  /** Removes a vhost with all that it holds; its connections are ended. */
  removeVhost(name: string): boolean {
    const vhost = this.vhosts.get(name);
    if (vhost === undefined) return false;
    for (const connection of [...this.connections]) {
      if (connection.vhost === name) connection.forceClose(`vhost '${name}' is deleted`);
    }
    this.#past.add(vhost.totals());
    this.permissions.removeVhost(name);
    this.topicPermissions.removeVhost(name);
    this.vhosts.delete(name);
    this.journal.vhostRemoved(name);
    this.parameters.removeVhost(name);
    vhost.delete();
    return true;
  }

  /** Removes a user with their permissions; their connections are ended. */
  removeUser(name: string): boolean {
    this.permissions.removeUser(name);
    this.topicPermissions.removeUser(name);
    const removed = this.users.remove(name);
    for (const connection of [...this.connections]) {
      if (connection.user === name) connection.forceClose(`user '${name}' is deleted`);
    }
    return removed;
  }

  /** What happened on the node since the start, in vhosts that are gone as well. */
  totals(): Totals {
    const totals = new Totals();
    totals.add(this.#past);
    for (const vhost of this.vhosts.values()) totals.add(vhost.totals());
    return totals;
  }

  /** Brings `recently` and `seconds` up to date. */
  tick(): void {
    this.recently = this.clock.now();
    this.seconds = Math.floor(this.recently / 1000);
  }

  /** There is an unsettled delivery: from now on somebody looks for how long. */
  watchTimeouts(): void {
    if (this.#sweep === undefined) this.#scheduleSweep();
  }

  /** After each read: sees to the memory that messages take. */
  watchMemory(): void {
    this.alarms.check();
    this.room.check();
    this.#compactor.check();
  }

  /** Gives everything back. Connections have ended before. */
  close(): void {
    this.#sweep?.cancel();
    this.alarms.close();
    this.room.close();
    for (const vhost of this.vhosts.values()) vhost.close();
    this.vhosts.clear();
  }

  #openVhost(name: string, metadata: VhostMetadata): VirtualHost {
    const vhost = new VirtualHost(name, this, metadata);
    this.vhosts.set(name, vhost);
    return vhost;
  }

  #restore(definitions: Definitions, lanes: readonly RecoveredLane[]): void {
    this.#queueNumber = definitions.lastQueueNumber;
    for (const { queue } of lanes) this.#queueNumber = Math.max(this.#queueNumber, queue);
    for (const name of definitions.vhosts) {
      this.#openVhost(name, definitions.contentsOf(name).metadata);
    }
    restore(this, definitions, lanes);
  }

  #addFirst({ name, password, tags, vhost, configure, write, read }: FirstUser): void {
    this.addVhost(vhost, { description: 'Default virtual host' });
    this.users.add({ name, password, tags });
    this.permissions.set(name, vhost, { configure, write, read });
    const id = Buffer.from(this.random.bytes(CLUSTER_ID_BYTES)).toString('base64url');
    this.globalParameters.set(CLUSTER_ID, `leveret-cluster-id-${id}`);
  }

  #scheduleSweep(): void {
    const { consumerTimeoutMs } = this.limits;
    const everyMs = Math.min(TIMEOUT_SWEEP_MS, Math.max(1000, consumerTimeoutMs));
    this.#sweep = this.clock.after(everyMs, () => {
      this.tick();
      this.#sweep = undefined;
      const unsettled = [...this.connections].map((connection) => connection.checkTimeouts());
      if (unsettled.includes(true)) this.#scheduleSweep();
    });
  }
}
