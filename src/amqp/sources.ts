import type { Consumer } from '../queues/consumer.ts';
import type { Queue } from '../queues/queue.ts';

/** A consumer with a window of deliveries that are not settled. */
export interface WindowedConsumer extends Consumer {
  readonly queue: Queue;
  readonly source: Source;
  /** How long a delivery may stay unsettled, if the consumer asked for a time of its own. */
  readonly timeoutMs: number | undefined;
  /** Deliveries that are not settled. */
  unacked: number;
  /** Used while several deliveries are settled at once. */
  eased: boolean;
}

/** Where deliveries on a channel come from: a queue, by a consumer or by basic.get. */
export interface Source {
  /** Its number on the channel. */
  readonly slot: number;
  readonly queue: Queue;
  /** undefined for basic.get. */
  readonly consumer: WindowedConsumer | undefined;
  /** Deliveries that are not settled. */
  outstanding: number;
  /** No delivery will be added. */
  ended: boolean;
}

/** The sources of a channel by number; a number is free again when all its deliveries are settled. */
export class Sources {
  readonly #bySlot: (Source | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #byGet = new Map<Queue, Source>();

  at(slot: number): Source | undefined {
    return this.#bySlot[slot];
  }

  add(queue: Queue, consumer: WindowedConsumer | undefined): Source {
    const slot = this.#free.pop() ?? this.#bySlot.length;
    const source: Source = { slot, queue, consumer, outstanding: 0, ended: false };
    this.#bySlot[slot] = source;
    return source;
  }

  /** The source of what basic.get takes from this queue; it ends when nothing is outstanding. */
  forGet(queue: Queue): Source {
    const known = this.#byGet.get(queue);
    if (known !== undefined) return known;
    const source = this.add(queue, undefined);
    source.ended = true;
    this.#byGet.set(queue, source);
    return source;
  }

  /** Nothing more will be delivered from it. */
  end(source: Source): void {
    source.ended = true;
    if (source.outstanding === 0) this.#remove(source);
  }

  /** One delivery of it is settled. */
  settled(source: Source): void {
    source.outstanding -= 1;
    if (source.ended && source.outstanding === 0) this.#remove(source);
  }

  #remove(source: Source): void {
    this.#bySlot[source.slot] = undefined;
    this.#free.push(source.slot);
    if (source.consumer === undefined) this.#byGet.delete(source.queue);
  }
}
