import { CodecError, MalformedTextError } from '../codec/codec-error.ts';
import { type ReplyName, replyCode, replyScope } from '../codec/spec.ts';
import { textSize } from '../codec/text.ts';
import { MemoryExhausted } from '../kit/memory.ts';
import { BrokerError } from '../model/broker-error.ts';

/** How an error reaches the client: what ends, and with which words. */
export interface Close {
  readonly scope: 'channel' | 'connection';
  readonly replyCode: number;
  readonly replyText: string;
  /** It is our fault, not the client's. */
  readonly internal: boolean;
  readonly failingClassId: number;
  readonly failingMethodId: number;
}

export interface MethodIds {
  readonly classId: number;
  readonly methodId: number;
}

export const noMethod: MethodIds = { classId: 0, methodId: 0 };

const TEXT_BYTES_MAX = 255;
// Quoted text need not be UTF-8 (a user id in a message's properties); clients expect a reply text to be.
const REPLACEMENT = '\ufffd';

/** Anything thrown while a method was at work, as what the client is told (0-9-1 §1.2). */
export function closeFor(error: unknown, during: MethodIds): Close {
  if (error instanceof BrokerError) {
    return closeWith(error.replyName, error.text, during, replyScope(error.replyName), false);
  }
  if (error instanceof CodecError) {
    const { classId, methodId } = error;
    // RabbitMQ names no method for text that it cannot read, and for frames that are none.
    const named = classId !== 0 || error instanceof MalformedTextError;
    const ids = named ? { classId, methodId } : during;
    return closeWith(error.replyName, error.text, ids, 'connection', false);
  }
  if (error instanceof MemoryExhausted) {
    return closeWith('RESOURCE_ERROR', error.message, during, 'connection', false);
  }
  return closeWith('INTERNAL_ERROR', 'the broker has failed', during, 'connection', true);
}

export function closeWith(
  name: ReplyName,
  text: string,
  { classId, methodId }: MethodIds,
  scope: 'channel' | 'connection',
  internal: boolean,
): Close {
  return {
    scope,
    replyCode: replyCode(name),
    replyText: shortened(`${name} - ${text}`.replaceAll(/\p{Surrogate}/gu, REPLACEMENT)),
    internal,
    failingClassId: classId,
    failingMethodId: methodId,
  };
}

// A short string holds 255 bytes; RabbitMQ cuts to 252 and three dots. No character is cut in two.
function shortened(text: string): string {
  if (textSize(text) <= TEXT_BYTES_MAX) return text;
  const characters = [...text.slice(0, TEXT_BYTES_MAX)];
  while (textSize(characters.join('')) > TEXT_BYTES_MAX - 3) characters.pop();
  return `${characters.join('')}...`;
}
