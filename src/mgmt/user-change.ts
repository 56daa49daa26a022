import { type HashingAlgorithm, hashingAlgorithm, type PasswordHash } from '../auth/password.ts';
import type { UserLimits } from '../auth/users.ts';
import type { Broker } from '../broker/broker.ts';
import { isJsonList, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { jsonTerm } from '../model/json-term.ts';
import { badRequest } from './http-error.ts';
import { booleanOf, textOf } from './request-values.ts';
import { tagsOf } from './tags.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
// RabbitMQ 3.6 was the first to salt SHA-256; what is older says nothing of the algorithm.
const MD5_VERSION = /^(?:[12]\.|3\.[0-5]\.)/;

/**
 * Adds a user, or replaces the one of that name, as a request or a definitions file describes it.
 * Limits that are not named stay.
 * @param version of the RabbitMQ that wrote the description, if it says so
 * @throws HttpError 400
 */
export function putUser(broker: Broker, name: string, body: JsonObject, version?: string): void {
  const tags = tagsIn(body);
  const password = present(body['password']);
  const hash = present(body['password_hash']);
  if (password !== undefined && hash !== undefined) {
    throw badRequest('both_password_and_password_hash_are_provided');
  }
  const limits = present(body['limits']);
  broker.users.add({
    name,
    tags,
    ...(password === undefined ? {} : { password: textOf(password, 'password', '') }),
    ...(hash === undefined ? {} : { passwordHash: hashOf(hash, body, version) }),
    ...(limits === undefined ? {} : { limits: userLimitsOf(limits) }),
  });
}

/** Limits by RabbitMQ's names for them. @throws HttpError 400 */
export function userLimitsOf(value: JsonValue): UserLimits {
  // Erlang's empty list is what older versions write for no limits.
  if (isJsonList(value) && value.length === 0) return {};
  if (!isJsonObject(value))
    throw badRequest(`user-limits should be a map, actually was ${jsonTerm(value)}`);
  const { 'max-connections': maxConnections, 'max-channels': maxChannels, ...others } = value;
  if (Object.keys(others).length > 0) {
    const terms = Object.entries(others).map(
      ([key, term]) => `{${jsonTerm(key)},${jsonTerm(term)}}`,
    );
    throw badRequest(`Unrecognised terms [${terms.join(',')}] in user-limits`);
  }
  return {
    ...(maxConnections === undefined
      ? {}
      : { maxConnections: limitOf('max-connections', maxConnections) }),
    ...(maxChannels === undefined ? {} : { maxChannels: limitOf('max-channels', maxChannels) }),
  };
}

function limitOf(name: string, value: JsonValue): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw badRequest(`${name} should be a number, actually was ${jsonTerm(value)}`);
}

function tagsIn({ tags, administrator }: JsonObject): readonly string[] {
  if (tags !== undefined) return tagsOf(tags);
  if (administrator === undefined) throw badRequest('tags_not_present');
  return booleanOf(administrator, false) ? ['administrator'] : [];
}

function present(value: JsonValue | undefined): JsonValue | undefined {
  return value === null ? undefined : value;
}

function hashOf(hash: JsonValue, body: JsonObject, version: string | undefined): PasswordHash {
  const text = textOf(hash, 'password_hash', '').replaceAll(/\s/g, '');
  if (!BASE64.test(text)) throw badRequest(['not_base64', hash]);
  return { algorithm: algorithmOf(body['hashing_algorithm'], version), text };
}

function algorithmOf(value: JsonValue | undefined, version: string | undefined): HashingAlgorithm {
  if (value === undefined || value === null) {
    return version !== undefined && MD5_VERSION.test(version) ? 'md5' : 'sha256';
  }
  const algorithm = typeof value === 'string' ? hashingAlgorithm(value) : undefined;
  // RabbitMQ takes any name and fails when the user logs in.
  if (algorithm === undefined) throw badRequest(['unknown_hashing_algorithm', value]);
  return algorithm;
}
