// What queues are tested with: messages whose references are counted, consumers and hosts that note
// what they are told.
import type { Properties } from '../../src/codec/properties.ts';
import type { Table } from '../../src/codec/table.ts';
import { table } from '../../src/codec/table.ts';
import { VirtualClock } from '../../src/kit/clock.ts';
import {
  allocate,
  RECEIVE_AT,
  recordBytes,
  release,
  returnPage,
  SEGMENT_BYTES,
  takePage,
  u8,
  usedBytes,
} from '../../src/kit/memory.ts';
import { QueueArguments } from '../../src/model/arguments.ts';
import {
  bodySize,
  contentAt,
  copyBody,
  dropReference,
  flagsOf,
  keptLength,
  referencesOf,
} from '../../src/model/record.ts';
import { buildRecord } from '../../src/model/record-builder.ts';
import { Consumer } from '../../src/queues/consumer.ts';
import type { DeadLetterReason } from '../../src/queues/dead-letter.ts';
import { Queue, type QueueHost } from '../../src/queues/queue.ts';
import type { Room } from '../../src/queues/room.ts';
import { PlaceList } from '../../src/store/append-log.ts';
import { Overflow } from '../../src/store/overflow.ts';
import { ScratchDisk } from './scratch-disk.ts';
import { StoringLog } from './storing-log.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A record with one reference. */
export function message(body = '', properties: Properties = {}, routingKey = 'key'): number {
  const bytes = encoder.encode(body);
  u8.set(bytes, RECEIVE_AT);
  return buildRecord('exchange', routingKey, properties, RECEIVE_AT, bytes.length);
}

export function bodyOf(record: number): string {
  return decoder.decode(copyBody(record));
}

/**
 * How many pages are free, modulo a segment of them: what it was before means that whoever was at
 * work since gave back all pages, unless a segment's worth is missing.
 */
export function freePages(): number {
  const before = usedBytes();
  const taken: number[] = [];
  while (usedBytes() === before) taken.push(takePage());
  for (const page of taken) returnPage(page);
  return (taken.length - 1) % 256;
}

/** Whether there is no record anywhere: the next one lies where the first one lay. */
export function noRecords(): boolean {
  const record = allocate(8);
  release(record);
  return recordBytes() === SEGMENT_BYTES && record % SEGMENT_BYTES === 0;
}

/** Messages of which the test keeps a reference each, so that those of others can be counted. */
export class Messages {
  readonly #records: number[] = [];

  make(body = '', properties: Properties = {}): number {
    const record = message(body, properties);
    this.#records.push(record);
    return record;
  }

  get count(): number {
    return this.#records.length;
  }

  /** References that are not the test's own. */
  get held(): number {
    return this.#records.reduce((sum, record) => sum + referencesOf(record) - 1, 0);
  }

  drop(): void {
    for (const record of this.#records) dropReference(record);
    this.#records.length = 0;
  }
}

export interface Delivery {
  readonly record: number;
  readonly body: string;
  readonly seq: number;
  readonly expiresAt: number;
  readonly returns: number;
}

export interface ConsumerOptions {
  readonly tag?: string;
  readonly noAck?: boolean;
  readonly exclusive?: boolean;
  readonly priority?: number;
  /** How many messages it takes before it is given more. */
  readonly credit?: number;
}

/** A consumer that holds what it is given until it is told what to do with it. */
export class FakeConsumer extends Consumer {
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  credit: number;
  cancelled = 0;
  readonly deliveries: Delivery[] = [];

  constructor(options: ConsumerOptions = {}) {
    super();
    this.tag = options.tag ?? 'tag';
    this.noAck = options.noAck ?? false;
    this.exclusive = options.exclusive ?? false;
    this.priority = options.priority ?? 0;
    this.credit = options.credit ?? Infinity;
  }

  get bodies(): string[] {
    return this.deliveries.map(({ body }) => body);
  }

  ready(): boolean {
    return this.credit > 0;
  }

  deliver(record: number, seq: number, expiresAt: number, returns: number): void {
    this.credit -= 1;
    this.deliveries.push({ record, body: bodyOf(record), seq, expiresAt, returns });
    if (this.noAck) dropReference(record);
  }

  cancelledByServer(): void {
    this.cancelled += 1;
  }

  /** Takes the delivery at `index` out of its hands. */
  give(index = 0): Delivery {
    const [delivery] = this.deliveries.splice(index, 1);
    if (delivery === undefined) throw new Error(`no delivery ${index}`);
    return delivery;
  }

  ack(queue: Queue, index = 0): void {
    const { record, seq } = this.give(index);
    queue.settle(record, seq);
    dropReference(record);
  }

  reject(queue: Queue, index = 0): void {
    const { record, seq, returns } = this.give(index);
    queue.reject(record, seq, returns);
    dropReference(record);
  }

  requeue(queue: Queue, index = 0): void {
    const { record, seq, expiresAt, returns } = this.give(index);
    queue.requeue(record, seq, expiresAt, returns);
    queue.dispatch();
  }
}

/** The numbers of the places that the queue gives the message it has just accepted. */
export function placesOf(queue: Queue, record: number): readonly number[] {
  const places = new PlaceList();
  queue.addPlace(record, places);
  return places.seqs.slice(0, places.size);
}

/** Memory that is short when the test says so. */
class FakeRoom implements Room {
  isShort = false;
  isFull = false;
  #waiting: (() => void)[] = [];

  whenRoom(run: () => void): void {
    this.#waiting.push(run);
  }

  /** Lets those who wait have another look. */
  look(): void {
    for (const run of this.#waiting.splice(0)) run();
  }
}

/** A host that notes what a queue tells it. */
export class FakeHost implements QueueHost {
  readonly clock = new VirtualClock(1000);
  readonly log = new StoringLog();
  readonly room = new FakeRoom();
  readonly disk = new ScratchDisk();
  overflow: Overflow | undefined = undefined;
  /** After each message that is published, all but the first go to disk. */
  pages = false;
  readonly failures: string[] = [];
  readonly died: { body: string; reason: DeadLetterReason; returns: number }[] = [];
  readonly counted: number[] = [];
  readonly #places = new PlaceList();
  get recently(): number {
    return this.clock.now();
  }

  get seconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  unusedQueues = 0;
  expiredQueues = 0;

  /** Publishes as the broker does: what the queue has taken, the log keeps. */
  publish(queue: Queue, record: number): boolean {
    const taken = queue.publish(record);
    const places = this.#places;
    places.clear();
    if (taken) queue.addPlace(record, places);
    if (places.size > 0) {
      const length = keptLength(record);
      const flags = flagsOf(record);
      this.log.appendMessage(contentAt(record), length, bodySize(record), flags, places);
    }
    if (this.pages) queue.pageOut(0);
    return taken;
  }

  /** From now on messages can go to disk. */
  async useDisk(): Promise<void> {
    this.overflow = await Overflow.open(this.disk);
  }

  /** Resolves when nothing is being read any more. */
  async quiet(): Promise<void> {
    while (this.log.reading + this.disk.reading > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  readFailed(_queue: Queue, error: Error): void {
    this.failures.push(error.message);
  }

  /** What died, as `reason body`. */
  get deaths(): string[] {
    return this.died.map(({ reason, body }) => `${reason} ${body}`);
  }

  deadLetter(_queue: Queue, record: number, reason: DeadLetterReason, returns: number): void {
    this.died.push({ body: bodyOf(record), reason, returns });
  }

  countReturn(_queue: Queue, record: number, returns: number): number {
    this.counted.push(returns);
    return record;
  }

  unused(queue: Queue): void {
    this.unusedQueues += 1;
    queue.delete();
  }

  expired(queue: Queue): void {
    this.expiredQueues += 1;
    queue.delete();
  }
}

export interface QueueOptions {
  readonly arguments?: Parameters<typeof table>[0];
  readonly durable?: boolean;
  readonly autoDelete?: boolean;
  /** Settings beside those that the arguments ask for. */
  readonly settings?: Partial<QueueArguments>;
}

/** A queue as it would be declared with these arguments. */
export function queueOf(host: QueueHost, options: QueueOptions = {}): Queue {
  const { durable = false, autoDelete = false } = options;
  const all: Table = table(options.arguments ?? {});
  const name = 'q';
  const declaration = { queue: name, vhost: '/', durable, exclusive: false, autoDelete };
  const settings = { ...QueueArguments.parse(all, declaration), ...options.settings };
  const identity = { name, vhost: '/', durable, autoDelete, owner: undefined, arguments: all };
  return new Queue(1, identity, settings, host);
}

/** The bodies of what waits, in the order in which it would leave. */
export function waiting(queue: Queue): string[] {
  const bodies: string[] = [];
  queue.visitWaiting((record) => {
    bodies.push(bodyOf(record));
    return record;
  });
  return bodies;
}
