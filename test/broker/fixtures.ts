// A broker without connections: sessions that declare, bind and publish straight into it.
import { bind, unbind } from '../../src/broker/bind.ts';
import { Broker } from '../../src/broker/broker.ts';
import { declareExchange } from '../../src/broker/declare-exchange.ts';
import { declareQueue, type QueueRequest } from '../../src/broker/declare-queue.ts';
import { type Outcome, Publisher } from '../../src/broker/publish.ts';
import type { Session } from '../../src/broker/session.ts';
import type { VirtualHost } from '../../src/broker/vhost.ts';
import type { Properties } from '../../src/codec/properties.ts';
import { emptyTable, table } from '../../src/codec/table.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import { type Logger, silentLogger } from '../../src/kit/logger.ts';
import { RECEIVE_AT, u8 } from '../../src/kit/memory.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { BrokerError } from '../../src/model/broker-error.ts';
import { addressLength, contentAt, contentLength, dropReference } from '../../src/model/record.ts';
import { buildRecord, propertiesOf } from '../../src/model/record-builder.ts';
import type { Queue } from '../../src/queues/queue.ts';
import type { AppendLog } from '../../src/store/append-log.ts';
import { MemoryLog } from '../../src/store/memory-log.ts';
import type { Overflow } from '../../src/store/overflow.ts';
import type { Recovered } from '../../src/store/recovered.ts';
import { bodyOf } from '../queues/fixtures.ts';

type Fields = Parameters<typeof table>[0];

/** Where the clocks of these brokers start. */
export const NOW_MS = 1_700_000_000_000;

export interface NodeOptions {
  readonly clock?: VirtualClock;
  readonly log?: AppendLog;
  readonly recovered?: Recovered;
  readonly logger?: Logger;
  readonly memoryHighWatermark?: number;
  readonly overflow?: Overflow;
  readonly pagingBudget?: number;
}

export function brokerOf(options: NodeOptions = {}): Broker {
  return new Broker({
    clock: options.clock ?? new VirtualClock(NOW_MS),
    random: new SeededRandom(1),
    logger: options.logger ?? silentLogger,
    log: options.log ?? new MemoryLog(),
    ...(options.recovered === undefined ? {} : { recovered: options.recovered }),
    limits: {
      heartbeat: 60,
      frameMax: 131_072,
      channelMax: 2047,
      connectionMax: Infinity,
      maxMessageSize: 2 ** 27,
      consumerTimeoutMs: 1_800_000,
      handshakeTimeoutMs: 10_000,
    },
    version: '0.0.0',
    clusterName: 'test',
    firstUser: {
      name: 'guest',
      password: 'guest',
      tags: [],
      vhost: '/',
      configure: '.*',
      write: '.*',
      read: '.*',
    },
    loopbackUsers: [],
    memoryHighWatermark: options.memoryHighWatermark ?? Infinity,
    ...(options.overflow === undefined ? {} : { overflow: options.overflow }),
    ...(options.pagingBudget === undefined ? {} : { pagingBudget: options.pagingBudget }),
  });
}

/** What an operation says: its error as `REPLY_NAME - text`, or that there was none. */
export function outcomeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof BrokerError) return `${error.replyName} - ${error.text}`;
    throw error;
  }
  return 'ok';
}

/** One client at work, in the words of the tests. */
export class Desk implements Session {
  readonly broker: Broker;
  readonly vhost: VirtualHost;
  readonly user: { readonly name: string; readonly tags: readonly string[] };
  readonly owner: object = this;
  readonly publisher: Publisher;

  constructor(broker: Broker, user = 'guest', tags: readonly string[] = []) {
    const vhost = broker.vhosts.get('/');
    if (vhost === undefined) throw new Error('no vhost');
    this.broker = broker;
    this.vhost = vhost;
    this.user = { name: user, tags };
    this.publisher = new Publisher(this);
  }

  consumersLag(): void {}

  queue(name: string, arguments_: Fields = {}, more: Partial<QueueRequest> = {}): Queue {
    const declared = declareQueue(
      this,
      {
        queue: name,
        passive: false,
        durable: false,
        exclusive: false,
        autoDelete: false,
        arguments: table(arguments_),
        ...more,
      },
      this.broker.random,
    );
    return this.vhost.queue(declared.queue);
  }

  exchange(
    exchange: string,
    type = 'fanout',
    more: Partial<Parameters<typeof declareExchange>[1]> = {},
  ): void {
    declareExchange(this, {
      exchange,
      type,
      passive: false,
      durable: false,
      autoDelete: false,
      internal: false,
      arguments: emptyTable,
      ...more,
    });
  }

  bind(source: string, destination: string, routingKey = '', kind: 'queue' | 'exchange' = 'queue') {
    bind(this, kind, { source, destination, routingKey, arguments: emptyTable });
  }

  unbind(
    source: string,
    destination: string,
    routingKey = '',
    kind: 'queue' | 'exchange' = 'queue',
  ) {
    unbind(this, kind, { source, destination, routingKey, arguments: emptyTable });
  }

  /** Publishes as a connection does: from the receive window. */
  publish(exchange: string, routingKey: string, body = '', properties: Properties = {}): Outcome {
    const bytes = new TextEncoder().encode(body);
    u8.set(bytes, RECEIVE_AT);
    const record = buildRecord(exchange, routingKey, properties, RECEIVE_AT, bytes.length);
    const [at, length, address] = [contentAt(record), contentLength(record), addressLength(record)];
    u8.copyWithin(RECEIVE_AT, at, at + length);
    dropReference(record);
    return this.publisher.publish(RECEIVE_AT, address, RECEIVE_AT + address, length - address, 0);
  }
}

/** The messages of a queue: body and properties of what waits. */
export function messagesIn(queue: Queue): { body: string; properties: Properties }[] {
  const messages: { body: string; properties: Properties }[] = [];
  queue.visitReady((record) => {
    messages.push({ body: bodyOf(record), properties: propertiesOf(record) });
    return record;
  });
  return messages;
}

export function bodiesIn(queue: Queue): string[] {
  return messagesIn(queue).map(({ body }) => body);
}
