import { DestinationCounts } from './destination-counts.ts';
import type {
  Binding,
  Destination,
  ExchangeType,
  HeadersThunk,
  Matcher,
  QueueDestination,
} from './exchange.ts';

class DirectMatcher<Q extends QueueDestination> implements Matcher<Q> {
  readonly readsHeaders = false;
  readonly #byKey = new Map<string, DestinationCounts<Q>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(binding: Binding<Q>): void {
    let destinations = this.#byKey.get(binding.routingKey);
    if (destinations === undefined) {
      destinations = new DestinationCounts();
      this.#byKey.set(binding.routingKey, destinations);
    }
    destinations.add(binding.destination);
    this.#size += 1;
  }

  remove(binding: Binding<Q>): void {
    const destinations = this.#byKey.get(binding.routingKey);
    if (destinations === undefined || !destinations.remove(binding.destination)) return;
    if (destinations.isEmpty) this.#byKey.delete(binding.routingKey);
    this.#size -= 1;
  }

  match(
    routingKey: string,
    _headers: HeadersThunk,
    visit: (destination: Destination<Q>) => void,
  ): void {
    this.#byKey.get(routingKey)?.visit(visit);
  }
}

/** 0-9-1 §3.1.3.1: the bindings with the message's routing key. */
export const direct: ExchangeType = {
  name: 'direct',
  createMatcher: <Q extends QueueDestination>() => new DirectMatcher<Q>(),
  checkBinding() {},
};
