import { DestinationCounts } from './destination-counts.ts';
import type {
  Binding,
  Destination,
  ExchangeType,
  HeadersThunk,
  Matcher,
  QueueDestination,
} from './exchange.ts';

class FanoutMatcher<Q extends QueueDestination> implements Matcher<Q> {
  readonly readsHeaders = false;
  readonly #destinations = new DestinationCounts<Q>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(binding: Binding<Q>): void {
    this.#destinations.add(binding.destination);
    this.#size += 1;
  }

  remove(binding: Binding<Q>): void {
    if (this.#destinations.remove(binding.destination)) this.#size -= 1;
  }

  match(_key: string, _headers: HeadersThunk, visit: (destination: Destination<Q>) => void): void {
    this.#destinations.visit(visit);
  }
}

/** 0-9-1 §3.1.3.2: every binding, whatever the routing key. */
export const fanout: ExchangeType = {
  name: 'fanout',
  createMatcher: <Q extends QueueDestination>() => new FanoutMatcher<Q>(),
  checkBinding() {},
};
