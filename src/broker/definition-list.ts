import type { Permissions } from '../auth/permissions.ts';
import type { TopicPermissions } from '../auth/topic-permissions.ts';
import type { Users } from '../auth/users.ts';
import type { Binding, Exchange } from '../exchanges/exchange.ts';
import type { Queue } from '../queues/queue.ts';
import type { Fact } from '../store/append-log.ts';
import { factKinds } from './definition-facts.ts';
import {
  bindingDefinition,
  exchangeDefinition,
  isDurableBinding,
  isDurableExchange,
  isDurableQueue,
  queueDefinition,
} from './durable.ts';
import type { GlobalParameters } from './global-parameters.ts';
import type { Parameters } from './parameters.ts';
import { isPlain, type VhostMetadata } from './vhost-metadata.ts';

interface Contents {
  readonly metadata: VhostMetadata;
  readonly exchanges: ReadonlyMap<string, Exchange<Queue>>;
  readonly queues: ReadonlyMap<string, Queue>;
  readonly bindings: { all(): Iterable<Binding<Queue>> };
}

/** Where a node has what outlives it. */
interface Node {
  readonly lastQueueNumber: number;
  readonly vhosts: ReadonlyMap<string, Contents>;
  readonly users: Users;
  readonly permissions: Permissions;
  readonly topicPermissions: TopicPermissions;
  readonly parameters: Parameters;
  readonly globalParameters: GlobalParameters;
  /** What it was given and does not understand. */
  readonly unknownFacts: readonly Fact[];
}

/** All that is durable, in an order in which everything that is named is there already. */
export function listFacts(node: Node): readonly Fact[] {
  const { vhosts } = node;
  const facts: Fact[] = [factKinds.queueNumbers.factOf(node.lastQueueNumber), ...listRecords(node)];
  for (const { exchanges } of vhosts.values()) {
    for (const exchange of exchanges.values()) {
      if (!isDurableExchange(exchange)) continue;
      facts.push(factKinds.exchangeDeclared.factOf(exchangeDefinition(exchange)));
    }
  }
  for (const { queues } of vhosts.values()) {
    for (const queue of queues.values()) {
      if (!isDurableQueue(queue)) continue;
      facts.push(factKinds.queueDeclared.factOf(queueDefinition(queue)));
    }
  }
  for (const { bindings } of vhosts.values()) {
    for (const binding of bindings.all()) {
      if (!isDurableBinding(binding)) continue;
      facts.push(factKinds.bindingAdded.factOf(bindingDefinition(binding)));
    }
  }
  facts.push(...node.unknownFacts);
  return facts;
}

/** What is not declared by clients. */
function listRecords(node: Node): readonly Fact[] {
  const facts: Fact[] = [];
  for (const [name, { metadata }] of node.vhosts) {
    facts.push(factKinds.vhostAdded.factOf({ name }));
    if (!isPlain(metadata)) facts.push(factKinds.vhostMetadataSet.factOf({ name, metadata }));
  }
  for (const each of node.users.list()) facts.push(factKinds.userSet.factOf(each));
  for (const each of node.permissions.list()) facts.push(factKinds.permissionsSet.factOf(each));
  for (const each of node.topicPermissions.list()) {
    facts.push(factKinds.topicPermissionsSet.factOf(each));
  }
  for (const each of node.globalParameters.list()) {
    facts.push(factKinds.globalParameterSet.factOf(each));
  }
  for (const each of node.parameters.list()) facts.push(factKinds.parameterSet.factOf(each));
  return facts;
}
