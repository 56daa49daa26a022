// HOT: who gets messages, and whose turn it is.

/**
 * What a queue needs of whoever consumes from it. A class, so that its link in the queue's list of
 * ready consumers is a field and no object.
 */
export abstract class Consumer {
  abstract readonly tag: string;
  abstract readonly noAck: boolean;
  abstract readonly exclusive: boolean;
  /** Greater comes first (`x-priority`). */
  abstract readonly priority: number;

  /** Whether it can take one more message now. */
  abstract ready(): boolean;
  /**
   * Takes one message. `record` has a reference that now belongs to the consumer.
   * @param seq the message's place in the queue, needed to put it back there
   * @param expiresAt clock milliseconds, Infinity when it does not expire
   * @param returns how often it was delivered and came back
   */
  abstract deliver(record: number, seq: number, expiresAt: number, returns: number): void;
  /** The queue is gone. */
  abstract cancelledByServer(): void;

  /** The list of ready consumers that it stands in, and its neighbours there: owned by that list. */
  list: ConsumerList | undefined = undefined;
  next: Consumer | undefined = undefined;
  previous: Consumer | undefined = undefined;
}

/** A ring of the consumers of one priority that may be ready, in the order of their turns. */
export class ConsumerList {
  readonly priority: number;
  first: Consumer | undefined = undefined;
  #last: Consumer | undefined = undefined;

  constructor(priority: number) {
    this.priority = priority;
  }

  append(consumer: Consumer): void {
    consumer.list = this;
    consumer.next = undefined;
    consumer.previous = this.#last;
    if (this.#last === undefined) this.first = consumer;
    else this.#last.next = consumer;
    this.#last = consumer;
  }

  remove(consumer: Consumer): void {
    const { previous, next } = consumer;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    consumer.list = undefined;
    consumer.next = undefined;
    consumer.previous = undefined;
  }

  /** Its turn is over: it goes behind all others. */
  rotate(consumer: Consumer): void {
    if (consumer.next === undefined) return;
    this.remove(consumer);
    this.append(consumer);
  }
}
