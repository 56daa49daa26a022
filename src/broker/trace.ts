import { decodeProperties, type Properties } from '../codec/properties.ts';
import { frameOverheadBytes } from '../codec/spec.ts';
import { emptyTable, type Field, longstr, type Table } from '../codec/table.ts';
import { textSize } from '../codec/text.ts';
import type { Exchange, HeadersThunk } from '../exchanges/exchange.ts';
import { afterReads } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import { dv, MemoryExhausted, u8 } from '../kit/memory.ts';
import { bodyAt, bodySize, dropReference } from '../model/record.ts';
import { addressOf, blindKeysOf, buildRecord, propertiesOf } from '../model/record-builder.ts';
import type { Queue } from '../queues/queue.ts';
import { logMessage } from '../queues/queue-log.ts';
import { type AppendLog, PlaceList } from '../store/append-log.ts';
import type { Route } from './route-cache.ts';
import { blindCopies, carbonCopies, withoutBcc } from './sender-selected.ts';

/** The exchange that is told of messages. */
export const traceExchange = 'amq.rabbitmq.trace';

const SHORTSTR_BYTES_MAX = 255;
const INT32_MAX = 2 ** 31 - 1;
const BODY_SIZE_BYTES = 4;

/** What a trace needs of its vhost. */
export interface TraceHost {
  readonly name: string;
  readonly nodeName: string;
  readonly logger: Logger;
  readonly log: AppendLog;
  readonly exchanges: ReadonlyMap<string, Exchange<Queue>>;
  routeBy(
    exchange: Exchange<Queue> | undefined,
    keys: readonly string[],
    headers: HeadersThunk,
  ): readonly Queue[];
}

/** Where a message came in or went out. */
export interface Tap {
  /** The connection's name. */
  readonly connection: string;
  readonly channel: number;
  readonly user: string;
}

/** What is told of a message. */
interface Sighting {
  readonly routingKey: string;
  readonly exchange: string;
  readonly routingKeys: readonly string[];
  readonly properties: Properties;
  /** Headers of this kind of sighting, behind those that all have. */
  readonly more: Iterable<readonly [string, Field]>;
  /** Where the body lies in the message memory; anything when it is empty. */
  readonly body: number;
  readonly size: number;
}

/**
 * The firehose: tells `amq.rabbitmq.trace` of every message that is published in a vhost or delivered
 * from one of its queues, as RabbitMQ does, with a copy of the body. The copies are published once
 * what was read is handled: whoever is told of cannot be in the middle of something.
 */
export class Trace {
  readonly #vhost: TraceHost;
  readonly #places = new PlaceList();
  #waiting: { readonly routingKey: string; readonly headers: Table; readonly record: number }[] =
    [];

  constructor(vhost: TraceHost) {
    this.#vhost = vhost;
  }

  /**
   * A message was published that lies in the message memory.
   * @param flagsAt where its property flags are
   * @param end where its content header's payload ends
   */
  published(tap: Tap, route: Route, queues: readonly Queue[], flagsAt: number, end: number): void {
    const { headers = emptyTable, ...others } = decodeProperties(u8, flagsAt, end);
    const copies = [...carbonCopies(headers), ...blindCopies(headers)];
    const shown = headers.size === 0 ? {} : { headers: withoutBcc(headers) };
    this.#tell({
      routingKey: `publish.${route.exchangeName}`,
      exchange: route.exchangeName,
      routingKeys: [route.routingKey, ...copies],
      properties: { ...others, ...shown },
      more: [...this.#place(tap), ['routed_queues', longstrs(queues.map(({ name }) => name))]],
      body: end + frameOverheadBytes,
      size: dv.getUint32(flagsAt - BODY_SIZE_BYTES),
    });
  }

  /** A message was delivered, or fetched by basic.get. */
  delivered(tap: Tap, queue: Queue, record: number, redelivered: boolean): void {
    const { exchange, routingKey } = addressOf(record);
    if (exchange === traceExchange) return;
    const properties = propertiesOf(record);
    const size = bodySize(record);
    const copies = carbonCopies(properties.headers ?? emptyTable);
    this.#tell({
      routingKey: `deliver.${queue.name}`,
      exchange,
      routingKeys: [routingKey, ...copies, ...blindKeysOf(record)],
      properties,
      more: [['redelivered', integer(redelivered ? 1 : 0)], ...this.#place(tap)],
      body: size === 0 ? 0 : bodyAt(record),
      size,
    });
  }

  /** What has not been told yet never will be. */
  close(): void {
    for (const { record } of this.#waiting) dropReference(record);
    this.#waiting = [];
  }

  #place({ connection, channel, user }: Tap): readonly (readonly [string, Field])[] {
    return [
      ['vhost', longstr(this.#vhost.name)],
      ['connection', longstr(connection)],
      ['channel', integer(channel)],
      ['user', longstr(user)],
    ];
  }

  #tell(sighting: Sighting): void {
    const { routingKey, body, size } = sighting;
    // No frame could hold the key.
    if (textSize(routingKey) > SHORTSTR_BYTES_MAX) return;
    const headers: Table = new Map([
      ['exchange_name', longstr(sighting.exchange)],
      ['routing_keys', longstrs(sighting.routingKeys)],
      ['properties', { type: 'F', value: propertyTable(sighting.properties) }],
      ['node', longstr(this.#vhost.nodeName)],
      ...sighting.more,
    ]);
    if (this.#targets(routingKey, headers).length === 0) return;
    try {
      const record = buildRecord(traceExchange, routingKey, { headers }, body, size);
      this.#waiting.push({ routingKey, headers, record });
    } catch (error) {
      if (!(error instanceof MemoryExhausted)) throw error;
      this.#vhost.logger.error({ routingKey }, 'No memory for a traced message: dropped');
      return;
    }
    if (this.#waiting.length === 1) afterReads(() => this.#publish());
  }

  #publish(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { routingKey, headers, record } of waiting) {
      this.#places.clear();
      for (const queue of this.#targets(routingKey, headers)) {
        if (!queue.deleted && queue.publish(record)) queue.addPlace(record, this.#places);
      }
      if (this.#places.size > 0) logMessage(this.#vhost.log, record, this.#places);
      dropReference(record);
    }
  }

  #targets(routingKey: string, headers: Table): readonly Queue[] {
    const exchange = this.#vhost.exchanges.get(traceExchange);
    if (exchange === undefined) return [];
    return this.#vhost.routeBy(exchange, [routingKey], () => headers);
  }
}

function integer(value: number): Field {
  return { type: 'I', value };
}

function longstrs(texts: readonly string[]): Field {
  return { type: 'A', value: texts.map(longstr) };
}

// By their names in the specification; numbers as integers, whatever their type was.
function propertyTable(properties: Properties): Table {
  const fields = new Map<string, Field>();
  for (const [name, value] of Object.entries(properties)) {
    const key = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    fields.set(key, propertyField(value));
  }
  return fields;
}

function propertyField(value: string | number | bigint | Table): Field {
  if (typeof value === 'string') return longstr(value);
  if (typeof value === 'object') return { type: 'F', value };
  if (typeof value === 'number' && value <= INT32_MAX) return integer(value);
  return { type: 'l', value: BigInt(value) };
}
