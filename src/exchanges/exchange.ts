import type { Table } from '../codec/table.ts';
import type { AppliedPolicy } from '../model/applied-policy.ts';
import { ExchangeCounters } from './exchange-counters.ts';

/** What routing needs to know of a queue. */
export interface QueueDestination {
  readonly kind: 'queue';
  readonly name: string;
}

/** Where a binding leads: a queue of the broker's own kind, or another exchange. */
export type Destination<Q extends QueueDestination> = Q | Exchange<Q>;

export interface Binding<Q extends QueueDestination> {
  readonly source: Exchange<Q>;
  readonly destination: Destination<Q>;
  readonly routingKey: string;
  readonly arguments: Table;
}

/**
 * A message's headers, decoded only when called. `bytes`, where the caller has them, are the table as
 * it came: the same bytes have the same headers, so a result can be kept by them.
 */
export interface HeadersThunk {
  (): Table | undefined;
  bytes?(): Uint8Array | undefined;
}

/**
 * The bindings of one exchange, arranged for its type's way of routing.
 *
 * `BindingTable` alone adds and removes, each binding once.
 */
export interface Matcher<Q extends QueueDestination> {
  add(binding: Binding<Q>): void;
  remove(binding: Binding<Q>): void;
  /** Visits every destination that a message goes to once, in an order that only bindings change. */
  match(
    routingKey: string,
    headers: HeadersThunk,
    visit: (destination: Destination<Q>) => void,
  ): void;
  /** Whether two messages with the same routing key may match differently. */
  readonly readsHeaders: boolean;
  /** Bindings added and not removed. */
  readonly size: number;
}

/** A kind of exchange. */
export interface ExchangeType {
  readonly name: string;
  createMatcher<Q extends QueueDestination>(): Matcher<Q>;
  /** Throws BrokerError for binding arguments that this type has no use for. */
  checkBinding(arguments_: Table): void;
}

/** What exchange.declare gives. */
export type ExchangeDeclaration = Readonly<{
  name: string;
  vhost: string;
  type: ExchangeType;
  durable: boolean;
  autoDelete: boolean;
  internal: boolean;
  arguments: Table;
  /** From the arguments; a policy may set one where there is none. */
  alternateExchange: string | undefined;
}>;

export class Exchange<Q extends QueueDestination> {
  readonly kind = 'exchange';
  readonly name: string;
  readonly vhost: string;
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
  alternateExchange: string | undefined;
  policy: AppliedPolicy | undefined = undefined;
  readonly #declaredAlternate: string | undefined;
  readonly bindings: Matcher<Q>;
  readonly counters = new ExchangeCounters();

  constructor(declaration: ExchangeDeclaration) {
    this.name = declaration.name;
    this.vhost = declaration.vhost;
    this.type = declaration.type;
    this.durable = declaration.durable;
    this.autoDelete = declaration.autoDelete;
    this.internal = declaration.internal;
    this.arguments = declaration.arguments;
    this.alternateExchange = declaration.alternateExchange;
    this.#declaredAlternate = declaration.alternateExchange;
    this.bindings = declaration.type.createMatcher();
  }

  /** Other policies hold for the exchange now. Whoever remembers routes has to look again. */
  applyPolicy(policy: AppliedPolicy | undefined): void {
    const alternate = policy?.definition['alternate-exchange'];
    this.policy = policy;
    this.alternateExchange =
      this.#declaredAlternate ?? (typeof alternate === 'string' ? alternate : undefined);
  }

  /** Messages that clients have published to it. */
  get publishedIn(): number {
    return this.counters.publishedIn;
  }

  /** Queues that those have reached, counted for each message. */
  get publishedOut(): number {
    return this.counters.publishedOut;
  }
}
