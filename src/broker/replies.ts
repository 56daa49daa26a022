import type { Random } from '../kit/random.ts';

/** A channel that consumes the pseudo-queue of direct reply-to. */
export interface ReplyConsumer {
  /** The whole address that requests carry in `reply_to`. */
  readonly address: string;
  /** Takes a reply; the record's reference stays with the caller. */
  deliverReply(record: number): void;
}

/** The pseudo-queue that a requester consumes from. */
export const replyQueue = 'amq.rabbitmq.reply-to';
const addressPrefix = `${replyQueue}.`;
const TOKEN_BYTES = 16;

/** Everyone who waits for direct replies on this node. An address is a secret: nobody can guess it. */
export class Replies {
  readonly #consumers = new Map<string, ReplyConsumer>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  // RabbitMQ's has two parts as well: one for the process that waits, and a key that only it knows.
  newAddress(): string {
    return `${addressPrefix}${this.#token()}.${this.#token()}`;
  }

  #token(): string {
    return Buffer.from(this.#random.bytes(TOKEN_BYTES)).toString('base64');
  }

  add(consumer: ReplyConsumer): void {
    this.#consumers.set(consumer.address, consumer);
  }

  remove(consumer: ReplyConsumer): void {
    this.#consumers.delete(consumer.address);
  }

  find(address: string): ReplyConsumer | undefined {
    return this.#consumers.get(address);
  }
}

export function isReplyAddress(name: string): boolean {
  return name.startsWith(addressPrefix);
}
