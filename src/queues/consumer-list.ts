// HOT: whose turn it is.
import type { Consumer } from './consumer.ts';

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
