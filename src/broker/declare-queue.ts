import { longstr, type Table } from '../codec/table.ts';
import type { Random } from '../kit/random.ts';
import { checkServerNamed, QueueArguments } from '../model/arguments.ts';
import { BrokerError } from '../model/broker-error.ts';
import { checkQueueEquivalence, queueLocked } from '../model/equivalence.ts';
import { queueTypeOf } from '../model/queue-argument-rules.ts';
import { resourceText } from '../model/resource.ts';
import { Queue } from '../queues/queue.ts';
import type { QueueIdentity } from '../queues/queue-identity.ts';
import { checkNotReserved, withoutLineEnds } from './names.ts';
import { isReplyAddress, replyQueue } from './replies.ts';
import type { Session } from './session.ts';
import type { VirtualHost } from './vhost.ts';

export interface QueueRequest {
  readonly queue: string;
  readonly passive: boolean;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Table;
}

/** What queue.declare-ok tells. */
export interface Declared {
  readonly queue: string;
  readonly messageCount: number;
  readonly consumerCount: number;
}

const NAME_BYTES = 16;

/** queue.declare (0-9-1 §1.7.2.1). @throws BrokerError */
export function declareQueue(session: Session, asking: QueueRequest, random: Random): Declared {
  const { vhost } = session;
  // An exclusive queue dies with its connection: to RabbitMQ it is never durable, whatever was asked.
  const request = { ...asking, durable: asking.durable && !asking.exclusive };
  const asked = withoutLineEnds(request.queue);
  if (asked === replyQueue || isReplyAddress(asked)) return declareReplyQueue(session, asked);
  if (request.passive) {
    const existing = vhost.queue(asked);
    checkAccess(session, existing);
    existing.touch();
    return declared(existing);
  }
  if (asked === '') checkServerNamed(request.arguments);
  else checkNotReserved('queue', asked);
  const name = asked === '' ? generatedName(random) : asked;
  vhost.permissions.check(session.user.name, vhost.name, 'queue', name, 'configure');
  const defaultType = defaultTypeOf(request, vhost);
  const existing = vhost.queues.get(name);
  if (existing !== undefined) {
    checkAccess(session, existing);
    const { owner, arguments: kept } = existing;
    // The default may be another one now: who names no type asks for none.
    const meant = defaultType === undefined ? request : withType(request, queueTypeOf(kept));
    checkQueueEquivalence({ ...existing, exclusive: owner !== undefined }, meant);
    vhost.churn.queueDeclared += 1;
    existing.touch();
    return declared(existing);
  }
  const wanted = defaultType === undefined ? request : withType(request, defaultType);
  return declared(createQueue(session, name, wanted));
}

/** The type that a declaration without one gets from its vhost, as long as that suits the queue. */
function defaultTypeOf(request: QueueRequest, { metadata }: VirtualHost): string | undefined {
  const { queue, durable, exclusive, autoDelete } = request;
  if (request.arguments.has('x-queue-type') || !durable || exclusive) return undefined;
  const { defaultQueueType: type } = metadata;
  return type !== 'classic' && (autoDelete || queue === '') ? undefined : type;
}

function withType(request: QueueRequest, queueType: string): QueueRequest {
  const { arguments: given } = request;
  return { ...request, arguments: new Map([...given, ['x-queue-type', longstr(queueType)]]) };
}

/** Adds a queue of which definitions tell, whoever may declare it. @throws BrokerError */
export function defineQueue(
  vhost: VirtualHost,
  request: QueueRequest,
  declaredBy: string | undefined,
): Queue {
  const defaultType = defaultTypeOf(request, vhost);
  const wanted = defaultType === undefined ? request : withType(request, defaultType);
  const settings = settingsOf(vhost, request.queue, wanted);
  return addQueue(vhost, request.queue, wanted, settings, { owner: undefined, declaredBy });
}

function createQueue(session: Session, name: string, request: QueueRequest): Queue {
  const { vhost, user } = session;
  const settings = settingsOf(vhost, name, request);
  if (settings.deadLetterExchange !== undefined) {
    const { permissions } = vhost;
    permissions.check(user.name, vhost.name, 'queue', name, 'read');
    permissions.check(user.name, vhost.name, 'exchange', settings.deadLetterExchange, 'write');
  }
  const owner = request.exclusive ? session.owner : undefined;
  return addQueue(vhost, name, request, settings, { owner, declaredBy: user.name });
}

function settingsOf(vhost: VirtualHost, name: string, request: QueueRequest): QueueArguments {
  const { durable, exclusive, autoDelete } = request;
  vhost.checkQueueLimit(name);
  const identity = { queue: name, vhost: vhost.name, durable, exclusive, autoDelete };
  return QueueArguments.parse(request.arguments, identity);
}

function addQueue(
  vhost: VirtualHost,
  name: string,
  request: QueueRequest,
  settings: QueueArguments,
  by: Pick<QueueIdentity, 'owner' | 'declaredBy'>,
): Queue {
  const { durable, autoDelete, arguments: given } = request;
  const identity = { name, vhost: vhost.name, durable, autoDelete, ...by, arguments: given };
  const queue = new Queue(vhost.nextQueueNumber(), identity, settings, vhost);
  vhost.addQueue(queue);
  return queue;
}

/**
 * The queue that queue.delete may remove; undefined when it is not there, which counts as deleted.
 * @throws BrokerError
 */
export function deletableQueue(
  session: Session,
  name: string,
  conditions: { readonly ifUnused: boolean; readonly ifEmpty: boolean },
): Queue | undefined {
  const { vhost, user } = session;
  vhost.permissions.check(user.name, vhost.name, 'queue', name, 'configure');
  const queue = vhost.queues.get(name);
  if (queue === undefined) return undefined;
  checkAccess(session, queue);
  const subject = resourceText('queue', name, vhost.name);
  if (queue.settings.queueType === 'quorum' && (conditions.ifUnused || conditions.ifEmpty)) {
    const flag = conditions.ifUnused ? 'if-unused' : 'if-empty';
    throw new BrokerError(
      'NOT_IMPLEMENTED',
      `cannot delete ${subject}. queue.delete operations with ${flag} flag set are not supported ` +
        'by quorum queues',
    );
  }
  if (conditions.ifEmpty && queue.ready > 0) {
    throw new BrokerError('PRECONDITION_FAILED', `${subject} not empty`);
  }
  if (conditions.ifUnused && queue.consumers.count > 0) {
    throw new BrokerError('PRECONDITION_FAILED', `${subject} in use`);
  }
  return queue;
}

/** queue.purge. @throws BrokerError */
export function purgeQueue(session: Session, name: string): number {
  const queue = readableQueue(session, name);
  return queue.purge();
}

/** A queue that the session may read from. @throws BrokerError */
export function readableQueue(session: Session, name: string): Queue {
  const { vhost, user } = session;
  vhost.permissions.check(user.name, vhost.name, 'queue', name, 'read');
  const queue = vhost.queue(name);
  checkAccess(session, queue);
  return queue;
}

/**
 * The same, for messages to be taken by hand: that would go past the single active consumer, which
 * RabbitMQ's quorum queues mind. @throws BrokerError
 */
export function gettableQueue(session: Session, name: string): Queue {
  const queue = readableQueue(session, name);
  const { queueType, singleActiveConsumer } = queue.settings;
  if (queueType !== 'quorum' || !singleActiveConsumer) return queue;
  const subject = resourceText('queue', queue.name, queue.vhost);
  throw new BrokerError(
    'RESOURCE_LOCKED',
    `cannot obtain access to locked ${subject}. basic.get operations are not supported by quorum ` +
      'queues with single active consumer',
  );
}

/** @throws BrokerError RESOURCE_LOCKED when the queue is somebody else's alone */
export function checkAccess(session: Session, queue: Queue): void {
  if (queue.owner === undefined || queue.owner === session.owner) return;
  throw queueLocked(queue.name, queue.vhost);
}

// Asking for a reply address tells whether somebody still waits behind it.
function declareReplyQueue(session: Session, name: string): Declared {
  if (name !== replyQueue && session.vhost.replies.find(name) === undefined) {
    const subject = resourceText('queue', name, session.vhost.name);
    throw new BrokerError('NOT_FOUND', `no ${subject}`);
  }
  return { queue: name, messageCount: 0, consumerCount: 1 };
}

function declared(queue: Queue): Declared {
  return {
    queue: queue.name,
    messageCount: queue.ready,
    consumerCount: queue.consumers.count,
  };
}

function generatedName(random: Random): string {
  return `amq.gen-${Buffer.from(random.bytes(NAME_BYTES)).toString('base64url')}`;
}
