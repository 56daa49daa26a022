// HOT: what the broker acts on in a message's properties. Most clients send headers with each message.
import { CodecError } from '../codec/codec-error.ts';
import { decodeProperties, type Properties, propertyFlags } from '../codec/properties.ts';
import {
  bccKey,
  ccKey,
  deliveryModeAt,
  expirationAt,
  headerAt,
  headersAt,
  propertiesEndAt,
  replyToAt,
  tableEndAt,
  userIdAt,
} from '../codec/property-offsets.ts';
import { frameOverheadBytes } from '../codec/spec.ts';
import { emptyTable, type Table } from '../codec/table.ts';
import { decodeText } from '../codec/text.ts';
import { dv, u8 } from '../kit/memory.ts';
import { BrokerError } from '../model/broker-error.ts';
import { HAS_EXPIRATION, HAS_PRIORITY, PERSISTENT } from '../model/record.ts';
import { buildRecord } from '../model/record-builder.ts';
import type { Queue } from '../queues/queue.ts';
import { checkExpiration, isPlainExpiration } from './expiration.ts';
import { isReplyAddress, type ReplyConsumer, replyQueue } from './replies.ts';
import type { Route } from './route-cache.ts';
import { blindCopies, selectedKeys, withoutBcc } from './sender-selected.ts';
import type { Session } from './session.ts';

const { headers, priority, replyTo, expiration, userId, deliveryMode } = propertyFlags;

/** A message with any of these properties is looked at more closely. */
export const carefulFlags = headers | priority | replyTo | expiration | userId;

const persistentMode = 2;
const impersonator = 'impersonator';
const noKeys: readonly string[] = [];

/** What `inspect` found; one object, filled anew for each message. */
export interface Inspected {
  recordFlags: number;
  queues: readonly Queue[];
  /** The message goes to this requester and nowhere else. */
  reply: ReplyConsumer | undefined;
  /** A record with changed properties to publish in its stead, with one reference; 0 for none. */
  rewritten: number;
}

const found: Inspected = { recordFlags: 0, queues: [], reply: undefined, rewritten: 0 };

/**
 * Looks at a message's properties and finds out where it goes.
 * @param replies where answers to the sender go (direct reply-to), if it waits for any
 * @param flagsAt where the property flags are, in the message memory
 * @param end where the content header's payload ends
 * @throws BrokerError, CodecError
 */
export function inspect(
  session: Session,
  replies: ReplyConsumer | undefined,
  route: Route,
  flagsAt: number,
  end: number,
): Inspected {
  if (propertiesEndAt(dv, flagsAt, end) !== end) throw unreadableProperties();
  const flags = dv.getUint16(flagsAt);
  let recordFlags = 0;
  if (flags & deliveryMode) {
    const at = deliveryModeAt(dv, flagsAt, end);
    if (at >= 0 && dv.getUint8(at) === persistentMode) recordFlags |= PERSISTENT;
  }
  if (flags & priority) recordFlags |= HAS_PRIORITY;
  const asksReply = (flags & replyTo) !== 0 && isReplyQueue(replyToAt(dv, flagsAt, end));
  if (asksReply && replies === undefined) throw noReplyConsumer();
  if (flags & userId) checkUserId(session, flagsAt, end);
  if (flags & expiration) {
    const at = expirationAt(dv, flagsAt, end);
    if (at >= 0 && !isPlainExpiration(at)) checkExpiration(shortText(at));
    recordFlags |= HAS_EXPIRATION;
  }
  found.recordFlags = recordFlags;
  found.rewritten = 0;
  found.reply = undefined;
  let selects = false;
  if (flags & headers) selects = inspectHeaders(flagsAt, end);
  if (asksReply || selects || route.perMessage) {
    // The properties are needed as values now: to change them, or to route by them.
    const properties = decodeProperties(u8, flagsAt, end);
    routeByProperties(session, route, selects, properties);
    const rewritten = rewrittenProperties(replies, properties, asksReply, selects);
    if (rewritten !== undefined) {
      const blind = blindCopies(properties.headers ?? emptyTable);
      found.rewritten = rebuild(route, rewritten, blind, flagsAt, end);
    }
  } else {
    found.queues = route.queues;
  }
  return found;
}

// Whether there are further routing keys in the headers. A table that cannot be read goes nowhere.
function inspectHeaders(flagsAt: number, end: number): boolean {
  const table = headersAt(dv, flagsAt, end);
  if (table < 0 || tableEndAt(dv, table, end) < 0) throw unreadableProperties();
  return headerAt(dv, table, end, ccKey) >= 0 || headerAt(dv, table, end, bccKey) >= 0;
}

function routeByProperties(
  session: Session,
  route: Route,
  selects: boolean,
  properties: Properties,
): void {
  if (route.exchange === undefined && isReplyAddress(route.routingKey)) {
    found.queues = [];
    found.reply = session.vhost.replies.find(route.routingKey);
    return;
  }
  const table = properties.headers;
  const more = selects && table !== undefined ? selectedKeys(table) : noKeys;
  for (const key of more) session.vhost.checkTopic(route.exchange, key, session.user.name, 'write');
  found.queues =
    more.length > 0 || route.perMessage
      ? session.vhost.routeMessage(route, more, (): Table | undefined => table)
      : route.queues;
}

function rewrittenProperties(
  replies: ReplyConsumer | undefined,
  properties: Properties,
  asksReply: boolean,
  selects: boolean,
): Properties | undefined {
  const table = properties.headers;
  const stripped = selects && table !== undefined ? withoutBcc(table) : table;
  if (!asksReply)
    return stripped === table || !stripped ? undefined : { ...properties, headers: stripped };
  const address = replies?.address;
  if (address === undefined) throw noReplyConsumer();
  return { ...properties, ...(stripped ? { headers: stripped } : {}), replyTo: address };
}

// The body follows its header's end octet, in one frame.
function rebuild(
  route: Route,
  properties: Properties,
  blindKeys: readonly string[],
  flagsAt: number,
  end: number,
): number {
  const size = dv.getUint32(flagsAt - 4);
  const { exchangeName, routingKey } = route;
  const body = end + frameOverheadBytes;
  return buildRecord(exchangeName, routingKey, properties, body, size, blindKeys);
}

function noReplyConsumer(): BrokerError {
  return new BrokerError('PRECONDITION_FAILED', 'fast reply consumer does not exist');
}

function checkUserId(session: Session, flagsAt: number, end: number): void {
  const at = userIdAt(dv, flagsAt, end);
  if (at < 0) throw unreadableProperties();
  const claimed = shortText(at);
  const { name, tags } = session.user;
  if (claimed === name || tags.includes(impersonator)) return;
  throw new BrokerError(
    'PRECONDITION_FAILED',
    `user_id property set to '${claimed}' but authenticated user was '${name}'`,
  );
}

function isReplyQueue(at: number): boolean {
  if (at < 0 || dv.getUint8(at) !== replyQueue.length) return false;
  for (let i = 0; i < replyQueue.length; i++) {
    if (dv.getUint8(at + 1 + i) !== replyQueue.charCodeAt(i)) return false;
  }
  return true;
}

function shortText(at: number): string {
  return decodeText(u8, at + 1, at + 1 + dv.getUint8(at));
}

/** RabbitMQ fails with an internal error here. */
export function unreadableProperties(): CodecError {
  return new CodecError('FRAME_ERROR', 'cannot decode the properties of a content header', 60, 40);
}
