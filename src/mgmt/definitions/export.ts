import type { Broker } from '../../broker/broker.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { longstr } from '../../codec/table.ts';
import type { Binding, Exchange } from '../../exchanges/exchange.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Queue } from '../../queues/queue.ts';
import { productName, rabbitmqVersion } from '../emulated.ts';
import { jsonOf } from '../json-table.ts';
import { permissionView, topicPermissionView } from '../views/permission.ts';
import { policyView } from '../views/policy.ts';
import { userView } from '../views/user.ts';
import { metadataView } from '../views/vhost.ts';

const INTERNAL_PREFIX = 'internal';

/** Everything that outlives a node, for another to import. */
export function allDefinitions(broker: Broker): JsonObject {
  const vhosts = [...broker.vhosts.values()];
  const inAll = (list: (vhost: VirtualHost) => readonly JsonObject[]): readonly JsonObject[] =>
    vhosts.flatMap((vhost) => list(vhost).map((item) => ({ vhost: vhost.name, ...item })));
  return {
    ...versions(broker),
    rabbitmq_definition_format: 'cluster',
    original_cluster_name: broker.clusterName,
    explanation: `Definitions of cluster '${broker.clusterName}'`,
    users: broker.users.list().map(userView),
    vhosts: vhosts.map((vhost) => ({
      name: vhost.name,
      metadata: metadataView(vhost.metadata),
      limits: limitsOf(broker, vhost),
    })),
    permissions: broker.permissions.list().map(permissionView),
    topic_permissions: broker.topicPermissions.list().map(topicPermissionView),
    parameters: inAll((vhost) => parametersOf(broker, vhost)),
    global_parameters: broker.globalParameters
      .list()
      .filter(({ name }) => !name.startsWith(INTERNAL_PREFIX))
      .map(({ name, value }) => ({ name, value })),
    policies: inAll((vhost) => policiesOf(broker, vhost)),
    queues: inAll(queuesOf),
    exchanges: inAll(exchangesOf),
    bindings: inAll(bindingsOf),
  };
}

/** What a vhost holds, for another vhost to import. */
export function vhostDefinitions(broker: Broker, vhost: VirtualHost): JsonObject {
  return {
    ...versions(broker),
    rabbitmq_definition_format: 'single_virtual_host',
    original_vhost_name: vhost.name,
    explanation: `Definitions of virtual host '${vhost.name}'`,
    description: vhost.metadata.description,
    metadata: metadataView(vhost.metadata),
    limits: limitsOf(broker, vhost),
    parameters: parametersOf(broker, vhost),
    policies: policiesOf(broker, vhost),
    queues: queuesOf(vhost),
    exchanges: exchangesOf(vhost),
    bindings: bindingsOf(vhost),
  };
}

function versions({ version }: Broker): JsonObject {
  return {
    rabbit_version: rabbitmqVersion,
    rabbitmq_version: rabbitmqVersion,
    product_name: productName,
    product_version: version,
  };
}

function limitsOf(broker: Broker, { name }: VirtualHost): JsonObject {
  return { ...broker.vhostLimits.list(name)[0]?.limits };
}

// Policies have a list of their own; operator policies and limits have not.
function parametersOf(broker: Broker, vhost: VirtualHost): readonly JsonObject[] {
  return broker.parameters
    .list(undefined, vhost.name)
    .filter(({ component }) => component !== 'policy')
    .map(({ component, name, value }) => ({ component, name, value }));
}

function policiesOf(broker: Broker, vhost: VirtualHost): readonly JsonObject[] {
  return broker.policies.list('policy', vhost.name).map((policy) => {
    const { vhost: _, ...view } = policyView(policy);
    return view;
  });
}

function queuesOf(vhost: VirtualHost): readonly JsonObject[] {
  return [...vhost.queues.values()].filter(isExported).map((queue) => {
    const { name, durable, autoDelete, settings } = queue;
    const type = settings.queueType;
    const arguments_ = new Map([...queue.arguments, ['x-queue-type', longstr(type)] as const]);
    return { name, durable, auto_delete: autoDelete, type, arguments: jsonOf(arguments_) };
  });
}

// An exclusive queue goes with its connection: nobody can bring it back.
function isExported({ owner }: Queue): boolean {
  return owner === undefined;
}

function exchangesOf(vhost: VirtualHost): readonly JsonObject[] {
  return [...vhost.exchanges.values()]
    .filter(({ name }) => !name.startsWith('amq.'))
    .map((exchange: Exchange<Queue>) => ({
      name: exchange.name,
      type: exchange.type.name,
      durable: exchange.durable,
      auto_delete: exchange.autoDelete,
      ...(exchange.internal ? { internal: true } : {}),
      arguments: jsonOf(exchange.arguments),
    }));
}

function bindingsOf(vhost: VirtualHost): readonly JsonObject[] {
  return [...vhost.bindings.all()]
    .filter(({ destination }) => destination.kind === 'exchange' || isExported(destination))
    .map((binding: Binding<Queue>) => ({
      source: binding.source.name,
      destination: binding.destination.name,
      destination_type: binding.destination.kind,
      routing_key: binding.routingKey,
      arguments: jsonOf(binding.arguments),
    }));
}
