import { tableIdentity } from '../model/field-value.ts';
import type { BindingDefinition } from './definition-facts.ts';

type ByIdentity = Map<string, BindingDefinition>;

/** The bindings of a vhost by the names of their ends, which need not be there. */
export class BindingDefinitions {
  readonly #bySource = new Map<string, ByIdentity>();
  readonly #byDestination = new Map<string, ByIdentity>();

  set(binding: BindingDefinition): void {
    const identity = identityOf(binding);
    entryOf(this.#bySource, binding.source).set(identity, binding);
    entryOf(this.#byDestination, destinationKey(binding)).set(identity, binding);
  }

  delete(binding: BindingDefinition): void {
    const identity = identityOf(binding);
    this.#bySource.get(binding.source)?.delete(identity);
    this.#byDestination.get(destinationKey(binding))?.delete(identity);
  }

  /** An exchange is gone: so is what led from it and to it. */
  deleteExchange(name: string): void {
    for (const binding of [...(this.#bySource.get(name)?.values() ?? [])]) this.delete(binding);
    this.#deleteTo('exchange', name);
  }

  /** A queue is gone, and what led to it. */
  deleteQueue(name: string): void {
    this.#deleteTo('queue', name);
  }

  *all(): Generator<BindingDefinition> {
    for (const bindings of this.#bySource.values()) yield* bindings.values();
  }

  #deleteTo(destinationKind: BindingDefinition['destinationKind'], destination: string): void {
    const key = destinationKey({ destinationKind, destination });
    for (const binding of [...(this.#byDestination.get(key)?.values() ?? [])]) this.delete(binding);
    this.#byDestination.delete(key);
  }
}

function entryOf(map: Map<string, ByIdentity>, key: string): ByIdentity {
  let entry = map.get(key);
  if (entry === undefined) {
    entry = new Map();
    map.set(key, entry);
  }
  return entry;
}

function destinationKey({
  destinationKind,
  destination,
}: Pick<BindingDefinition, 'destinationKind' | 'destination'>): string {
  return `${destinationKind}:${destination}`;
}

// Lengths keep the parts apart.
function identityOf(binding: BindingDefinition): string {
  const { source, routingKey } = binding;
  const ends = `${source.length}:${source}${destinationKey(binding)}`;
  return `${ends.length}:${ends}${routingKey.length}:${routingKey}${tableIdentity(binding.arguments)}`;
}
