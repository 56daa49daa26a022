// HOT: which consumer gets the next message.
import { type Consumer, ConsumerList } from './consumer.ts';

/**
 * The consumers of a queue. Round robin among those of the highest priority that can take a message;
 * one that cannot is left aside until it says that it can (`resume`). With single active consumer,
 * only the first in line gets messages, and the next one takes over when it leaves.
 */
export class Dispatcher {
  readonly #consumers: Consumer[] = [];
  readonly #lists: ConsumerList[] = [];
  readonly #singleActive: boolean;
  #active: Consumer | undefined = undefined;

  constructor(singleActive: boolean) {
    this.#singleActive = singleActive;
  }

  get count(): number {
    return this.#consumers.length;
  }

  get all(): readonly Consumer[] {
    return this.#consumers;
  }

  /** The consumer that a single-active-consumer queue delivers to. */
  get active(): Consumer | undefined {
    return this.#active;
  }

  hasExclusive(): boolean {
    return this.#consumers.some((consumer) => consumer.exclusive);
  }

  add(consumer: Consumer): void {
    this.#consumers.push(consumer);
    if (this.#singleActive) {
      if (this.#active !== undefined) return;
      this.#active = consumer;
    }
    this.#list(consumer.priority).append(consumer);
  }

  remove(consumer: Consumer): void {
    const index = this.#consumers.indexOf(consumer);
    if (index === -1) return;
    this.#consumers.splice(index, 1);
    consumer.list?.remove(consumer);
    this.#forgetEmptyLists();
    if (this.#active !== consumer) return;
    this.#active = this.#successor();
    if (this.#active !== undefined) this.#list(this.#active.priority).append(this.#active);
  }

  /** The consumer whose turn it is; undefined when none can take a message. */
  next(): Consumer | undefined {
    const lists = this.#lists;
    for (let i = 0; i < lists.length; i++) {
      const list = lists[i];
      if (list === undefined) continue;
      for (let consumer = list.first; consumer !== undefined; consumer = list.first) {
        if (consumer.ready()) return consumer;
        list.remove(consumer);
      }
    }
    return undefined;
  }

  /** It has had its turn. */
  served(consumer: Consumer): void {
    consumer.list?.rotate(consumer);
  }

  /** A consumer may be able to take messages again. */
  resume(consumer: Consumer): void {
    if (consumer.list !== undefined) return;
    if (this.#singleActive && this.#active !== consumer) return;
    this.#list(consumer.priority).append(consumer);
  }

  // Who is not ready stands in no list, and gets one again when it is.
  #forgetEmptyLists(): void {
    for (let i = this.#lists.length - 1; i >= 0; i--) {
      if (this.#lists[i]?.first === undefined) this.#lists.splice(i, 1);
    }
  }

  // The first of the highest priority takes over.
  #successor(): Consumer | undefined {
    let best: Consumer | undefined;
    for (const consumer of this.#consumers) {
      if (best === undefined || consumer.priority > best.priority) best = consumer;
    }
    return best;
  }

  #list(priority: number): ConsumerList {
    const lists = this.#lists;
    let at = 0;
    for (; at < lists.length; at++) {
      const list = lists[at];
      if (list === undefined || list.priority < priority) break;
      if (list.priority === priority) return list;
    }
    const list = new ConsumerList(priority);
    lists.splice(at, 0, list);
    return list;
  }
}
