import type { Permissions } from '../auth/permissions.ts';
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

interface Contents {
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
  /** What it was given and does not understand. */
  readonly unknownFacts: readonly Fact[];
}

/** All that is durable, in an order in which everything that is named is there already. */
export function listFacts(node: Node): readonly Fact[] {
  const { lastQueueNumber, vhosts, users, permissions, unknownFacts } = node;
  const facts: Fact[] = [factKinds.queueNumbers.factOf(lastQueueNumber)];
  for (const name of vhosts.keys()) facts.push(factKinds.vhostAdded.factOf({ name }));
  for (const user of users.list()) facts.push(factKinds.userSet.factOf(user));
  for (const each of permissions.list()) facts.push(factKinds.permissionsSet.factOf(each));
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
  facts.push(...unknownFacts);
  return facts;
}
