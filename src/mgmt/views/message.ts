import type { TakenMessage, WaitingMessage } from '../../broker/browse.ts';
import { MalformedTextError } from '../../codec/codec-error.ts';
import type { Properties } from '../../codec/properties.ts';
import { decodeStrictText } from '../../codec/text.ts';
import type { JsonObject, JsonValue } from '../../kit/json.ts';
import { jsonOf } from '../json-table.ts';

/** How a body is shown: as text where it is UTF-8, or as base64 in any case. */
export type Encoding = 'auto' | 'base64';

// Last one first, as RabbitMQ lists them.
const propertyNames = {
  cluster_id: 'clusterId',
  app_id: 'appId',
  user_id: 'userId',
  type: 'type',
  timestamp: 'timestamp',
  message_id: 'messageId',
  expiration: 'expiration',
  reply_to: 'replyTo',
  correlation_id: 'correlationId',
  priority: 'priority',
  delivery_mode: 'deliveryMode',
  headers: 'headers',
  content_encoding: 'contentEncoding',
  content_type: 'contentType',
} as const satisfies Record<string, keyof Properties>;

/** @param truncate bytes of the body that are shown at most */
export function takenMessageView(
  message: TakenMessage,
  encoding: Encoding,
  truncate: number,
): JsonObject {
  return {
    payload_bytes: message.body.length,
    redelivered: message.redelivered,
    exchange: message.exchange,
    routing_key: message.routingKey,
    message_count: message.left,
    properties: listIfEmpty(propertiesView(message.properties)),
    ...payloadView(message.body.subarray(0, truncate), encoding),
  };
}

/** @param position how many messages would leave before it */
export function waitingMessageView(
  message: WaitingMessage,
  position: number,
  encoding: Encoding,
  truncate: number,
): JsonObject {
  return {
    position,
    payload_bytes: message.body.length,
    redelivered: message.redelivered,
    exchange: message.exchange,
    routing_key: message.routingKey,
    properties: propertiesView(message.properties),
    ...payloadView(message.body.subarray(0, truncate), encoding),
  };
}

// As RabbitMQ tells of a message without any: its tools make a column of it.
function listIfEmpty(properties: JsonObject): JsonValue {
  return Object.keys(properties).length === 0 ? [] : properties;
}

function propertiesView(properties: Properties): JsonObject {
  const shown: [string, JsonValue][] = [];
  for (const [name, key] of Object.entries(propertyNames)) {
    const value = properties[key];
    if (value === undefined) continue;
    shown.push([name, typeof value === 'object' ? jsonOf(value) : value]);
  }
  return Object.fromEntries(shown);
}

function payloadView(body: Uint8Array, encoding: Encoding): JsonObject {
  const text = encoding === 'auto' ? textOf(body) : undefined;
  if (text !== undefined) return { payload: text, payload_encoding: 'string' };
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  return { payload: bytes.toString('base64'), payload_encoding: 'base64' };
}

// undefined for what is not UTF-8.
function textOf(body: Uint8Array): string | undefined {
  try {
    return decodeStrictText(body, 0, body.length);
  } catch (error) {
    if (error instanceof MalformedTextError) return undefined;
    throw error;
  }
}
