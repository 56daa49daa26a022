// HOT: from a published message to the queues that it reaches.
import { absent, deliveryModeAt, malformed, propertiesEndAt } from '../codec/property-offsets.ts';
import { checkRoom, dv } from '../kit/memory.ts';
import {
  addFlags,
  addReference,
  addressLength as addressLengthOf,
  contentAt,
  contentLength,
  createRecord,
  dropReference,
  PERSISTENT,
} from '../model/record.ts';
import type { Queue } from '../queues/queue.ts';
import { logMessage } from '../queues/queue-log.ts';
import { PlaceList, type Position } from '../store/append-log.ts';
import { carefulFlags, type Inspected, inspect, unreadableProperties } from './inspect.ts';
import type { MessageSizes } from './message-sizes.ts';
import { Publications, type Tally } from './publications.ts';
import type { ReplyConsumer } from './replies.ts';
import type { Route } from './route-cache.ts';
import type { Session } from './session.ts';
import type { Tap } from './trace.ts';

/** Every queue that the message was routed to has taken it. */
export const accepted = 1;
/** No queue is bound for it. */
export const unroutable = 2;
/** A queue was full and refused it (`reject-publish`). */
export const refused = 3;
export type Outcome = typeof accepted | typeof unroutable | typeof refused;

// From a method frame's end octet to the content header's size, class and weight, body size, flags.
const headerSizeOffset = 1 + 3;
const headerPayloadOffset = 1 + 7;
const bodySizeOffset = headerPayloadOffset + 8;
const flagsOffset = headerPayloadOffset + 12;
const deliveryModeFlag = 0x1000;
const persistentMode = 2;

// More than this in front of a message, and its publisher lets consumers go first.
const LAG_MESSAGES = 1000;

const places = new PlaceList();

/** Where a message goes that was sent now and is published later: it is settled when it was sent. */
export interface Plan {
  readonly route: Route;
  readonly found: Inspected;
}

/** The message will not be published. */
export function abandon({ found }: Plan): void {
  if (found.rewritten !== 0) dropReference(found.rewritten);
  found.rewritten = 0;
}

/** What publishes for one channel; it remembers where the last message went. */
export class Publisher {
  /** Where the record of the last message ends in the log; 0 when it is not kept there. */
  position: Position = 0;
  /**
   * The last message as it is told to others, when that is not how it was published and no queue has
   * it: a record with one reference, for whoever looks at it to drop. Else 0.
   */
  rewritten = 0;
  readonly publications: Publications;
  /** As whom a trace knows it. */
  tap: Tap;
  readonly #session: Session;
  readonly #sizes: MessageSizes;
  #last: Route | undefined = undefined;
  // Of the exchange that was published to last.
  #tally: Tally;
  #permissions = -1;
  /** Where replies to this channel's requests go (direct reply-to). */
  replyConsumer: ReplyConsumer | undefined = undefined;

  constructor(session: Session) {
    this.#session = session;
    this.tap = { connection: '', channel: 0, user: session.user.name };
    this.#sizes = session.vhost.ledger.messageSizes;
    this.publications = new Publications(session.vhost.ledger.defaultExchange);
    this.#tally = this.publications.tallyOf(undefined);
  }

  /**
   * Publishes a message whose parts lie in the message memory.
   * @param addressAt exchange and routing key, two short strings, `addressLength` bytes
   * @param tailAt the method frame's end octet, the content header frame, the body frame if any
   * @param record the record that these parts lie in, with a reference of the caller's, or 0
   * @throws BrokerError, CodecError
   */
  publish(
    addressAt: number,
    addressLength: number,
    tailAt: number,
    tailLength: number,
    record: number,
  ): Outcome {
    this.position = 0;
    checkRoom();
    const route = this.route(addressAt, addressLength);
    const flagsAt = tailAt + flagsOffset;
    const flags = dv.getUint16(flagsAt);
    if (route.perMessage || (flags & carefulFlags) !== 0) {
      const payloadEnd = tailAt + headerPayloadOffset + dv.getUint32(tailAt + headerSizeOffset);
      const found = inspect(this.#session, this.replyConsumer, route, flagsAt, payloadEnd);
      this.#count(found.queues.length, tailAt);
      this.#session.vhost.trace?.published(this.tap, route, found.queues, flagsAt, payloadEnd);
      return this.#carefully(found, addressAt, addressLength, tailAt, tailLength, record);
    }
    const queues = route.queues;
    const recordFlags = plainFlags(tailAt, flags);
    this.#count(queues.length, tailAt);
    if (queues.length === 0) return unroutable;
    const kept = record === 0 ? create(addressAt, addressLength, tailAt, tailLength) : record;
    addFlags(kept, recordFlags);
    if (record !== 0) return this.#enqueue(queues, kept);
    const outcome = this.#enqueue(queues, kept);
    dropReference(kept);
    return outcome;
  }

  /**
   * Finds out where a message goes that will be published later, and what is wrong with it.
   * @throws BrokerError, CodecError
   */
  plan(addressAt: number, addressLength: number, tailAt: number): Plan {
    const route = this.route(addressAt, addressLength);
    const flagsAt = tailAt + flagsOffset;
    const payloadEnd = tailAt + headerPayloadOffset + dv.getUint32(tailAt + headerSizeOffset);
    const found = inspect(this.#session, this.replyConsumer, route, flagsAt, payloadEnd);
    return { route, found: { ...found } };
  }

  /**
   * Publishes a record where it was planned to go, as far as that is still there, and takes over what
   * the plan holds. The caller keeps its reference to the record.
   */
  carryOut({ route, found }: Plan, record: number): Outcome {
    this.position = 0;
    checkRoom();
    const { vhost } = this.#session;
    const address = contentAt(record);
    const length = addressLengthOf(record);
    const tailAt = address + length;
    const flagsAt = tailAt + flagsOffset;
    const payloadEnd = tailAt + headerPayloadOffset + dv.getUint32(tailAt + headerSizeOffset);
    found.queues = found.queues.filter(({ deleted }) => !deleted);
    if (found.reply !== undefined) found.reply = vhost.replies.find(route.routingKey);
    this.#last = undefined;
    this.#tally = this.publications.tallyOf(route.exchange);
    this.#count(found.queues.length, tailAt);
    vhost.trace?.published(this.tap, route, found.queues, flagsAt, payloadEnd);
    const now = { ...found };
    found.rewritten = 0;
    return this.#carefully(now, address, length, tailAt, contentLength(record) - length, record);
  }

  /** The route of an address, with the right to publish there checked. @throws BrokerError */
  route(addressAt: number, addressLength: number): Route {
    const { vhost, user } = this.#session;
    const last = this.#last;
    if (
      last !== undefined &&
      last.generation === vhost.generation &&
      this.#permissions === vhost.permissions.generation &&
      last.matches(addressAt, addressLength)
    ) {
      return last;
    }
    const route = vhost.route(addressAt, addressLength, user.name);
    this.#last = route;
    const { exchange } = route;
    if (exchange !== this.#tally.exchange) this.#tally = this.publications.tallyOf(exchange);
    this.#permissions = vhost.permissions.generation;
    return route;
  }

  /** The message that was published last was unroutable: it went back, or is gone. */
  countUnroutable(mandatory: boolean): void {
    if (mandatory) this.#tally.returnUnroutable += 1;
    else this.#tally.dropUnroutable += 1;
  }

  /** A publisher without a channel is done. */
  end(): void {
    this.publications.close();
    this.#session.vhost.ledger.publisherEnded(this.publications);
  }

  #count(queues: number, tailAt: number): void {
    const tally = this.#tally;
    tally.publish += 1;
    tally.routed += queues;
    this.#sizes.note(dv.getUint32(tailAt + bodySizeOffset));
  }

  #carefully(
    found: Inspected,
    addressAt: number,
    addressLength: number,
    tailAt: number,
    tailLength: number,
    record: number,
  ): Outcome {
    if (found.reply !== undefined) {
      const kept = found.rewritten === 0 ? record : found.rewritten;
      const own = kept === 0 ? create(addressAt, addressLength, tailAt, tailLength) : kept;
      found.reply.deliverReply(own);
      if (own !== record) dropReference(own);
      return accepted;
    }
    if (found.queues.length === 0) {
      this.rewritten = found.rewritten;
      return unroutable;
    }
    const given = found.rewritten === 0 ? record : found.rewritten;
    const kept = given === 0 ? create(addressAt, addressLength, tailAt, tailLength) : given;
    addFlags(kept, found.recordFlags);
    const outcome = this.#enqueue(found.queues, kept);
    if (kept !== record) dropReference(kept);
    return outcome;
  }

  // The caller's reference keeps the record while one queue after the other takes its own.
  #enqueue(queues: readonly Queue[], record: number): Outcome {
    const { deadLetters, log } = this.#session.vhost;
    let outcome: Outcome = accepted;
    places.clear();
    deadLetters.hold();
    try {
      for (let i = 0; i < queues.length; i++) {
        const queue = queues[i];
        if (queue === undefined || queue.deleted) continue;
        if (queue.ready > LAG_MESSAGES && queue.consumers.count > 0) this.#session.consumersLag();
        if (!queue.publish(record)) {
          outcome = refused;
          continue;
        }
        queue.counters.publish += 1;
        queue.addPlace(record, places);
      }
      if (places.size > 0) this.position = logMessage(log, record, places);
    } finally {
      deadLetters.release();
    }
    return outcome;
  }
}

function create(
  addressAt: number,
  addressLength: number,
  tailAt: number,
  tailLength: number,
): number {
  const record = createRecord(addressAt, addressLength, tailAt, tailLength, 0);
  addReference(record);
  return record;
}

// No property that the broker acts on but the delivery mode; all the same they have to be readable,
// for a consumer will read them.
function plainFlags(tailAt: number, flags: number): number {
  const flagsAt = tailAt + flagsOffset;
  const end = tailAt + headerPayloadOffset + dv.getUint32(tailAt + headerSizeOffset);
  if (propertiesEndAt(dv, flagsAt, end) !== end) throw unreadableProperties();
  if ((flags & deliveryModeFlag) === 0) return 0;
  const at = deliveryModeAt(dv, flagsAt, end);
  if (at === absent || at === malformed) return 0;
  return dv.getUint8(at) === persistentMode ? PERSISTENT : 0;
}

/** Publishes a record as it is. The caller keeps its reference. */
export function publishRecord(publisher: Publisher, record: number): Outcome {
  const address = contentAt(record);
  const length = addressLengthOf(record);
  return publisher.publish(
    address,
    length,
    address + length,
    contentLength(record) - length,
    record,
  );
}
