import { Authenticator } from '../auth/authenticator.ts';
import { Permissions } from '../auth/permissions.ts';
import { Users } from '../auth/users.ts';
import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Random } from '../kit/random.ts';
import type { AppendLog, Fact } from '../store/append-log.ts';
import type { Overflow } from '../store/overflow.ts';
import type { Recovered, RecoveredLane } from '../store/recovered.ts';
import { Alarms } from './alarms.ts';
import { Compactor } from './compactor.ts';
import { listFacts } from './definition-list.ts';
import { Definitions } from './definitions.ts';
import { Journal } from './journal.ts';
import { DEFAULT_BUDGET_BYTES, Pager } from './pager.ts';
import { Replies } from './replies.ts';
import { restore } from './restore.ts';
import { type NodeParts, VirtualHost } from './vhost.ts';

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
  /** The user and vhost of a node that has never had any. */
  readonly firstUser: FirstUser;
  /** What the log has found; nothing, when it keeps nothing. */
  readonly recovered?: Recovered;
  /** Names of the users that may only come from this machine. */
  readonly loopbackUsers: readonly string[];
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

/** A client's connection, as the node sees it. */
export interface LiveConnection {
  readonly name: string;
  /** The name of the one that it is in. */
  readonly vhost: string;
  /** Ends it in the server's name (320). */
  forceClose(reason: string): void;
  /** Publishing has to wait, for this reason. */
  block(reason: string): void;
  unblock(): void;
  /** Nothing becomes durable any more. */
  logFailed(error: Error): void;
  /** Bytes that its client has not taken yet. */
  readonly unsentBytes: number;
  /** Visits the records that it holds; what the visitor returns is held in their stead. */
  visitRecords(visit: (record: number) => number): void;
  /**
   * Ends channels whose deliveries have been unsettled for too long.
   * @returns whether there are unsettled deliveries at all
   */
  checkTimeouts(): boolean;
}

const TIMEOUT_SWEEP_MS = 60_000;

/** One node: its vhosts, users and connections. */
export class Broker implements NodeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly log: AppendLog;
  readonly journal: Journal;
  readonly limits: Limits;
  readonly version: string;
  readonly clusterName: string;
  readonly users: Users;
  readonly permissions: Permissions;
  readonly authenticator: Authenticator;
  readonly replies: Replies;
  readonly vhosts = new Map<string, VirtualHost>();
  readonly connections = new Set<LiveConnection>();
  readonly alarms: Alarms;
  readonly overflow: Overflow | undefined;
  readonly room: Pager;
  /** What the log holds for other versions. */
  readonly unknownFacts: readonly Fact[];
  readonly #compactor: Compactor;
  /** Clock seconds at the last read or tick: coarse, but free to ask for. */
  seconds = 0;
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
    this.clusterName = options.clusterName;
    this.journal = new Journal(this.log);
    const definitions = Definitions.replay(options.recovered?.facts ?? []);
    this.unknownFacts = definitions.unknown;
    const salt = (length: number): Uint8Array => this.random.bytes(length);
    this.users = new Users(salt, this.journal, definitions.users.values());
    this.permissions = new Permissions(this.journal, definitions.permissions);
    this.authenticator = new Authenticator(this.users, options.loopbackUsers);
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
    if (definitions.isEmpty) this.#addFirst(options.firstUser);
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

  addVhost(name: string): VirtualHost {
    const vhost = this.#openVhost(name);
    this.journal.vhostAdded(name);
    return vhost;
  }

  /** Removes a vhost with all that it holds; its connections are ended. */
  removeVhost(name: string): boolean {
    const vhost = this.vhosts.get(name);
    if (vhost === undefined) return false;
    for (const connection of [...this.connections]) {
      if (connection.vhost === name) connection.forceClose(`vhost '${name}' is deleted`);
    }
    this.permissions.removeVhost(name);
    this.vhosts.delete(name);
    this.journal.vhostRemoved(name);
    vhost.delete();
    return true;
  }

  /** Removes a user with their permissions. */
  removeUser(name: string): boolean {
    this.permissions.removeUser(name);
    return this.users.remove(name);
  }

  /** Brings `seconds` up to date. */
  tick(): void {
    this.seconds = Math.floor(this.clock.now() / 1000);
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

  #openVhost(name: string): VirtualHost {
    const vhost = new VirtualHost(name, this);
    this.vhosts.set(name, vhost);
    return vhost;
  }

  #restore(definitions: Definitions, lanes: readonly RecoveredLane[]): void {
    this.#queueNumber = definitions.lastQueueNumber;
    for (const { queue } of lanes) this.#queueNumber = Math.max(this.#queueNumber, queue);
    for (const name of definitions.vhosts) this.#openVhost(name);
    restore(this, definitions, lanes);
  }

  #addFirst({ name, password, tags, vhost, configure, write, read }: FirstUser): void {
    this.addVhost(vhost);
    this.users.add({ name, password, tags });
    this.permissions.set(name, vhost, { configure, write, read });
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
