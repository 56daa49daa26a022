import type { Properties } from '../codec/properties.ts';
import { BrokerError } from '../model/broker-error.ts';
import { dropReference } from '../model/record.ts';
import { buildRecordOf } from '../model/record-builder.ts';
import type { Position } from '../store/append-log.ts';
import { type Outcome, Publisher, publishRecord, unroutable } from './publish.ts';
import type { Session } from './session.ts';

/** A message to publish by somebody who has no channel. */
export interface Post {
  /** Empty for the default exchange. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: Properties;
  readonly body: Uint8Array;
}

/** What became of it. */
export interface Posted {
  readonly outcome: Outcome;
  /** Where the message ends in the log; 0 when it is not kept there. */
  readonly position: Position;
}

/**
 * Publishes one message, mandatory; what the log keeps of it is appended when this returns.
 * @param bodyMax bytes
 * @throws BrokerError, CodecError, MemoryExhausted
 */
export function post(session: Session, message: Post, bodyMax: number): Posted {
  const { exchange, routingKey, properties, body } = message;
  if (body.length > bodyMax) {
    throw new BrokerError(
      'PRECONDITION_FAILED',
      `message size ${body.length} is larger than configured max size ${bodyMax}`,
    );
  }
  const record = buildRecordOf(exchange, routingKey, properties, body);
  const publisher = new Publisher(session);
  try {
    const outcome = publishRecord(publisher, record);
    if (outcome === unroutable) publisher.countUnroutable(true);
    if (publisher.rewritten !== 0) dropReference(publisher.rewritten);
    return { outcome, position: publisher.position };
  } finally {
    dropReference(record);
    publisher.end();
  }
}
