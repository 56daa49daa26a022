import type { Properties } from '../codec/properties.ts';
import type { Table } from '../codec/table.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { badRequest } from './http-error.ts';
import { tableOf } from './json-table.ts';

/** A message's properties from JSON. What is no property is passed over. @throws HttpError 400 */
export function messageProperties(json: JsonObject): Properties {
  const properties: { [K in keyof Properties]: Properties[K] | undefined } = {
    contentType: text(json, 'content_type'),
    contentEncoding: text(json, 'content_encoding'),
    headers: headersOf(json['headers']),
    deliveryMode: octet(json, 'delivery_mode'),
    priority: octet(json, 'priority'),
    correlationId: text(json, 'correlation_id'),
    replyTo: text(json, 'reply_to'),
    expiration: text(json, 'expiration'),
    messageId: text(json, 'message_id'),
    timestamp: timestampOf(json['timestamp']),
    type: text(json, 'type'),
    userId: text(json, 'user_id'),
    appId: text(json, 'app_id'),
    clusterId: text(json, 'cluster_id'),
  };
  return withoutUndefined(properties);
}

function withoutUndefined(all: { [K in keyof Properties]: Properties[K] | undefined }): Properties {
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

function text(json: JsonObject, key: string): string | undefined {
  const value = json[key];
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest(['not_string', key]);
}

function octet(json: JsonObject, key: string): number | undefined {
  const value = json[key];
  if (value === undefined) return undefined;
  if (!isInteger(value)) throw badRequest(['not_int', key]);
  const number = Number(value);
  if (number < 0 || number > 0xff) throw badRequest(`${key} is not in 0..255`);
  return number;
}

function timestampOf(value: JsonValue | undefined): number | bigint | undefined {
  if (value === undefined) return undefined;
  if (!isInteger(value)) throw badRequest(['not_int', 'timestamp']);
  if (BigInt.asUintN(64, BigInt(value)) !== BigInt(value)) {
    throw badRequest('timestamp is not in 0..2^64-1');
  }
  return value;
}

function headersOf(value: JsonValue | undefined): Table | undefined {
  if (value === undefined) return undefined;
  if (isJsonObject(value)) return tableOf(value);
  if (Array.isArray(value) && value.length === 0) return new Map();
  throw badRequest(['not_object', 'headers']);
}

function isInteger(value: JsonValue): value is number | bigint {
  return typeof value === 'bigint' || Number.isInteger(value);
}
