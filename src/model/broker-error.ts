import type { ReplyName } from '../codec/spec.ts';

/**
 * A client's request that the broker refuses.
 *
 * Whoever throws names the reply only: `spec.ts` knows its code and whether the channel or the
 * connection dies of it, and the protocol at the edge builds the wire's `NAME - text` from it.
 */
export class BrokerError extends Error {
  readonly replyName: ReplyName;
  readonly text: string;

  constructor(replyName: ReplyName, text: string) {
    super(`${replyName} - ${text}`);
    this.name = 'BrokerError';
    this.replyName = replyName;
    this.text = text;
  }
}
