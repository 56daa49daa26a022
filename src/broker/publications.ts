import type { Exchange } from '../exchanges/exchange.ts';
import type { ExchangeCounters, Throughput } from '../exchanges/exchange-counters.ts';
import { PublishCounters } from '../queues/counters.ts';
import type { Queue } from '../queues/queue.ts';

/** So many exchanges that were used last are told apart. */
const TALLIES_MAX = 16;

/** What one publisher has published through one exchange. */
export class Tally implements Throughput {
  /** undefined is the default exchange. */
  readonly exchange: Exchange<Queue> | undefined;
  publish = 0;
  /** Queues that those messages were routed to. */
  routed = 0;
  returnUnroutable = 0;
  dropUnroutable = 0;

  constructor(exchange: Exchange<Queue> | undefined) {
    this.exchange = exchange;
  }
}

/** What one publisher has published. A message costs an addition on the tally of its exchange. */
export class Publications {
  readonly #defaultExchange: ExchangeCounters;
  // The one that was used last is the first.
  readonly #tallies: Tally[] = [];
  // What has fallen out of the tallies.
  readonly #rest = new Tally(undefined);

  /** @param defaultExchange what goes through the default exchange, which is no object */
  constructor(defaultExchange: ExchangeCounters) {
    this.#defaultExchange = defaultExchange;
  }

  /** The tally of the exchange that is published to from now on. */
  tallyOf(exchange: Exchange<Queue> | undefined): Tally {
    const tallies = this.#tallies;
    const at = tallies.findIndex((tally) => tally.exchange === exchange);
    const tally = tallies[at] ?? this.#begin(exchange);
    if (at > 0) tallies.splice(at, 1);
    if (at !== 0) tallies.unshift(tally);
    if (tallies.length > TALLIES_MAX) this.#drop(tallies.pop());
    return tally;
  }

  /** Nothing more is published. */
  close(): void {
    for (const tally of this.#tallies) this.#countersOf(tally).end(tally);
  }

  /** Those of the exchanges that were used last, the latest first. */
  get tallies(): readonly Tally[] {
    return this.#tallies.filter(({ publish }) => publish > 0);
  }

  /** All of them together; confirms are not counted here. */
  get published(): PublishCounters {
    const all = this.#sum();
    const counters = new PublishCounters();
    counters.publish = all.publish;
    counters.returnUnroutable = all.returnUnroutable;
    counters.dropUnroutable = all.dropUnroutable;
    return counters;
  }

  /** Of these, messages that were to be confirmed: those are counted elsewhere. */
  readonly receivedConfirm = 0;

  get routed(): number {
    return this.#sum().routed;
  }

  #begin(exchange: Exchange<Queue> | undefined): Tally {
    const tally = new Tally(exchange);
    this.#countersOf(tally).begin(tally);
    return tally;
  }

  #drop(tally: Tally | undefined): void {
    if (tally === undefined) return;
    this.#countersOf(tally).end(tally);
    addTally(this.#rest, tally);
  }

  #countersOf({ exchange }: Tally): ExchangeCounters {
    return exchange?.counters ?? this.#defaultExchange;
  }

  #sum(): Tally {
    const sum = new Tally(undefined);
    for (const tally of [this.#rest, ...this.#tallies]) addTally(sum, tally);
    return sum;
  }
}

function addTally(to: Tally, from: Tally): void {
  to.publish += from.publish;
  to.routed += from.routed;
  to.returnUnroutable += from.returnUnroutable;
  to.dropUnroutable += from.dropUnroutable;
}
