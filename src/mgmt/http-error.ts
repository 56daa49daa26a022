import type { JsonValue } from '../kit/json.ts';

/** What a request is refused with: RabbitMQ's status, word and reason. */
export class HttpError extends Error {
  readonly status: number;
  readonly error: string;
  readonly reason: JsonValue;
  /** Said before it was looked at what the client accepts. */
  readonly isEarly: boolean;

  constructor(status: number, error: string, reason: JsonValue, isEarly = false) {
    super(`${status} ${error}: ${JSON.stringify(reason)}`);
    this.status = status;
    this.error = error;
    this.reason = reason;
    this.isEarly = isEarly;
  }
}

export function badRequest(reason: JsonValue): HttpError {
  return new HttpError(400, 'bad_request', reason);
}

/** RabbitMQ's words for whatever is not there. */
export function notFound(): HttpError {
  return new HttpError(404, 'Object Not Found', 'Not Found');
}

/** You may not: the user is known. */
export function notAuthorised(reason: string): HttpError {
  return new HttpError(401, 'not_authorised', reason);
}
