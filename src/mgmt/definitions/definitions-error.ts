import { ParameterError } from '../../broker/parameters.ts';
import { isJsonList, type JsonValue } from '../../kit/json.ts';
import { BrokerError } from '../../model/broker-error.ts';
import { jsonTerm } from '../../model/json-term.ts';
import { HttpError } from '../http-error.ts';

/** Definitions that cannot be imported; the message is what RabbitMQ says of them. */
export class DefinitionsError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'DefinitionsError';
  }
}

/**
 * What one entry of a definitions file was refused with, in the words of an import; everything that is
 * no refusal is thrown again.
 * @param where appended to what a policy or parameter is refused with
 */
export function refusalOf(error: unknown, where = ''): DefinitionsError {
  if (error instanceof DefinitionsError) return error;
  if (error instanceof ParameterError) return new DefinitionsError(error.message + where);
  if (error instanceof HttpError) return new DefinitionsError(textOf(error.reason) + where);
  if (error instanceof BrokerError) {
    return new DefinitionsError(`${error.replyName.toLowerCase()}: ${error.text}`);
  }
  throw error;
}

export function missingVhost(name: string | undefined): DefinitionsError {
  if (name === undefined) {
    return new DefinitionsError(
      'Virtual host does not exist and is not specified in definitions file.',
    );
  }
  return new DefinitionsError(
    `Please create virtual host "${name}" prior to importing definitions.`,
  );
}

// Tuples have a name in front.
function textOf(reason: JsonValue): string {
  if (typeof reason === 'string') return reason;
  if (!isJsonList(reason)) return jsonTerm(reason);
  const [name, ...rest] = reason;
  return `{${[String(name), ...rest.map(jsonTerm)].join(',')}}`;
}
