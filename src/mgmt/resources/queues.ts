import {
  declareQueue,
  deletableQueue,
  purgeQueue,
  type QueueRequest,
} from '../../broker/declare-queue.ts';
import { durably } from '../../broker/durably.ts';
import type { JsonObject } from '../../kit/json.ts';
import type { Queue } from '../../queues/queue.ts';
import { type Answer, type Call, created, type Endpoint, noContent } from '../endpoint.ts';
import { badRequest, HttpError, notFound } from '../http-error.ts';
import { sessionOf } from '../http-session.ts';
import { type LazyListOptions, listed, listedLazily, projected } from '../list-view.ts';
import { argumentsOf, booleanOf, requireKeys } from '../request-values.ts';
import { bindingView, impliedBinding, partsOf } from '../views/binding.ts';
import { lensOf } from '../views/lens.ts';
import {
  queueDetails,
  queueOnPage,
  queueTotals,
  queueView,
  queueWithoutStats,
} from '../views/queue.ts';
import { bindingOrder } from './bindings.ts';

const keys: LazyListOptions<Queue>['keys'] = {
  name: ({ name }) => name,
  vhost: ({ vhost }) => vhost,
  messages: ({ ready, unacked }) => ready + unacked,
  messages_ready: ({ ready }) => ready,
  messages_unacknowledged: ({ unacked }) => unacked,
  consumers: ({ consumers }) => consumers.count,
};

function listOf(call: Call, queues: readonly Queue[]): Answer {
  const view = viewFor(call);
  return listedLazily(call, queues, { paged: true, view, keys });
}

// Without its figures a queue is cheaper to tell in RabbitMQ; whoever asks for that gets that shape.
function viewFor(call: Call): (queue: Queue) => JsonObject {
  const lens = lensOf(call);
  if (call.query.get('disable_stats') !== 'true') {
    const show = call.query.has('page') ? queueOnPage : queueView;
    return (queue) => show(queue, lens);
  }
  const totals = call.query.get('enable_queue_totals') === 'true';
  return (queue) => (totals ? queueTotals(queue, lens) : queueWithoutStats(queue, lens));
}

function listAll(call: Call): Answer {
  return listOf(
    call,
    call.vhosts.flatMap(({ queues }) => [...queues.values()]),
  );
}

function listOfVhost(call: Call): Answer {
  return listOf(call, [...call.vhost.queues.values()]);
}

// Those that lie where the user may be at work.
// What somebody declared: a user who is gone may still have queues.
function listOfUser(call: Call): Answer {
  const { user } = call.params;
  const queues = call.vhosts.flatMap((vhost) => [...vhost.queues.values()]);
  return listOf(
    call,
    queues.filter(({ declaredBy }) => declaredBy === user),
  );
}

function show(call: Call): Answer {
  const queue = queueOf(call);
  const lens = lensOf(call);
  if (call.query.get('disable_stats') !== 'true') {
    return projected(call, queueDetails(queue, lens));
  }
  const totals = call.query.get('enable_queue_totals') === 'true';
  if (!totals) return projected(call, queueWithoutStats(queue, lens));
  const shown = { internal: false, internal_owner: false, ...queueTotals(queue, lens) };
  return projected(call, shown);
}

async function declare(call: Call): Promise<Answer> {
  const body = call.json();
  const name = nameOf(call);
  const request: QueueRequest = {
    queue: name,
    passive: false,
    durable: booleanOf(body['durable'], false),
    exclusive: booleanOf(body['exclusive'], false),
    autoDelete: booleanOf(body['auto_delete'], false),
    arguments: argumentsOf(body),
  };
  const session = sessionOf(call);
  const { log, random } = call.context.broker;
  const existed = session.vhost.queues.has(name);
  await durably(log, () => declareQueue(session, request, random));
  return existed ? noContent : created;
}

async function remove(call: Call): Promise<Answer> {
  queueOf(call);
  const session = sessionOf(call);
  const conditions = {
    ifEmpty: call.query.get('if-empty') === 'true',
    ifUnused: call.query.get('if-unused') === 'true',
  };
  await durably(call.context.broker.log, () => {
    const queue = deletableQueue(session, nameOf(call), conditions);
    if (queue !== undefined) session.vhost.removeQueue(queue);
  });
  return noContent;
}

async function purge(call: Call): Promise<Answer> {
  queueOf(call);
  const session = sessionOf(call);
  await durably(call.context.broker.log, () => purgeQueue(session, nameOf(call)));
  return noContent;
}

// A queue of one node has nothing to synchronise.
function act(call: Call): Answer {
  const body = call.json();
  if (!call.vhost.queues.has(nameOf(call))) {
    throw new HttpError(404, 'not_found', 'queue_not_found');
  }
  requireKeys(body, ['action']);
  throw badRequest(['unknown', body['action'] ?? null]);
}

function listBindings(call: Call): Answer {
  const { vhost } = call;
  const name = nameOf(call);
  const queue = vhost.queues.get(name);
  const made = queue === undefined ? [] : vhost.bindings.byDestination(queue).map(partsOf);
  // RabbitMQ has that of the default exchange even where there is no queue.
  const bindings = [impliedBinding({ vhost: vhost.name, name }), ...made];
  return listed(call, bindings.map(bindingView), { paged: false, order: bindingOrder });
}

// The queue in the path, which may be missing.
function queueOf(call: Call): Queue {
  const queue = call.vhost.queues.get(nameOf(call));
  if (queue === undefined) throw notFound();
  return queue;
}

function nameOf({ params }: Call): string {
  return params['name'] ?? '';
}

export const queuesEndpoints: readonly Endpoint[] = [
  { path: '/queues', access: 'management', GET: listAll },
  { path: '/queues/detailed', access: 'management', GET: listAll },
  { path: '/queues/:vhost', access: 'management', GET: listOfVhost },
  { path: '/queues/:vhost/:name', access: 'management', GET: show, PUT: declare, DELETE: remove },
  { path: '/queues/:vhost/:name/bindings', access: 'management', GET: listBindings },
  { path: '/queues/:vhost/:name/contents', access: 'management', jsonOnly: true, DELETE: purge },
  { path: '/queues/:vhost/:name/actions', access: 'administrator', jsonOnly: true, POST: act },
  { path: '/users/:user/queues', access: 'management', GET: listOfUser },
];
