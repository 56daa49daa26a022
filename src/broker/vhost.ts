import type { Permissions } from '../auth/permissions.ts';
import type { TopicPermission } from '../auth/topic-permissions.ts';
import { type Table, table } from '../codec/table.ts';
import { decodeText } from '../codec/text.ts';
import { type BindingSpec, BindingTable } from '../exchanges/bindings.ts';
import { Exchange, type HeadersThunk } from '../exchanges/exchange.ts';
import { exchangeTypeOf } from '../exchanges/exchange-types.ts';
import { Router } from '../exchanges/router.ts';
import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { dv, u8 } from '../kit/memory.ts';
import { BrokerError } from '../model/broker-error.ts';
import { resourceText } from '../model/resource.ts';
import type { DeadLetterReason } from '../queues/dead-letter.ts';
import type { Queue, QueueHost } from '../queues/queue.ts';
import type { Room } from '../queues/room.ts';
import type { AppendLog } from '../store/append-log.ts';
import type { Overflow } from '../store/overflow.ts';
import { DeadLetters } from './dead-letters.ts';
import { countReturn } from './delivery-count.ts';
import type { Journal } from './journal.ts';
import { Ledger } from './ledger.ts';
import type { Policies } from './policies.ts';
import { isReplyAddress, type Replies } from './replies.ts';
import { Route, RouteCache } from './route-cache.ts';
import type { Churn, Totals } from './totals.ts';
import { Trace, traceExchange } from './trace.ts';
import type { VhostLimits } from './vhost-limits.ts';
import { plainMetadata, type VhostMetadata } from './vhost-metadata.ts';

/** What all vhosts of a node share. */
export interface NodeParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: AppendLog;
  readonly journal: Journal;
  readonly overflow: Overflow | undefined;
  readonly room: Room;
  readonly permissions: Permissions;
  readonly replies: Replies;
  readonly vhostLimits: VhostLimits;
  readonly nodeName: string;
  readonly policies: Policies;
  /** Clock milliseconds and seconds at the last read or tick. */
  readonly recently: number;
  readonly seconds: number;
  readonly churn: Churn;
  nextQueueNumber(): number;
}

// 0-9-1 §3.1.3: there from the start, and nobody can delete them.
const predeclared = [
  ['amq.direct', 'direct', false],
  ['amq.fanout', 'fanout', false],
  ['amq.topic', 'topic', false],
  ['amq.headers', 'headers', false],
  ['amq.match', 'headers', false],
  [traceExchange, 'topic', true],
] as const;

/** A vhost's bindings, to be looked at. */
export type Bindings = Pick<
  BindingTable<Queue>,
  'all' | 'bySource' | 'byDestination' | 'find' | 'size'
>;

const noQueues: readonly Queue[] = [];

/** A virtual host: exchanges, queues and bindings under names of their own. */
export class VirtualHost implements QueueHost {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: AppendLog;
  readonly overflow: Overflow | undefined;
  readonly room: Room;
  readonly permissions: Permissions;
  readonly replies: Replies;
  readonly #bindings = new BindingTable<Queue>();
  readonly #node: NodeParts;
  readonly #journal: Journal;
  readonly #exchanges = new Map<string, Exchange<Queue>>();
  readonly #queues = new Map<string, Queue>();
  readonly #owned = new Map<object, Set<Queue>>();
  readonly #routes = new RouteCache();
  readonly #router: Router<Queue>;
  readonly deadLetters: DeadLetters;
  readonly ledger = new Ledger();
  readonly churn: Churn;
  /** Is told of messages while the vhost is traced. */
  trace: Trace | undefined = undefined;
  #metadata: VhostMetadata = plainMetadata;
  /** Whatever was found out about routes holds for one generation. */
  generation = 1;

  constructor(name: string, node: NodeParts, metadata: VhostMetadata = plainMetadata) {
    this.name = name;
    this.clock = node.clock;
    this.logger = node.logger;
    this.log = node.log;
    this.overflow = node.overflow;
    this.room = node.room;
    this.permissions = node.permissions;
    this.replies = node.replies;
    this.churn = node.churn;
    this.#node = node;
    this.#journal = node.journal;
    this.#router = new Router((exchange) => this.#exchanges.get(exchange));
    this.deadLetters = new DeadLetters(this);
    this.describe(metadata);
    for (const [exchange, type, internal] of predeclared) {
      this.restoreExchange(this.#predeclare(exchange, type, internal));
    }
  }

  get exchanges(): ReadonlyMap<string, Exchange<Queue>> {
    return this.#exchanges;
  }

  get queues(): ReadonlyMap<string, Queue> {
    return this.#queues;
  }

  get bindings(): Bindings {
    return this.#bindings;
  }

  /** @throws BrokerError NOT_FOUND */
  exchange(name: string): Exchange<Queue> {
    const exchange = this.#exchanges.get(name);
    if (exchange === undefined) throw notFound('exchange', name, this.name);
    return exchange;
  }

  /** @throws BrokerError NOT_FOUND */
  queue(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw notFound('queue', name, this.name);
    return queue;
  }

  get recently(): number {
    return this.#node.recently;
  }

  get seconds(): number {
    return this.#node.seconds;
  }

  nextQueueNumber(): number {
    return this.#node.nextQueueNumber();
  }

  get nodeName(): string {
    return this.#node.nodeName;
  }

  get metadata(): VhostMetadata {
    return this.#metadata;
  }

  /** What is said of it from now on. */
  describe(metadata: VhostMetadata): void {
    this.#metadata = metadata;
    if (metadata.tracing === (this.trace !== undefined)) return;
    this.trace?.close();
    this.trace = metadata.tracing ? new Trace(this) : undefined;
    this.changed();
  }

  /** @throws BrokerError PRECONDITION_FAILED when there may be no further queue */
  checkQueueLimit(queue: string): void {
    this.#node.vhostLimits.checkQueues(this.name, queue, this.#queues.size);
  }

  addExchange(exchange: Exchange<Queue>): void {
    this.restoreExchange(exchange);
    this.#journal.exchangeDeclared(exchange);
  }

  /** Adds an exchange that the log knows of. */
  restoreExchange(exchange: Exchange<Queue>): void {
    this.#node.policies.applyToExchange(exchange);
    this.#exchanges.set(exchange.name, exchange);
    this.changed();
  }

  addQueue(queue: Queue): void {
    this.restoreQueue(queue);
    this.churn.queueDeclared += 1;
    this.churn.queueCreated += 1;
    this.#journal.queueDeclared(queue);
  }

  /** Adds a queue that the log knows of. */
  restoreQueue(queue: Queue): void {
    this.#node.policies.applyToQueue(queue);
    this.#queues.set(queue.name, queue);
    if (queue.owner !== undefined) {
      const owned = this.#owned.get(queue.owner) ?? new Set();
      this.#owned.set(queue.owner, owned.add(queue));
    }
    this.changed();
  }

  /** Adds a binding unless it is there. @throws BrokerError for arguments that the source refuses */
  addBinding(spec: BindingSpec<Queue>): void {
    const added = this.#bindings.add(spec);
    if (added === undefined) return;
    this.#journal.bindingAdded(added);
    this.changed();
  }

  /** Adds a binding that the log knows of. @throws BrokerError */
  restoreBinding(spec: BindingSpec<Queue>): void {
    this.#bindings.add(spec);
    this.changed();
  }

  removeBinding(spec: BindingSpec<Queue>): void {
    const removed = this.#bindings.remove(spec);
    if (removed === undefined) return;
    this.#journal.bindingRemoved(removed);
    this.changed();
    this.dropIfUnused(spec.source);
  }

  /** Removes an exchange with all bindings from and to it. */
  removeExchange(exchange: Exchange<Queue>): void {
    // One after the other, however long the chain of exchanges that lose their last binding.
    const leaving = new Set([exchange]);
    for (const each of leaving) {
      this.#exchanges.delete(each.name);
      const sources = this.#bindings.removeAllFor(each).map((binding) => binding.source);
      this.#bindings.removeAllFrom(each);
      this.#journal.exchangeDeleted(each);
      for (const source of sources) if (this.#isUnused(source)) leaving.add(source);
    }
    this.changed();
  }

  /** Removes a queue with all bindings to it. @returns how many messages waited in it */
  removeQueue(queue: Queue): number {
    if (this.#queues.get(queue.name) !== queue) return 0;
    this.#queues.delete(queue.name);
    if (queue.owner !== undefined) this.#owned.get(queue.owner)?.delete(queue);
    const sources = this.#bindings.removeAllFor(queue).map((binding) => binding.source);
    this.#journal.queueDeleted(queue);
    this.changed();
    const count = queue.delete();
    this.ledger.queueEnded(queue);
    this.churn.queueDeleted += 1;
    for (const source of sources) this.dropIfUnused(source);
    return count;
  }

  /** Removes the queues that were somebody's alone. */
  removeOwned(owner: object): void {
    for (const queue of this.#owned.get(owner) ?? []) this.removeQueue(queue);
    this.#owned.delete(owner);
  }

  /** An auto-delete exchange goes when the last binding from it has gone. */
  dropIfUnused(source: Exchange<Queue>): void {
    if (this.#isUnused(source)) this.removeExchange(source);
  }

  /** Exchanges, queues or bindings are not what they were. */
  changed(): void {
    this.generation += 1;
  }

  /**
   * Where an address leads, from the cache or looked up, if the user may publish there.
   * @throws BrokerError
   */
  route(addressAt: number, addressLength: number, user: string): Route {
    const kept = this.#routes.find(addressAt, addressLength, this.generation);
    if (kept !== undefined) {
      this.#checkWrite(kept.exchangeName, user);
      this.checkTopic(kept.exchange, kept.routingKey, user, 'write');
      return kept;
    }
    const exchangeEnd = addressAt + 1 + dv.getUint8(addressAt);
    const exchangeName = decodeText(u8, addressAt + 1, exchangeEnd);
    this.#checkWrite(exchangeName, user);
    const routingKey = decodeText(u8, exchangeEnd + 1, addressAt + addressLength);
    const exchange = exchangeName === '' ? undefined : this.#publishable(exchangeName);
    this.checkTopic(exchange, routingKey, user, 'write');
    let perMessage: boolean;
    let queues: readonly Queue[];
    if (exchange === undefined) {
      perMessage = isReplyAddress(routingKey);
      queues = this.#byName(routingKey);
    } else {
      queues = this.#router.route(exchange, [routingKey], noHeaders);
      perMessage = this.#router.dependsOnHeaders;
    }
    const route = new Route(
      addressAt,
      addressLength,
      this.generation,
      exchange,
      exchangeName,
      routingKey,
      queues,
      // What is traced goes the way on which each message is looked at.
      perMessage || this.trace !== undefined,
    );
    this.#routes.keep(route, addressAt, addressLength);
    return route;
  }

  /** Whether the user may use the routing key, if the exchange has topics. @throws BrokerError */
  checkTopic(
    exchange: Exchange<Queue> | undefined,
    routingKey: string,
    user: string,
    permission: TopicPermission,
  ): void {
    const { topics } = this.permissions;
    if (topics.isEmpty || exchange?.type.name !== 'topic') return;
    topics.check(user, this.name, exchange.name, routingKey, permission);
  }

  /** Where one message goes: by its headers, and by the further keys that its sender selected. */
  routeMessage(route: Route, more: readonly string[], headers: HeadersThunk): readonly Queue[] {
    return this.routeBy(route.exchange, [route.routingKey, ...more], headers);
  }

  /** Where a message with these routing keys goes from an exchange, or from the default exchange. */
  routeBy(
    exchange: Exchange<Queue> | undefined,
    keys: readonly string[],
    headers: HeadersThunk,
  ): readonly Queue[] {
    if (exchange !== undefined) return this.#router.route(exchange, keys, headers);
    return [...new Set(keys.flatMap((key) => this.#byName(key)))];
  }

  deadLetter(queue: Queue, record: number, reason: DeadLetterReason, returns: number): void {
    this.deadLetters.add(queue, record, reason, returns);
  }

  countReturn(queue: Queue, record: number, returns: number): number {
    return queue.settings.queueType === 'quorum' ? countReturn(record, returns) : record;
  }

  unused(queue: Queue): void {
    this.removeQueue(queue);
  }

  expired(queue: Queue): void {
    this.removeQueue(queue);
  }

  readFailed(queue: Queue, error: Error): void {
    const fields = { vhost: this.name, queue: queue.name, error: error.message };
    this.logger.error(fields, 'Cannot read messages back from disk');
  }

  /** What happened here since the start. */
  totals(): Totals {
    return this.ledger.totals(this.#queues.values());
  }

  /** Ends with all that it holds: messages are gone, consumers are told. */
  delete(): void {
    this.trace?.close();
    for (const queue of this.#queues.values()) queue.delete();
    this.churn.queueDeleted += this.#queues.size;
    this.#queues.clear();
    this.#exchanges.clear();
    this.changed();
  }

  /** Gives everything back; nobody is told, and what is durable stays in the log. */
  close(): void {
    this.trace?.close();
    for (const queue of this.#queues.values()) queue.close();
    this.#queues.clear();
    this.#exchanges.clear();
  }

  #isUnused(exchange: Exchange<Queue>): boolean {
    const { autoDelete, bindings, name } = exchange;
    return autoDelete && bindings.size === 0 && this.#exchanges.get(name) === exchange;
  }

  #checkWrite(exchange: string, user: string): void {
    if (this.permissions.allowsAll(user, this.name, 'write')) return;
    this.permissions.check(user, this.name, 'exchange', exchange, 'write');
  }

  #publishable(name: string): Exchange<Queue> {
    const exchange = this.exchange(name);
    if (!exchange.internal) return exchange;
    const subject = resourceText('exchange', name, this.name);
    throw new BrokerError('ACCESS_REFUSED', `cannot publish to internal ${subject}`);
  }

  // Every queue is bound to the default exchange by its name.
  #byName(name: string): readonly Queue[] {
    const queue = this.#queues.get(name);
    return queue === undefined ? noQueues : [queue];
  }

  #predeclare(name: string, type: string, internal: boolean): Exchange<Queue> {
    return new Exchange<Queue>({
      name,
      vhost: this.name,
      type: exchangeTypeOf(type),
      durable: true,
      autoDelete: false,
      internal,
      arguments: table({}),
      alternateExchange: undefined,
    });
  }
}

function noHeaders(): Table | undefined {
  return undefined;
}

function notFound(kind: 'queue' | 'exchange', name: string, vhost: string): BrokerError {
  return new BrokerError('NOT_FOUND', `no ${resourceText(kind, name, vhost)}`);
}
