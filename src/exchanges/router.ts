import type { Table } from '../codec/table.ts';
import type { Destination, Exchange, HeadersThunk, QueueDestination } from './exchange.ts';

/** From an exchange to the queues that a message reaches, through any number of exchanges. */
export class Router<Q extends QueueDestination> {
  readonly #lookupExchange: (name: string) => Exchange<Q> | undefined;

  // Scratch of one route, kept so that a route allocates nothing of its own.
  readonly #exchanges = new Set<Exchange<Q>>();
  readonly #seen = new Set<Q>();
  readonly #nowhere: Q[] = [];
  #queues = this.#nowhere;
  #matchedAny = false;
  #dependsOnHeaders = false;
  #source: HeadersThunk = noHeaders;
  #decoded = false;
  #headers: Table | undefined;

  /** `lookupExchange` finds an alternate exchange by name, in the exchange's own vhost. */
  constructor(lookupExchange: (name: string) => Exchange<Q> | undefined) {
    this.#lookupExchange = lookupExchange;
  }

  /**
   * Whether the last route asked an exchange that reads headers. If not, its result holds for every
   * message with the same routing keys until exchanges or bindings change.
   */
  get dependsOnHeaders(): boolean {
    return this.#dependsOnHeaders;
  }

  /**
   * Appends to `queues` every queue that a message reaches from `start`, each once, in an order that
   * only changes of exchanges and bindings change. `routingKeys` are the message's own and those of
   * its CC and BCC headers; `headers` is called once at most.
   *
   * The default exchange has no bindings: finding the queue by its name is the caller's part.
   */
  route(
    start: Exchange<Q>,
    routingKeys: readonly string[],
    headers: HeadersThunk,
    queues: Q[] = [],
  ): Q[] {
    this.#queues = queues;
    this.#source = headers;
    this.#dependsOnHeaders = false;
    this.#exchanges.add(start);
    try {
      // A set may grow while it is walked: each exchange comes once, however many lead to it.
      for (const exchange of this.#exchanges) this.#routeFrom(exchange, routingKeys);
    } finally {
      this.#forget();
    }
    return queues;
  }

  #routeFrom(exchange: Exchange<Q>, routingKeys: readonly string[]): void {
    const { bindings } = exchange;
    if (bindings.readsHeaders) this.#dependsOnHeaders = true;
    this.#matchedAny = false;
    for (const key of routingKeys) bindings.match(key, this.#thunk, this.#visit);
    // An exchange matched counts even if the message goes no further from there, or was there before.
    if (this.#matchedAny || exchange.alternateExchange === undefined) return;
    const alternate = this.#lookupExchange(exchange.alternateExchange);
    if (alternate !== undefined) this.#exchanges.add(alternate);
  }

  readonly #visit = (destination: Destination<Q>): void => {
    this.#matchedAny = true;
    if (isExchange(destination)) {
      this.#exchanges.add(destination);
    } else if (!this.#seen.has(destination)) {
      this.#seen.add(destination);
      this.#queues.push(destination);
    }
  };

  readonly #thunk: HeadersThunk = Object.assign(
    () => {
      if (!this.#decoded) {
        this.#headers = this.#source();
        this.#decoded = true;
      }
      return this.#headers;
    },
    { bytes: () => this.#source.bytes?.() },
  );

  #forget(): void {
    this.#exchanges.clear();
    this.#seen.clear();
    this.#queues = this.#nowhere;
    this.#source = noHeaders;
    this.#decoded = false;
    this.#headers = undefined;
  }
}

function noHeaders(): undefined {}

function isExchange<Q extends QueueDestination>(
  destination: Destination<Q>,
): destination is Exchange<Q> {
  return destination.kind === 'exchange';
}
