import type { Properties } from '../codec/properties.ts';
import { bodySize, copyBody, dropReference } from '../model/record.ts';
import { addressOf, propertiesOf } from '../model/record-builder.ts';
import type { Queue } from '../queues/queue.ts';
import type { Taken } from '../queues/taken.ts';
import { gettableQueue, readableQueue } from './declare-queue.ts';
import type { Session } from './session.ts';

/** A message as it waits in a queue. */
export interface WaitingMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: Properties;
  readonly body: Uint8Array;
  readonly redelivered: boolean;
}

/** A message that was taken, and how many waited behind it. */
export interface TakenMessage extends WaitingMessage {
  readonly left: number;
}

/** What becomes of messages that were taken: they are gone, come back, or are dead-lettered. */
export type Fate = 'gone' | 'requeued' | 'rejected';

/** How many messages at most, and how many bytes of bodies about. */
export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/**
 * Takes messages from a queue, as basic.get would, one after the other; what comes back does so when
 * all have been taken.
 * @throws BrokerError; MemoryExhausted and the disk's errors where a message cannot be read back
 */
export function takeMessages(
  session: Session,
  name: string,
  amount: Amount,
  fate: Fate,
): readonly TakenMessage[] {
  const queue = gettableQueue(session, name);
  queue.touch();
  const held: Taken[] = [];
  const messages: TakenMessage[] = [];
  let bytes = 0;
  try {
    while (messages.length < amount.count && bytes < amount.bytes) {
      const taken = queue.take(fate === 'gone');
      if (taken === undefined) break;
      if (fate !== 'gone') held.push(taken);
      bytes += bodySize(taken.record);
      messages.push({ ...messageOf(taken.record, taken.returns > 0), left: queue.ready });
      if (fate === 'gone') dropReference(taken.record);
    }
  } finally {
    for (const taken of held) settle(queue, taken, fate);
    queue.dispatch();
  }
  return messages;
}

/**
 * Looks at messages where they wait; nothing happens to them.
 * @param offset so many of those that would leave first are passed over
 * @throws BrokerError; the disk's errors
 */
export function peekMessages(
  session: Session,
  name: string,
  offset: number,
  amount: Amount,
): readonly WaitingMessage[] {
  const queue = readableQueue(session, name);
  const messages: WaitingMessage[] = [];
  let passed = 0;
  let bytes = 0;
  queue.visitWaiting((record, _seq, _expiresAt, returns) => {
    if (messages.length >= amount.count || bytes >= amount.bytes) return 0;
    passed += 1;
    if (passed <= offset) return record;
    bytes += bodySize(record);
    messages.push(messageOf(record, returns > 0));
    return record;
  });
  return messages;
}

function messageOf(record: number, redelivered: boolean): WaitingMessage {
  return {
    ...addressOf(record),
    properties: propertiesOf(record),
    body: copyBody(record),
    redelivered,
  };
}

function settle(queue: Queue, taken: Taken, fate: Fate): void {
  const { record, seq, expiresAt, returns } = taken;
  if (fate === 'rejected') {
    queue.reject(record, seq, returns);
    dropReference(record);
  } else {
    queue.requeue(record, seq, expiresAt, returns);
  }
}
