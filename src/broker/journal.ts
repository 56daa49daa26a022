import type { PermissionJournal, UserPermissions } from '../auth/permissions.ts';
import type { TopicPermissionJournal, UserTopicPermissions } from '../auth/topic-permissions.ts';
import type { StoredUser, UserJournal } from '../auth/users.ts';
import type { Binding, Exchange } from '../exchanges/exchange.ts';
import type { Queue } from '../queues/queue.ts';
import type { AppendLog, Fact } from '../store/append-log.ts';
import { type FactKind, factKinds } from './definition-facts.ts';
import {
  bindingDefinition,
  exchangeDefinition,
  isDurableBinding,
  isDurableExchange,
  isDurableQueue,
  queueDefinition,
} from './durable.ts';
import type { GlobalParameter, GlobalParameterJournal } from './global-parameters.ts';
import type { Parameter, ParameterJournal } from './parameters.ts';
import type { VhostMetadata } from './vhost-metadata.ts';

/** Tells the log of every change of what a restart brings back; of other changes it says nothing. */
export class Journal
  implements
    UserJournal,
    PermissionJournal,
    TopicPermissionJournal,
    ParameterJournal,
    GlobalParameterJournal
{
  /** How many changes there have been. */
  changes = 0;
  readonly #log: AppendLog;

  constructor(log: AppendLog) {
    this.#log = log;
  }

  vhostAdded(name: string): void {
    this.#append(factKinds.vhostAdded, { name });
  }

  /** All that was in it is gone as well. */
  vhostRemoved(name: string): void {
    this.#append(factKinds.vhostRemoved, { name });
  }

  vhostMetadataSet(name: string, metadata: VhostMetadata): void {
    this.#append(factKinds.vhostMetadataSet, { name, metadata });
  }

  parameterSet(parameter: Parameter): void {
    this.#append(factKinds.parameterSet, parameter);
  }

  parameterCleared(component: string, vhost: string, name: string): void {
    this.#append(factKinds.parameterCleared, { component, vhost, name });
  }

  globalParameterSet(parameter: GlobalParameter): void {
    this.#append(factKinds.globalParameterSet, parameter);
  }

  globalParameterCleared(name: string): void {
    this.#append(factKinds.globalParameterCleared, { name });
  }

  userSet(user: StoredUser): void {
    this.#append(factKinds.userSet, user);
  }

  userRemoved(name: string): void {
    this.#append(factKinds.userRemoved, { name });
  }

  permissionsSet(permissions: UserPermissions): void {
    this.#append(factKinds.permissionsSet, permissions);
  }

  permissionsCleared(user: string, vhost: string): void {
    this.#append(factKinds.permissionsCleared, { user, vhost });
  }

  topicPermissionsSet(permissions: UserTopicPermissions): void {
    this.#append(factKinds.topicPermissionsSet, permissions);
  }

  topicPermissionsCleared(user: string, vhost: string, exchange?: string): void {
    this.#append(factKinds.topicPermissionsCleared, { user, vhost, exchange });
  }

  exchangeDeclared(exchange: Exchange<Queue>): void {
    if (!isDurableExchange(exchange)) return;
    this.#append(factKinds.exchangeDeclared, exchangeDefinition(exchange));
  }

  /** The bindings from and to it are gone as well. */
  exchangeDeleted(exchange: Exchange<Queue>): void {
    const { vhost, name } = exchange;
    if (isDurableExchange(exchange)) this.#append(factKinds.exchangeDeleted, { vhost, name });
  }

  queueDeclared(queue: Queue): void {
    if (isDurableQueue(queue)) this.#append(factKinds.queueDeclared, queueDefinition(queue));
  }

  /** The bindings to it are gone as well. */
  queueDeleted(queue: Queue): void {
    const { vhost, name } = queue;
    if (isDurableQueue(queue)) this.#append(factKinds.queueDeleted, { vhost, name });
  }

  bindingAdded(binding: Binding<Queue>): void {
    if (!isDurableBinding(binding)) return;
    this.#append(factKinds.bindingAdded, bindingDefinition(binding));
  }

  bindingRemoved(binding: Binding<Queue>): void {
    if (!isDurableBinding(binding)) return;
    this.#append(factKinds.bindingRemoved, bindingDefinition(binding));
  }

  #append<T>(kind: FactKind<T>, value: T): void {
    this.changes += 1;
    this.#log.appendFact(new Change(kind, value));
  }
}

/** A fact whose payload is written when somebody looks: a log that keeps nothing does not. */
class Change<T> implements Fact {
  readonly #kind: FactKind<T>;
  readonly #value: T;
  #payload: Uint8Array | undefined = undefined;

  constructor(kind: FactKind<T>, value: T) {
    this.#kind = kind;
    this.#value = value;
  }

  get kind(): number {
    return this.#kind.octet;
  }

  get payload(): Uint8Array {
    this.#payload ??= this.#kind.payloadOf(this.#value);
    return this.#payload;
  }
}
