import type { JsonValue } from '../kit/json.ts';
import { BrokerError } from '../model/broker-error.ts';
import { challenge, Unauthenticated } from './authentication.ts';
import type { Answer } from './endpoint.ts';
import { badRequest, HttpError, notAuthorised } from './http-error.ts';

/** What a client is told of something that was thrown; undefined when it was not the client's fault. */
export function failureOf(thrown: unknown): Answer | undefined {
  if (thrown instanceof Unauthenticated) return { status: 401, headers: challenge };
  const error = thrown instanceof BrokerError ? ofBroker(thrown) : thrown;
  if (!(error instanceof HttpError)) return undefined;
  const answer = failure(error.status, error.error, error.reason);
  return error.isEarly ? { ...answer, isEarly: true } : answer;
}

/** An error of ours; the log knows more. */
export const internalError: Answer = failure(500, 'internal_server_error', 'Internal Server Error');

function failure(status: number, error: string, reason: JsonValue): Answer {
  return { status, body: { error, reason } };
}

// What ends a channel over AMQP is mostly a bad request here.
function ofBroker({ replyName, text }: BrokerError): HttpError {
  switch (replyName) {
    case 'NOT_FOUND':
      return new HttpError(404, 'not_found', text);
    case 'ACCESS_REFUSED':
      return notAuthorised('Access refused.');
    case 'NOT_IMPLEMENTED':
      return badRequest(`540 ${text}`);
    default:
      return badRequest(text);
  }
}
