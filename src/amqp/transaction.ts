import { abandon, type Plan, type Publisher, refused, unroutable } from '../broker/publish.ts';
import { BrokerError } from '../model/broker-error.ts';
import { dropReference } from '../model/record.ts';
import { acknowledge, known, lastOf, reject, type SettlingChannel } from './settlement.ts';

interface Settlement {
  readonly tags: readonly number[];
  readonly as: 'ack' | 'reject' | 'requeue';
}

/** What a transaction needs of its channel. */
export interface TransactionalChannel extends SettlingChannel {
  readonly publisher: Publisher;
  unroutable(record: number, mandatory: boolean): void;
}

interface Publication {
  /** With a reference that the transaction holds. */
  readonly record: number;
  readonly plan: Plan;
  readonly mandatory: boolean;
}

/** What a channel in transactional mode has said and not committed (0-9-1 §1.9). */
export class Transaction {
  readonly #channel: TransactionalChannel;
  #publications: Publication[] = [];
  #settlements: Settlement[] = [];

  constructor(channel: TransactionalChannel) {
    this.#channel = channel;
  }

  /** Messages that wait for the commit. */
  get messages(): number {
    return this.#publications.length;
  }

  /** Deliveries whose settlement waits for the commit. */
  get settlements(): number {
    return this.#settlements.reduce((sum, { tags }) => sum + tags.length, 0);
  }

  /** Keeps a message, with the caller's reference to its record. */
  publish(record: number, plan: Plan, mandatory: boolean): void {
    this.#publications.push({ record, plan, mandatory });
  }

  /** Keeps a settlement; its deliveries cannot be settled again until a rollback. @throws BrokerError */
  settle(deliveryTag: number, multiple: boolean, as: Settlement['as']): void {
    const { unsettled } = this.#channel;
    const tags: number[] = [];
    if (!multiple) known(this.#channel, deliveryTag);
    const last = multiple ? lastOf(this.#channel, deliveryTag) : deliveryTag;
    const first = multiple ? unsettled.oldest : deliveryTag;
    for (let tag = first; tag <= last; tag = unsettled.next(tag)) {
      if (unsettled.find(tag) === 0) continue;
      unsettled.hide(tag);
      tags.push(tag);
    }
    this.#settlements.push({ tags, as });
  }

  /** Does all that was said: publishes first, in their order. @throws BrokerError */
  commit(): void {
    const partial = this.#publishAll();
    const channel = this.#channel;
    const settlements = this.#settlements;
    this.#settlements = [];
    for (const { tags, as } of settlements) {
      for (const tag of tags) channel.unsettled.show(tag);
      for (const tag of tags) {
        if (as === 'ack') acknowledge(channel, tag, false);
        else reject(channel, tag, false, as === 'requeue');
      }
    }
    if (partial) throw new BrokerError('PRECONDITION_FAILED', 'partial tx completion');
  }

  // @returns whether a queue has refused a message
  #publishAll(): boolean {
    const channel = this.#channel;
    const publications = this.#publications;
    this.#publications = [];
    let partial = false;
    let done = 0;
    try {
      for (const { record, plan, mandatory } of publications) {
        const outcome = channel.publisher.carryOut(plan, record);
        if (outcome === unroutable) {
          channel.publisher.countUnroutable(mandatory);
          channel.unroutable(record, mandatory);
        }
        if (outcome === refused) partial = true;
        dropReference(record);
        done += 1;
      }
    } finally {
      // An error ends the channel, which rolls back what is left.
      this.#publications = publications.slice(done);
    }
    return partial;
  }

  /** Forgets all that was said. */
  rollback(): void {
    for (const { record, plan } of this.#publications) {
      abandon(plan);
      dropReference(record);
    }
    for (const { tags } of this.#settlements) {
      for (const tag of tags) this.#channel.unsettled.show(tag);
    }
    this.#publications = [];
    this.#settlements = [];
  }
}
