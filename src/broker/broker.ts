import { Authenticator } from '../auth/authenticator.ts';
import { Permissions } from '../auth/permissions.ts';
import { Users } from '../auth/users.ts';
import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Random } from '../kit/random.ts';
import type { AppendLog } from '../store/append-log.ts';
import { Alarms } from './alarms.ts';
import { Compactor } from './compactor.ts';
import { Replies } from './replies.ts';
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
  /** The user and vhost that are there from the start. */
  readonly firstUser: FirstUser;
  /** Names of the users that may only come from this machine. */
  readonly loopbackUsers: readonly string[];
  /** Bytes of messages above which publishers have to wait. */
  readonly memoryHighWatermark: number;
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
  /** Ends it in the server's name (320). */
  forceClose(reason: string): void;
  /** Publishing has to wait, for this reason. */
  block(reason: string): void;
  unblock(): void;
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
  readonly limits: Limits;
  readonly version: string;
  readonly clusterName: string;
  readonly users: Users;
  readonly permissions = new Permissions();
  readonly authenticator: Authenticator;
  readonly replies: Replies;
  readonly vhosts = new Map<string, VirtualHost>();
  readonly connections = new Set<LiveConnection>();
  readonly alarms: Alarms;
  readonly #compactor: Compactor;
  /** Clock seconds at the last read or tick: coarse, but free to ask for. */
  seconds = 0;
  #queueNumber = 0;
  #sweep: Timer | undefined = undefined;

  constructor(options: BrokerOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.logger = options.logger;
    this.log = options.log;
    this.limits = options.limits;
    this.version = options.version;
    this.clusterName = options.clusterName;
    this.users = new Users((length) => this.random.bytes(length));
    this.authenticator = new Authenticator(this.users, options.loopbackUsers);
    this.replies = new Replies(this.random);
    this.alarms = new Alarms(options.memoryHighWatermark, this.clock, this.logger, this);
    this.#compactor = new Compactor(this.logger, this);
    this.#addFirst(options.firstUser);
    this.tick();
  }

  nextQueueNumber(): number {
    this.#queueNumber += 1;
    return this.#queueNumber;
  }

  addVhost(name: string): VirtualHost {
    const vhost = new VirtualHost(name, this);
    this.vhosts.set(name, vhost);
    return vhost;
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
    this.#compactor.check();
  }

  /** Gives everything back. Connections have ended before. */
  close(): void {
    this.#sweep?.cancel();
    this.alarms.close();
    for (const vhost of this.vhosts.values()) vhost.close();
    this.vhosts.clear();
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
