import type { Table } from '../codec/table.ts';
import { tableIdentity } from '../model/field-value.ts';
import type { Binding, Destination, Exchange, QueueDestination } from './exchange.ts';

/** What names a binding: RabbitMQ knows no two with the same source, destination, key and arguments. */
export type BindingSpec<Q extends QueueDestination> = Readonly<{
  source: Exchange<Q>;
  destination: Destination<Q>;
  routingKey: string;
  arguments: Table;
}>;

/** All bindings of a vhost but the default exchange's, which RabbitMQ keeps nowhere either. */
export class BindingTable<Q extends QueueDestination> {
  readonly #bySource = new Map<Exchange<Q>, Map<string, Binding<Q>>>();
  readonly #byDestination = new Map<Destination<Q>, Set<Binding<Q>>>();
  #size = 0;
  #generation = 0;

  /** Bindings in all. */
  get size(): number {
    return this.#size;
  }

  /** Changes whenever a binding comes or goes, so that what was derived from them can be dropped. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * The new binding, or undefined when it was there already.
   *
   * @throws BrokerError for arguments that the source's type refuses.
   */
  add(spec: BindingSpec<Q>): Binding<Q> | undefined {
    spec.source.type.checkBinding(spec.arguments);
    const identity = identityOf(spec);
    const siblings = this.#bySource.get(spec.source) ?? new Map<string, Binding<Q>>();
    if (siblings.has(identity)) return undefined;
    const binding: Binding<Q> = {
      source: spec.source,
      destination: spec.destination,
      routingKey: spec.routingKey,
      arguments: spec.arguments,
    };
    siblings.set(identity, binding);
    this.#bySource.set(spec.source, siblings);
    const incoming = this.#byDestination.get(spec.destination);
    if (incoming === undefined) this.#byDestination.set(spec.destination, new Set([binding]));
    else incoming.add(binding);
    spec.source.bindings.add(binding);
    this.#size += 1;
    this.#generation += 1;
    return binding;
  }

  /** The binding removed, or undefined when there was none. */
  remove(spec: BindingSpec<Q>): Binding<Q> | undefined {
    const binding = this.find(spec);
    if (binding !== undefined) this.#drop(binding);
    return binding;
  }

  find(spec: BindingSpec<Q>): Binding<Q> | undefined {
    return this.#bySource.get(spec.source)?.get(identityOf(spec));
  }

  /** Every binding, exchange by exchange. */
  *all(): Generator<Binding<Q>> {
    for (const bindings of this.#bySource.values()) yield* bindings.values();
  }

  bySource(source: Exchange<Q>): Binding<Q>[] {
    return [...(this.#bySource.get(source)?.values() ?? [])];
  }

  byDestination(destination: Destination<Q>): Binding<Q>[] {
    return [...(this.#byDestination.get(destination) ?? [])];
  }

  /** Removes and returns what leads to a queue or exchange that goes away. */
  removeAllFor(destination: Destination<Q>): Binding<Q>[] {
    const removed = this.byDestination(destination);
    for (const binding of removed) this.#drop(binding);
    return removed;
  }

  /** Removes and returns what leads from an exchange that goes away. */
  removeAllFrom(source: Exchange<Q>): Binding<Q>[] {
    const removed = this.bySource(source);
    for (const binding of removed) this.#drop(binding);
    return removed;
  }

  #drop(binding: Binding<Q>): void {
    const { source, destination } = binding;
    const siblings = this.#bySource.get(source);
    siblings?.delete(identityOf(binding));
    if (siblings?.size === 0) this.#bySource.delete(source);
    const incoming = this.#byDestination.get(destination);
    incoming?.delete(binding);
    if (incoming?.size === 0) this.#byDestination.delete(destination);
    source.bindings.remove(binding);
    this.#size -= 1;
    this.#generation += 1;
  }
}

// Lengths keep the parts apart; the source is the map it is looked up in.
function identityOf<Q extends QueueDestination>(spec: BindingSpec<Q>): string {
  const { destination, routingKey } = spec;
  const { name } = destination;
  const arguments_ = tableIdentity(spec.arguments);
  return `${destination.kind}${name.length}:${name}${routingKey.length}:${routingKey}${arguments_}`;
}
