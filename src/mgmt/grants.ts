import type { Broker } from '../broker/broker.ts';
import { syntaxFault } from '../broker/policy-fault.ts';
import type { JsonObject, JsonValue } from '../kit/json.ts';
import { badRequest, type HttpError } from './http-error.ts';
import { textOf } from './request-values.ts';

/** Whom permissions are given, and where. */
export interface Grantee {
  readonly user: string;
  readonly vhost: string;
}

/** Gives a user permissions in a vhost. @throws HttpError 400 */
export function grant(broker: Broker, { user, vhost }: Grantee, body: JsonObject): void {
  const configure = textOf(body['configure'], 'configure', '');
  const write = textOf(body['write'], 'write', '');
  const read = textOf(body['read'], 'read', '');
  checkPatterns([configure, write, read], codesOf, () => {
    broker.permissions.set(user, vhost, { configure, write, read });
  });
}

/** Gives a user permissions on the topics of an exchange. @throws HttpError 400 */
export function grantTopics(broker: Broker, { user, vhost }: Grantee, body: JsonObject): void {
  const exchange = textOf(body['exchange'], 'exchange', '');
  const write = textOf(body['write'], 'write', '');
  const read = textOf(body['read'], 'read', '');
  checkPatterns(
    [write, read],
    (pattern) => pattern,
    () => {
      broker.topicPermissions.set(user, vhost, exchange, { write, read });
    },
  );
}

// RabbitMQ prints Erlang's strings as what they are: lists of numbers.
function codesOf(text: string): readonly number[] {
  return [...text].map((character) => character.codePointAt(0) ?? 0);
}

function checkPatterns(
  patterns: readonly string[],
  shown: (pattern: string) => JsonValue,
  set: () => void,
): void {
  try {
    set();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalidPattern(patterns, shown, error);
  }
}

function invalidPattern(
  patterns: readonly string[],
  shown: (pattern: string) => JsonValue,
  error: SyntaxError,
): HttpError {
  for (const pattern of patterns) {
    const fault = syntaxFault(pattern);
    if (fault === undefined) continue;
    return badRequest(['invalid_regexp', shown(pattern), [codesOf(fault.text), fault.at]]);
  }
  // What RabbitMQ would take and this node does not: somebody has to read why.
  return badRequest(error.message);
}
