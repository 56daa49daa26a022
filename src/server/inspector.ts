import type { Broker } from '../broker/broker.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import { type PlainValue, plainTable } from '../codec/plain-value.ts';
import type { Properties } from '../codec/properties.ts';
import { copyBody } from '../model/record.ts';
import { addressOf, propertiesOf } from '../model/record-builder.ts';
import type { Queue } from '../queues/queue.ts';

/** A waiting message, copied out of its queue. */
export interface WaitingMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: Omit<Properties, 'headers'>;
  readonly headers: Readonly<Record<string, PlainValue>>;
  readonly content: Buffer;
  /** It was delivered before and came back. */
  readonly redelivered: boolean;
  /** The content as UTF-8. */
  text(): string;
  /** The content parsed. @throws SyntaxError */
  json(): unknown;
}

/** What a queue looks like now. Nothing that is asked here changes it. */
export interface QueueView {
  readonly name: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Readonly<Record<string, PlainValue>>;
  /** Messages that wait for a consumer. */
  readonly messageCount: number;
  /** Deliveries that are not settled. */
  readonly unackedCount: number;
  readonly consumerCount: number;
  /** The waiting messages, the next one to leave first. @throws the disk's errors */
  messages(): readonly WaitingMessage[];
}

/** Looks into a broker from the same process. */
export class Inspector {
  readonly #broker: Broker;
  readonly #defaultVhost: string;

  constructor(broker: Broker, defaultVhost: string) {
    this.#broker = broker;
    this.#defaultVhost = defaultVhost;
  }

  /** @throws Error when there is no such queue or vhost */
  queue(name: string, vhost?: string): QueueView {
    return viewOf(this.#vhost(vhost).queue(name));
  }

  queues(vhost?: string): readonly string[] {
    return [...this.#vhost(vhost).queues.keys()];
  }

  exchanges(vhost?: string): readonly string[] {
    return [...this.#vhost(vhost).exchanges.keys()];
  }

  #vhost(name = this.#defaultVhost): VirtualHost {
    const vhost = this.#broker.vhosts.get(name);
    if (vhost === undefined) throw new Error(`no vhost '${name}'`);
    return vhost;
  }
}

function viewOf(queue: Queue): QueueView {
  return {
    name: queue.name,
    durable: queue.durable,
    exclusive: queue.owner !== undefined,
    autoDelete: queue.autoDelete,
    arguments: plainTable(queue.arguments),
    messageCount: queue.ready,
    unackedCount: queue.unacked,
    consumerCount: queue.consumers.count,
    messages: () => {
      const messages: WaitingMessage[] = [];
      queue.visitWaiting((record, _seq, _expiresAt, returns) => {
        messages.push(messageOf(record, returns > 0));
        return record;
      });
      return messages;
    },
  };
}

function messageOf(record: number, redelivered: boolean): WaitingMessage {
  const { headers, ...properties } = propertiesOf(record);
  const content = Buffer.from(copyBody(record));
  return {
    ...addressOf(record),
    properties,
    headers: headers === undefined ? {} : plainTable(headers),
    content,
    redelivered,
    text: () => content.toString(),
    json: (): unknown => JSON.parse(content.toString()),
  };
}
