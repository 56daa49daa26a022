import type { UserPermissions } from '../auth/permissions.ts';
import type { UserTopicPermissions } from '../auth/topic-permissions.ts';
import type { StoredUser } from '../auth/users.ts';
import type { Fact } from '../store/append-log.ts';
import { BindingDefinitions } from './binding-definitions.ts';
import {
  type ClearedTopicPermissions,
  type ExchangeDefinition,
  factKinds,
  type Grantee,
  type Located,
  type ParameterLocation,
  type QueueDefinition,
} from './definition-facts.ts';
import type { GlobalParameter } from './global-parameters.ts';
import type { Parameter } from './parameters.ts';
import { plainMetadata, type VhostMetadata } from './vhost-metadata.ts';

/** What a vhost holds, by name. */
export class VhostDefinitions {
  readonly exchanges = new Map<string, ExchangeDefinition>();
  readonly queues = new Map<string, QueueDefinition>();
  readonly bindings = new BindingDefinitions();
  readonly parameters = new Map<string, Parameter>();
  readonly topicPermissions = new Map<string, UserTopicPermissions>();
  metadata: VhostMetadata = plainMetadata;
}

/**
 * What all facts together come to. The last fact about a name wins, so that facts may be applied to
 * definitions that hold their effects already, and those of facts behind them.
 */
export class Definitions {
  readonly vhosts = new Set<string>();
  readonly users = new Map<string, StoredUser>();
  readonly globalParameters = new Map<string, GlobalParameter>();
  /** Facts of kinds that this version does not know: another may. */
  readonly unknown: Fact[] = [];
  readonly #permissions = new Map<string, UserPermissions>();
  // Also of vhosts that are not there: what was said of one goes when the facts come to its end.
  readonly #contents = new Map<string, VhostDefinitions>();
  #lastQueueNumber = 0;
  #isEmpty = true;

  /** @throws Error for a fact that cannot be read */
  static replay(facts: Iterable<Fact>): Definitions {
    const definitions = new Definitions();
    for (const fact of facts) definitions.#apply(fact);
    return definitions;
  }

  /** There was no fact at all: nothing has ever been defined. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  get permissions(): Iterable<UserPermissions> {
    return this.#permissions.values();
  }

  /** Of the vhosts that are there. */
  get parameters(): Iterable<Parameter> {
    return this.#inVhosts().flatMap(({ parameters }) => [...parameters.values()]);
  }

  /** Of the vhosts that are there. */
  get topicPermissions(): Iterable<UserTopicPermissions> {
    return this.#inVhosts().flatMap(({ topicPermissions }) => [...topicPermissions.values()]);
  }

  /** The highest number that a queue has had. */
  get lastQueueNumber(): number {
    return this.#lastQueueNumber;
  }

  contentsOf(vhost: string): VhostDefinitions {
    let contents = this.#contents.get(vhost);
    if (contents === undefined) {
      contents = new VhostDefinitions();
      this.#contents.set(vhost, contents);
    }
    return contents;
  }

  #apply(fact: Fact): void {
    const { kind, payload } = fact;
    this.#isEmpty = false;
    switch (kind) {
      case factKinds.queueNumbers.octet:
        this.#noteNumber(factKinds.queueNumbers.valueOf(payload));
        return;
      case factKinds.vhostAdded.octet:
        this.vhosts.add(factKinds.vhostAdded.valueOf(payload).name);
        return;
      case factKinds.vhostRemoved.octet:
        this.#removeVhost(factKinds.vhostRemoved.valueOf(payload).name);
        return;
      case factKinds.userSet.octet: {
        const user = factKinds.userSet.valueOf(payload);
        this.users.set(user.name, user);
        return;
      }
      case factKinds.userRemoved.octet:
        this.users.delete(factKinds.userRemoved.valueOf(payload).name);
        return;
      case factKinds.permissionsSet.octet: {
        const permissions = factKinds.permissionsSet.valueOf(payload);
        this.#permissions.set(granteeKey(permissions), permissions);
        return;
      }
      case factKinds.permissionsCleared.octet:
        this.#permissions.delete(granteeKey(factKinds.permissionsCleared.valueOf(payload)));
        return;
      default:
        if (this.#applyTopology(kind, payload) || this.#applyRecord(kind, payload)) return;
        this.unknown.push(fact);
    }
  }

  // @returns whether the kind is known
  #applyTopology(kind: number, payload: Uint8Array): boolean {
    switch (kind) {
      case factKinds.exchangeDeclared.octet: {
        const exchange = factKinds.exchangeDeclared.valueOf(payload);
        this.contentsOf(exchange.vhost).exchanges.set(exchange.name, exchange);
        return true;
      }
      case factKinds.exchangeDeleted.octet:
        this.#deleteExchange(factKinds.exchangeDeleted.valueOf(payload));
        return true;
      case factKinds.queueDeclared.octet: {
        const queue = factKinds.queueDeclared.valueOf(payload);
        this.contentsOf(queue.vhost).queues.set(queue.name, queue);
        this.#noteNumber(queue.number);
        return true;
      }
      case factKinds.queueDeleted.octet:
        this.#deleteQueue(factKinds.queueDeleted.valueOf(payload));
        return true;
      case factKinds.bindingAdded.octet: {
        const binding = factKinds.bindingAdded.valueOf(payload);
        this.contentsOf(binding.vhost).bindings.set(binding);
        return true;
      }
      case factKinds.bindingRemoved.octet: {
        const binding = factKinds.bindingRemoved.valueOf(payload);
        this.contentsOf(binding.vhost).bindings.delete(binding);
        return true;
      }
      default:
        return false;
    }
  }

  // @returns whether the kind is known
  #applyRecord(kind: number, payload: Uint8Array): boolean {
    switch (kind) {
      case factKinds.vhostMetadataSet.octet: {
        const { name, metadata } = factKinds.vhostMetadataSet.valueOf(payload);
        this.contentsOf(name).metadata = metadata;
        return true;
      }
      case factKinds.parameterSet.octet: {
        const parameter = factKinds.parameterSet.valueOf(payload);
        this.contentsOf(parameter.vhost).parameters.set(parameterKey(parameter), parameter);
        return true;
      }
      case factKinds.parameterCleared.octet: {
        const cleared = factKinds.parameterCleared.valueOf(payload);
        this.contentsOf(cleared.vhost).parameters.delete(parameterKey(cleared));
        return true;
      }
      case factKinds.globalParameterSet.octet: {
        const parameter = factKinds.globalParameterSet.valueOf(payload);
        this.globalParameters.set(parameter.name, parameter);
        return true;
      }
      case factKinds.globalParameterCleared.octet:
        this.globalParameters.delete(factKinds.globalParameterCleared.valueOf(payload).name);
        return true;
      case factKinds.topicPermissionsSet.octet: {
        const permissions = factKinds.topicPermissionsSet.valueOf(payload);
        const { vhost, user, exchange } = permissions;
        this.contentsOf(vhost).topicPermissions.set(textKey(user, exchange), permissions);
        return true;
      }
      case factKinds.topicPermissionsCleared.octet:
        this.#clearTopicPermissions(factKinds.topicPermissionsCleared.valueOf(payload));
        return true;
      default:
        return false;
    }
  }

  #inVhosts(): readonly VhostDefinitions[] {
    return [...this.vhosts].map((vhost) => this.contentsOf(vhost));
  }

  #clearTopicPermissions({ vhost, user, exchange }: ClearedTopicPermissions): void {
    const { topicPermissions } = this.contentsOf(vhost);
    if (exchange !== undefined) {
      topicPermissions.delete(textKey(user, exchange));
      return;
    }
    for (const [key, permissions] of topicPermissions) {
      if (permissions.user === user) topicPermissions.delete(key);
    }
  }

  #removeVhost(name: string): void {
    this.vhosts.delete(name);
    this.#contents.delete(name);
  }

  #deleteExchange({ vhost, name }: Located): void {
    const { exchanges, bindings } = this.contentsOf(vhost);
    exchanges.delete(name);
    bindings.deleteExchange(name);
  }

  #deleteQueue({ vhost, name }: Located): void {
    const { queues, bindings } = this.contentsOf(vhost);
    queues.delete(name);
    bindings.deleteQueue(name);
  }

  #noteNumber(number: number): void {
    this.#lastQueueNumber = Math.max(this.#lastQueueNumber, number);
  }
}

function granteeKey({ user, vhost }: Grantee): string {
  return textKey(user, vhost);
}

function parameterKey({ component, name }: ParameterLocation): string {
  return textKey(component, name);
}

// The length keeps the parts apart.
function textKey(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}
