// What tests of messages on disk share.
import { afterEach, beforeEach, expect } from 'vitest';
import type { Properties } from '../../src/codec/properties.ts';
import { dropReference } from '../../src/model/record.ts';
import type { Queue } from '../../src/queues/queue.ts';
import {
  type ConsumerOptions,
  FakeConsumer,
  FakeHost,
  freePages,
  message,
  noRecords,
  type QueueOptions,
  queueOf,
} from './fixtures.ts';

/** Of the test that runs. */
export let host: FakeHost;
let pages: number;
const queues: Queue[] = [];
const consumers: FakeConsumer[] = [];

/** Gives each test a host with a disk; whatever it has left gives all of its memory back. */
export function usePaging(): void {
  beforeEach(async () => {
    pages = freePages();
    host = new FakeHost();
    await host.useDisk();
  });

  afterEach(() => {
    for (const queue of queues.splice(0)) queue.close();
    for (const { deliveries } of consumers.splice(0)) {
      for (const { record } of deliveries) dropReference(record);
    }
    expect(noRecords()).toBe(true);
    expect(freePages()).toBe(pages);
  });
}

export function declare(options: QueueOptions = {}): Queue {
  const queue = queueOf(host, options);
  queues.push(queue);
  return queue;
}

export function consume(queue: Queue, options: ConsumerOptions = {}): FakeConsumer {
  const consumer = new FakeConsumer(options);
  if (!options.noAck) consumers.push(consumer);
  queue.addConsumer(consumer);
  return consumer;
}

export const KIB = 1024;
export const persistent: Properties = { deliveryMode: 2 };

/** Publishes messages that say their number, each of about so many bytes. */
export function fill(
  queue: Queue,
  count: number,
  properties: Properties = {},
  bytes = 0,
  from = 0,
): void {
  for (let i = from; i < from + count; i++) {
    const record = message(String(i).padEnd(bytes, '.'), properties);
    host.publish(queue, record);
    dropReference(record);
  }
}

export function numbers(bodies: readonly string[]): number[] {
  return bodies.map((body) => Number.parseInt(body, 10));
}

export const upTo = (count: number, from = 0) =>
  Array.from({ length: count - from }, (_, i) => from + i);

/** How many of a queue's messages are in memory. */
export function inMemory(queue: Queue): number {
  let count = 0;
  queue.visitReady((record) => {
    count += 1;
    return record;
  });
  return count;
}

export function stored(options: QueueOptions = {}): Queue {
  host.log.storesAtOnce = true;
  return declare({ durable: true, ...options });
}

export async function drain(queue: Queue): Promise<number[]> {
  const consumer = consume(queue, { noAck: true });
  await host.quiet();
  queue.removeConsumer(consumer);
  return numbers(consumer.bodies);
}
