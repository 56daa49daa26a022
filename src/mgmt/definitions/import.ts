import type { Broker } from '../../broker/broker.ts';
import { defineExchange } from '../../broker/declare-exchange.ts';
import { defineQueue } from '../../broker/declare-queue.ts';
import { isPredeclared } from '../../broker/names.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { longstr, type Table } from '../../codec/table.ts';
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { grant, grantTopics } from '../grants.ts';
import { badRequest } from '../http-error.ts';
import { argumentsOf, booleanOf, textOf } from '../request-values.ts';
import { putUser } from '../user-change.ts';
import { metadataIn, putVhost } from '../vhost-change.ts';
import { DefinitionsError, missingVhost, refusalOf } from './definitions-error.ts';

export interface ImportOptions {
  /** Into this vhost alone, whatever the definitions say; it must be there. */
  readonly vhost?: string;
  /** Who imports: they may do everything in the vhosts that are new. The server itself, if undefined. */
  readonly user?: string;
}

/**
 * Makes everything that definitions of RabbitMQ 3.x or 4.x tell of. What is there already stays (queues,
 * exchanges, bindings) or is replaced (all else). What was made before something is refused stays made.
 * @throws DefinitionsError
 */
export function importDefinitions(
  broker: Broker,
  definitions: JsonObject,
  options: ImportOptions = {},
): void {
  try {
    new Import(broker, definitions, options).run();
  } catch (error) {
    throw refusalOf(error);
  }
}

type Apply = (entry: JsonObject) => void;

class Import {
  readonly #broker: Broker;
  readonly #definitions: JsonObject;
  readonly #options: ImportOptions;

  constructor(broker: Broker, definitions: JsonObject, options: ImportOptions) {
    this.#broker = broker;
    this.#definitions = definitions;
    this.#options = options;
  }

  /** In RabbitMQ's order, so that what others need is there before them. */
  run(): void {
    const all = this.#options.vhost === undefined;
    if (all) {
      this.#each('users', (user) =>
        putUser(this.#broker, required(user, 'name'), user, this.#version),
      );
      this.#each('vhosts', (vhost) => this.#vhost(vhost));
    }
    this.#checkQueueLimits();
    if (all) {
      this.#each('permissions', (entry) => grant(this.#broker, this.#granteeOf(entry), entry));
      this.#each('topic_permissions', (entry) =>
        grantTopics(this.#broker, this.#granteeOf(entry), entry),
      );
    }
    this.#each('exchanges', (exchange) => this.#exchange(exchange));
    if (all) this.#oneByOne('global_parameters', (parameter) => this.#globalParameter(parameter));
    this.#oneByOne('policies', (policy) => this.#policy(policy));
    this.#oneByOne('parameters', (parameter) => this.#parameter(parameter));
    this.#each('queues', (queue) => this.#queue(queue));
    this.#each('bindings', (binding) => this.#binding(binding));
  }

  /** Of the RabbitMQ that wrote the definitions. */
  get #version(): string | undefined {
    const { rabbitmq_version: version, rabbit_version: older } = this.#definitions;
    const given = version ?? older;
    return typeof given === 'string' ? given : undefined;
  }

  /** Applies all entries, and is refused what the first of them is refused. */
  #each(category: string, apply: Apply): void {
    let refusal: DefinitionsError | undefined;
    this.#announce(category);
    for (const entry of this.#entries(category)) {
      try {
        apply(entry);
      } catch (error) {
        refusal ??= refusalOf(error);
      }
    }
    if (refusal !== undefined) throw refusal;
  }

  /** Applies the entries up to the first that is refused. */
  #oneByOne(category: string, apply: Apply): void {
    this.#announce(category);
    for (const entry of this.#entries(category)) apply(entry);
  }

  #announce(category: string): void {
    const count = this.#entries(category).length;
    if (count > 0) this.#broker.logger.info({ count }, `Importing ${category}`);
  }

  #entries(category: string): readonly JsonObject[] {
    const entries = this.#definitions[category];
    if (entries === undefined || entries === null) return [];
    if (!isJsonList(entries)) throw new DefinitionsError(`${category} should be a list`);
    return entries.filter(isJsonObject);
  }

  /** The vhost that an entry belongs to. @throws DefinitionsError */
  #vhostOf(entry: JsonObject): VirtualHost {
    const name = this.#options.vhost ?? optional(entry, 'vhost');
    const vhost = name === undefined ? undefined : this.#broker.vhosts.get(name);
    if (vhost === undefined) throw missingVhost(name);
    return vhost;
  }

  #granteeOf(entry: JsonObject): { readonly user: string; readonly vhost: string } {
    const user = required(entry, 'user');
    if (this.#broker.users.get(user) === undefined) throw badRequest(['no_such_user', user]);
    return { user, vhost: this.#vhostOf(entry).name };
  }

  // Before any of them is made: either all queues of a vhost have room, or none is imported.
  #checkQueueLimits(): void {
    const added = new Map<VirtualHost, number>();
    for (const queue of this.#entries('queues')) {
      const vhost = this.#vhostOf(queue);
      if (vhost.queues.has(required(queue, 'name'))) continue;
      added.set(vhost, (added.get(vhost) ?? 0) + 1);
    }
    for (const [{ name, queues }, count] of added) {
      const limit = this.#broker.vhostLimits.get(name, 'max-queues');
      if (limit === undefined || queues.size + count <= limit) continue;
      throw new DefinitionsError(
        `Adding ${count} queue(s) to virtual host "${name}" would exceed the limit of ` +
          `${limit} queue(s).\n\nThis virtual host currently has ${queues.size} queue(s) ` +
          'defined.\n\nImport aborted!',
      );
    }
  }

  #vhost(entry: JsonObject): void {
    const { metadata } = entry;
    const described = isJsonObject(metadata) ? { ...metadata, ...entry } : entry;
    const changes = metadataIn(described);
    putVhost(this.#broker, required(entry, 'name'), changes, this.#options.user);
  }

  #globalParameter(entry: JsonObject): void {
    this.#broker.globalParameters.set(required(entry, 'name'), entry['value'] ?? null);
  }

  #policy(entry: JsonObject): void {
    const vhost = this.#vhostOf(entry).name;
    const name = optional(entry, 'name');
    if (name === undefined) {
      throw new DefinitionsError(`policy in virtual host '${vhost}' has undefined name`);
    }
    const { pattern, definition, priority = 0, 'apply-to': applyTo = 'all' } = entry;
    const value = {
      ...(pattern === undefined ? {} : { pattern }),
      'apply-to': applyTo,
      ...(definition === undefined ? {} : { definition }),
      priority,
    };
    this.#setParameter('policy', vhost, name, value, ` (${vhost}/${name})`);
  }

  #parameter(entry: JsonObject): void {
    const vhost = this.#vhostOf(entry).name;
    const component = required(entry, 'component');
    const name = required(entry, 'name');
    const where = ` (${vhost}/${component}/${name})`;
    if (component === 'policy') {
      throw new DefinitionsError(`policies may not be set using this method${where}`);
    }
    const { value = null } = entry;
    // Erlang's empty list is what RabbitMQ 3.x writes for an object without members.
    const given = isJsonList(value) && value.length === 0 ? {} : value;
    this.#setParameter(component, vhost, name, given, where);
  }

  #setParameter(
    component: string,
    vhost: string,
    name: string,
    value: JsonValue,
    where: string,
  ): void {
    try {
      this.#broker.parameters.set(component, vhost, name, value);
    } catch (error) {
      throw refusalOf(error, where);
    }
  }

  #exchange(entry: JsonObject): void {
    const vhost = this.#vhostOf(entry);
    const exchange = required(entry, 'name');
    if (exchange === '' || isPredeclared(exchange)) {
      this.#skip('exchange', vhost, exchange, 'every node has its own');
      return;
    }
    if (vhost.exchanges.has(exchange)) return;
    defineExchange(vhost, {
      exchange,
      type: required(entry, 'type'),
      passive: false,
      durable: booleanOf(entry['durable'], true),
      autoDelete: booleanOf(entry['auto_delete'], false),
      internal: booleanOf(entry['internal'], false),
      arguments: argumentsOf(entry),
    });
  }

  #queue(entry: JsonObject): void {
    const vhost = this.#vhostOf(entry);
    const queue = required(entry, 'name');
    if (queue.startsWith('amq.')) {
      this.#skip('queue', vhost, queue, 'its name was given by a server');
      return;
    }
    if (vhost.queues.has(queue)) return;
    const request = {
      queue,
      passive: false,
      durable: booleanOf(entry['durable'], true),
      exclusive: false,
      autoDelete: booleanOf(entry['auto_delete'], false),
      arguments: typedArguments(entry, vhost),
    };
    defineQueue(vhost, request, this.#options.user);
  }

  #binding(entry: JsonObject): void {
    const vhost = this.#vhostOf(entry);
    const name = required(entry, 'destination');
    const source = vhost.exchanges.get(required(entry, 'source'));
    const kind = required(entry, 'destination_type');
    if (kind !== 'queue' && kind !== 'exchange') throw badRequest(['not_a_destination', kind]);
    const destination = kind === 'queue' ? vhost.queues.get(name) : vhost.exchanges.get(name);
    // As over AMQP, but nobody waits for an answer: one end is not there.
    if (source === undefined || destination === undefined) {
      this.#skip('binding', vhost, name, 'its source or destination is not there');
      return;
    }
    const routingKey = textOf(entry['routing_key'], 'routing_key', '');
    vhost.addBinding({ source, destination, routingKey, arguments: argumentsOf(entry) });
  }

  #skip(what: string, vhost: VirtualHost, name: string, why: string): void {
    const fields = { vhost: vhost.name, name };
    this.#broker.logger.warn(fields, `Definitions: a ${what} is left out, ${why}`);
  }
}

/** The arguments of a queue, which are told its type where they would make another one. */
function typedArguments(entry: JsonObject, { metadata }: VirtualHost): Table {
  const given = argumentsOf(entry);
  const { type } = entry;
  const otherwise = metadata.defaultQueueType ?? 'classic';
  if (typeof type !== 'string' || type === otherwise || given.has('x-queue-type')) return given;
  return new Map([...given, ['x-queue-type', longstr(type)]]);
}

function optional(entry: JsonObject, key: string): string | undefined {
  const value = entry[key];
  return value === undefined || value === null ? undefined : textOf(value, key, '');
}

function required(entry: JsonObject, key: string): string {
  const value = optional(entry, key);
  if (value === undefined) throw badRequest(['key_missing', key]);
  return value;
}
