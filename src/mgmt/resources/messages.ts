import { type Amount, type Fate, takeMessages } from '../../broker/browse.ts';
import { untilDurable } from '../../broker/durably.ts';
import { post } from '../../broker/post.ts';
import { refused, unroutable } from '../../broker/publish.ts';
import { CodecError } from '../../codec/codec-error.ts';
import { replyCode } from '../../codec/spec.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../kit/json.ts';
import { MemoryExhausted } from '../../kit/memory.ts';
import { BrokerError } from '../../model/broker-error.ts';
import { type Answer, type Call, type Endpoint, ok } from '../endpoint.ts';
import { badRequest, HttpError, notAuthorised } from '../http-error.ts';
import { sessionOf } from '../http-session.ts';
import { messageProperties } from '../message-properties.ts';
import { integerOf, requireKeys, textOf } from '../request-values.ts';
import { exchangeNameOf } from '../views/exchange.ts';
import { type Encoding, takenMessageView } from '../views/message.ts';

// Bodies that one answer tells of: they are all in memory at a time.
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const ANSWER_MESSAGES_MAX = 100_000;

// What the acknowledgement modes come to in the end.
const fates = new Map<string, Fate>([
  ['ack_requeue_true', 'requeued'],
  ['ack_requeue_false', 'gone'],
  ['reject_requeue_true', 'requeued'],
  ['reject_requeue_false', 'rejected'],
]);

function get(call: Call): Answer {
  const { vhost, params } = call;
  const name = params['name'] ?? '';
  if (!vhost.queues.has(name)) throw new HttpError(404, 'not_found', 'queue_not_found');
  const body = call.json();
  requireKeys(body, ['ackmode', 'count', 'encoding']);
  const session = sessionOf(call);
  const fate = fateOf(body['ackmode']);
  const amount = amountOf(integerOf(body['count'] ?? null));
  const encoding = encodingOf(body['encoding']);
  const truncate = body['truncate'] === undefined ? Infinity : integerOf(body['truncate']);
  const messages = refusing(onGet, () => takeMessages(session, name, amount, fate));
  call.context.broker.watchMemory();
  return ok(messages.map((message) => takenMessageView(message, encoding, truncate)));
}

async function publish(call: Call): Promise<Answer> {
  const { vhost, params } = call;
  const exchange = exchangeNameOf(params['name'] ?? '');
  if (exchange !== '' && !vhost.exchanges.has(exchange)) {
    throw new HttpError(404, 'not_found', 'exchange_not_found');
  }
  const body = call.json();
  requireKeys(body, ['routing_key', 'properties', 'payload', 'payload_encoding']);
  const { payload } = body;
  if (typeof payload !== 'string') throw badRequest('payload_not_string');
  const session = sessionOf(call);
  const message = {
    exchange,
    routingKey: textOf(body['routing_key'], 'routing_key', ''),
    properties: messageProperties(objectOf(body['properties'])),
    body: decoded(payload, body['payload_encoding']),
  };
  const { broker } = call.context;
  const { limits, log } = broker;
  const posted = refusing(onPublish, () => post(session, message, limits.maxMessageSize));
  // Nobody reads from a connection here, after which that is done otherwise.
  broker.watchMemory();
  if (posted.outcome === refused) {
    throw badRequest('rejected Unable to publish message. Check queue limits.');
  }
  await untilDurable(log, posted.position);
  return ok({ routed: posted.outcome !== unroutable });
}

function fateOf(ackmode: JsonValue | undefined): Fate {
  const fate = typeof ackmode === 'string' ? fates.get(ackmode) : undefined;
  if (fate !== undefined) return fate;
  const valid = [...fates.keys()].join(', ');
  throw badRequest(`Invalid ackmode value: ${ackmode}. Valid values are: ${valid}`);
}

// A number below zero means all of them.
function amountOf(count: number): Amount {
  const most = count < 0 ? ANSWER_MESSAGES_MAX : Math.min(count, ANSWER_MESSAGES_MAX);
  return { count: most, bytes: ANSWER_BYTES_MAX };
}

function encodingOf(encoding: JsonValue | undefined): Encoding {
  if (encoding === 'auto' || encoding === 'base64') return encoding;
  throw badRequest('Unsupported encoding. Please use auto or base64.');
}

function objectOf(properties: JsonValue | undefined): JsonObject {
  if (isJsonObject(properties)) return properties;
  // Some clients have lists for empty maps.
  if (Array.isArray(properties) && properties.length === 0) return {};
  throw badRequest(['not_object', 'properties']);
}

function decoded(payload: string, encoding: JsonValue | undefined): Uint8Array {
  if (encoding === 'string') return Buffer.from(payload);
  if (encoding !== 'base64') throw badRequest(['unsupported_encoding', encoding ?? null]);
  // Buffer passes over whatever is no base64.
  const spaceless = payload.replaceAll(/\s/g, '');
  if (isBase64(spaceless)) return Buffer.from(spaceless, 'base64');
  throw badRequest(['not_base64', payload]);
}

/** Four digits each time; of the last ones there may be two or three, and up to two signs to fill up. */
function isBase64(text: string): boolean {
  // A pattern of groups of four would need a stack as deep as the text is long.
  const digits = /^[\w+/-]*(?==?=?$)/.exec(text)?.[0].length;
  if (digits === undefined) return false;
  const last = digits % 4;
  return last === 0 ? digits === text.length : last > 1;
}

// RabbitMQ asks over a channel here, and tells what closed it.
function refusing<T>(told: (error: BrokerError) => HttpError, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof BrokerError) throw told(error);
    if (error instanceof CodecError) throw badRequest(error.message);
    if (error instanceof MemoryExhausted) {
      throw new HttpError(503, 'service_unavailable', 'There is no memory for messages');
    }
    throw error;
  }
}

function onGet(error: BrokerError): HttpError {
  if (error.replyName === 'ACCESS_REFUSED') return notAuthorised(error.message);
  return onPublish(error);
}

function onPublish({ replyName, message }: BrokerError): HttpError {
  return badRequest(`${replyCode(replyName)} ${message}`);
}

export const messagesEndpoints: readonly Endpoint[] = [
  { path: '/queues/:vhost/:name/get', access: 'management', POST: get },
  {
    path: '/exchanges/:vhost/:name/publish',
    access: 'management',
    mayBeNameless: true,
    POST: publish,
  },
];
