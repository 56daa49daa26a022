import { emptyTable } from '../codec/table.ts';
import { textSize } from '../codec/text.ts';
import type { Exchange, HeadersThunk } from '../exchanges/exchange.ts';
import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { MemoryExhausted } from '../kit/memory.ts';
import { addReference, bodyAt, bodySize, dropReference } from '../model/record.ts';
import { addressOf, blindKeysOf, buildRecord, propertiesOf } from '../model/record-builder.ts';
import { type DeadLetterReason, deadLetterProperties, isCycle } from '../queues/dead-letter.ts';
import type { Queue } from '../queues/queue.ts';
import { logMessage } from '../queues/queue-log.ts';
import { type AppendLog, PlaceList } from '../store/append-log.ts';
import { carbonCopies, withoutCc } from './sender-selected.ts';
import type { Totals } from './totals.ts';

const SHORTSTR_BYTES_MAX = 255;

/** What dead letters need of their vhost. */
export interface DeadLetterHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: AppendLog;
  readonly ledger: { readonly deadLettered: Totals['deadLettered'] };
  readonly exchanges: ReadonlyMap<string, Exchange<Queue>>;
  /** The queues that a message reaches from an exchange, or from the default exchange. */
  routeBy(
    exchange: Exchange<Queue> | undefined,
    keys: readonly string[],
    headers: HeadersThunk,
  ): readonly Queue[];
}

interface Letter {
  readonly queue: Queue;
  readonly record: number;
  readonly reason: DeadLetterReason;
}

/**
 * Publishes dead letters to their queues' dead-letter exchanges. One letter may push another out
 * somewhere else, so they go one after the other instead of one inside the other.
 */
export class DeadLetters {
  readonly #vhost: DeadLetterHost;
  readonly #waiting: Letter[] = [];
  readonly #places = new PlaceList();
  #sending = false;
  #held = 0;

  constructor(vhost: DeadLetterHost) {
    this.#vhost = vhost;
  }

  /** A message leaves `queue`; it is copied if there is an exchange for it. */
  add(queue: Queue, record: number, reason: DeadLetterReason, _returns: number): void {
    const { deadLetterExchange, deadLetterStrategy, queueType } = queue.settings;
    const counters = this.#vhost.ledger.deadLettered[queueType];
    if (deadLetterExchange === undefined) {
      counters.disabled[reason] += 1;
      return;
    }
    counters[deadLetterStrategy === 'at-least-once' ? 'at_least_once' : 'at_most_once'][reason] +=
      1;
    addReference(record);
    this.#waiting.push({ queue, record, reason });
    this.#sendAll();
  }

  /**
   * Letters wait until `release`: while a message is given to its queues the log does not know of it
   * yet, and a letter could push it out of one of them.
   */
  hold(): void {
    this.#held += 1;
  }

  release(): void {
    this.#held -= 1;
    if (this.#waiting.length > 0) this.#sendAll();
  }

  #sendAll(): void {
    if (this.#sending || this.#held > 0) return;
    this.#sending = true;
    try {
      for (
        let letter = this.#waiting.shift();
        letter !== undefined;
        letter = this.#waiting.shift()
      ) {
        this.#trySend(letter);
        dropReference(letter.record);
      }
    } finally {
      this.#sending = false;
    }
  }

  #trySend(letter: Letter): void {
    try {
      this.#send(letter);
    } catch (error) {
      // Publishers have been blocked long before this; what cannot be copied is lost, not the broker.
      if (!(error instanceof MemoryExhausted)) throw error;
      const { queue, reason } = letter;
      this.#vhost.logger.error(
        { queue: queue.name, reason },
        'No memory for a dead letter: dropped',
      );
    }
  }

  #send({ queue, record, reason }: Letter): void {
    const { deadLetterExchange, deadLetterRoutingKey } = queue.settings;
    if (deadLetterExchange === undefined) return;
    const exchange = this.#vhost.exchanges.get(deadLetterExchange);
    // RabbitMQ drops a dead letter for an exchange that is not there, without a word.
    if (exchange === undefined && deadLetterExchange !== '') return;
    const address = addressOf(record);
    const properties = propertiesOf(record);
    const before = properties.headers ?? emptyTable;
    const dead = deadLetterProperties(properties, {
      queue: queue.name,
      reason,
      exchange: address.exchange,
      routingKeys: [address.routingKey, ...carbonCopies(before)],
      time: Math.floor(this.#vhost.clock.wall() / 1000),
    });
    const headers = dead.headers ?? emptyTable;
    const routingKey = deadLetterRoutingKey ?? address.routingKey;
    const rerouted = deadLetterRoutingKey !== undefined;
    const blind = rerouted ? [] : blindKeysOf(record);
    const keys = rerouted ? [routingKey] : [routingKey, ...carbonCopies(before), ...blind];
    const targets = this.#vhost
      .routeBy(exchange, keys, () => headers)
      .filter((target) => !isCycle(target.name, headers));
    if (targets.length === 0) return;
    // RabbitMQ queues a letter whose new key no frame can hold, and fails whoever reads it (541).
    if (textSize(routingKey) > SHORTSTR_BYTES_MAX) return;
    const shown = rerouted ? { ...dead, headers: withoutCc(headers) } : dead;
    const size = bodySize(record);
    const body = size === 0 ? 0 : bodyAt(record);
    const letter = buildRecord(deadLetterExchange, routingKey, shown, body, size, blind);
    this.#enqueue(targets, letter);
    dropReference(letter);
  }

  #enqueue(targets: readonly Queue[], letter: number): void {
    this.#places.clear();
    for (const target of targets) {
      if (target.deleted || !target.publish(letter)) continue;
      target.addPlace(letter, this.#places);
    }
    if (this.#places.size > 0) logMessage(this.#vhost.log, letter, this.#places);
  }
}
