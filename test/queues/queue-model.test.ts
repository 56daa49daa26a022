import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Queue } from '../../src/queues/queue.ts';
import { FakeConsumer, FakeHost, freePages, Messages, queueOf, waiting } from './fixtures.ts';

interface Item {
  readonly body: string;
  /** The place in the order of publishing. */
  readonly at: number;
  readonly priority: number;
  readonly expiresAt: number;
  readonly returns: number;
}

interface Limits {
  readonly maxPriority: number;
  readonly maxLength: number;
  readonly ttlMs: number;
  readonly deliveryLimit: number;
}

/** What a queue is to do, told with one array a priority and no care for speed. */
class Model {
  readonly levels: Item[][];
  readonly out: Item[] = [];
  readonly deaths: string[] = [];
  readonly #limits: Limits;
  credit = 0;
  now = 1000;
  #published = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.levels = Array.from({ length: limits.maxPriority + 1 }, () => []);
  }

  get waiting(): Item[] {
    return [...this.levels].reverse().flat();
  }

  publish(body: string, priority: number, ownTtlMs: number): void {
    const item: Item = {
      body,
      at: this.#published++,
      priority: Math.min(priority, this.#limits.maxPriority),
      expiresAt: this.now + Math.min(ownTtlMs, this.#limits.ttlMs),
      returns: 0,
    };
    if (this.credit > 0 && this.waiting.length === 0) this.#deliver(item);
    else this.levels[item.priority]?.push(item);
    this.settle();
  }

  /** Takes the next one out. */
  shift(): Item | undefined {
    const item = [...this.levels]
      .reverse()
      .find((level) => level.length > 0)
      ?.shift();
    this.settle();
    return item;
  }

  deliverAll(): void {
    while (this.credit > 0 && this.waiting.length > 0) {
      const item = this.shift();
      if (item !== undefined) this.#deliver(item);
    }
  }

  requeue(index: number): void {
    const [item] = this.out.splice(index, 1);
    if (item === undefined) return;
    if (item.returns >= this.#limits.deliveryLimit) {
      this.deaths.push(`delivery_limit ${item.body}`);
    } else {
      const level = this.levels[item.priority];
      level?.push({ ...item, returns: item.returns + 1 });
      level?.sort((a, b) => a.at - b.at);
      this.settle();
    }
    this.deliverAll();
  }

  purge(): number {
    const count = this.waiting.length;
    for (const level of this.levels) level.length = 0;
    return count;
  }

  /** Heads that are too many go, then heads that have expired: in the order of RabbitMQ. */
  settle(): void {
    while (this.waiting.length > this.#limits.maxLength) {
      const level = [...this.levels].reverse().find((one) => one.length > 0);
      const item = level?.shift();
      if (item !== undefined) this.deaths.push(`maxlen ${item.body}`);
    }
    this.#expire();
  }

  #expire(): void {
    for (const level of this.levels) {
      while ((level[0]?.expiresAt ?? Infinity) <= this.now) {
        this.deaths.push(`expired ${level.shift()?.body}`);
      }
    }
  }

  #deliver(item: Item): void {
    this.credit -= 1;
    this.out.push(item);
  }
}

type Step =
  | { do: 'publish'; priority: number; ttlMs: number }
  | { do: 'credit'; count: number }
  | { do: 'ack' | 'requeue' | 'reject'; index: number }
  | { do: 'take' | 'purge' }
  | { do: 'advance'; ms: number };

const index = fc.nat(20);
const ttlMs = fc.oneof({ weight: 3, arbitrary: fc.constant(Infinity) }, fc.nat(60));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('publish' as const), priority: fc.nat(6), ttlMs }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('credit' as const), count: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('ack', 'requeue', 'requeue', 'reject'), index }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(40) }) },
);
// A purge now and then, lest no queue ever grow.
const steps = fc.array(
  fc.oneof(
    { weight: 40, arbitrary: step },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'purge' }) },
  ),
  { minLength: 1, maxLength: 120 },
);
const limits = fc.record({
  maxPriority: fc.constantFrom(0, 0, 1, 4),
  maxLength: fc.constantFrom(Infinity, Infinity, 0, 1, 5),
  ttlMs: fc.constantFrom(Infinity, Infinity, 0, 30),
  deliveryLimit: fc.constantFrom(Infinity, 0, 2),
});

function argumentsOf({ maxPriority, maxLength, ttlMs: ttl }: Limits) {
  return {
    ...(maxPriority > 0 ? { 'x-max-priority': maxPriority } : {}),
    ...(maxLength < Infinity ? { 'x-max-length': maxLength } : {}),
    ...(ttl < Infinity ? { 'x-message-ttl': ttl } : {}),
  };
}

/** A queue and its model, led through the same steps. */
class Pair {
  readonly host = new FakeHost();
  readonly messages = new Messages();
  readonly consumer = new FakeConsumer({ credit: 0 });
  readonly queue: Queue;
  readonly model: Model;
  #count = 0;

  constructor(given: Limits) {
    // Any queue here may have any limits, so that each meets each.
    const deliveryLimit = given.deliveryLimit < Infinity ? given.deliveryLimit : undefined;
    this.queue = queueOf(this.host, {
      durable: true,
      arguments: argumentsOf(given),
      settings: { deliveryLimit },
    });
    this.model = new Model(given);
    this.queue.addConsumer(this.consumer);
  }

  async run(one: Step): Promise<void> {
    const { queue, model, consumer } = this;
    const at = 'index' in one ? one.index % Math.max(1, model.out.length) : 0;
    switch (one.do) {
      case 'publish':
        this.#publish(one.priority, one.ttlMs);
        return;
      case 'credit':
        model.credit += one.count;
        model.deliverAll();
        consumer.credit += one.count;
        queue.resume(consumer);
        return;
      case 'ack':
        if (model.out.splice(at, 1).length > 0) consumer.ack(queue, at);
        return;
      case 'reject': {
        const [item] = model.out.splice(at, 1);
        if (item === undefined) return;
        model.deaths.push(`rejected ${item.body}`);
        consumer.reject(queue, at);
        return;
      }
      case 'requeue':
        if (model.out.length === 0) return;
        model.requeue(at);
        consumer.requeue(queue, at);
        return;
      case 'take':
        this.#take();
        return;
      case 'purge':
        expect(queue.purge()).toBe(model.purge());
        return;
      case 'advance':
        await this.host.clock.advance(one.ms);
        model.now += one.ms;
        model.settle();
        return;
    }
  }

  #publish(priority: number, ttl: number): void {
    const body = 'm'.repeat(this.#count % 7) + this.#count++;
    const expiration = ttl < Infinity ? { expiration: String(ttl) } : {};
    this.queue.publish(this.messages.make(body, { deliveryMode: 2, priority, ...expiration }));
    this.model.publish(body, priority, ttl);
  }

  // The reference of what is taken goes to the consumer, as a delivery would.
  #take(): void {
    const taken = this.queue.take(false);
    const item = this.model.shift();
    expect(taken === undefined).toBe(item === undefined);
    if (taken === undefined || item === undefined) return;
    this.model.out.push(item);
    this.consumer.credit += 1;
    const { record, seq, expiresAt, returns } = taken;
    this.consumer.deliver(record, seq, expiresAt, returns);
  }

  expectSame(): void {
    const { queue, model, consumer } = this;
    const ready = model.waiting.map(({ body }) => body);
    expect(waiting(queue)).toEqual(ready);
    expect(queue.ready).toBe(ready.length);
    expect(queue.readyBytes).toBe(ready.join('').length);
    expect(queue.unacked).toBe(model.out.length);
    expect(queue.unackedBytes).toBe(model.out.map(({ body }) => body).join('').length);
    const out = consumer.deliveries.map(({ body, expiresAt, returns }) => [
      body,
      expiresAt,
      returns,
    ]);
    expect(out).toEqual(
      model.out.map(({ body, expiresAt, returns }) => [body, expiresAt, returns]),
    );
    // Which of two priorities' heads expires first in one moment is left open.
    expect([...this.host.deaths].sort()).toEqual([...model.deaths].sort());
    expect(this.messages.held).toBe(ready.length + model.out.length);
  }

  /** Lets go of all that is left. */
  end(): void {
    this.queue.purge();
    while (this.consumer.deliveries.length > 0) this.consumer.ack(this.queue);
    expect(this.messages.held).toBe(0);
    this.queue.delete();
    this.messages.drop();
  }
}

describe('a queue', () => {
  it('does what the model does, step by step, and gives everything back', async () => {
    const pages = freePages();
    await fc.assert(
      fc.asyncProperty(limits, steps, async (given, all) => {
        const pair = new Pair(given);
        for (const one of all) {
          await pair.run(one);
          pair.expectSame();
        }
        const published = pair.messages.count;
        pair.end();
        // Every message has left its place for good, once.
        const { settled } = pair.host.log;
        expect(new Set(settled).size).toBe(settled.length);
        expect(settled.length).toBe(published);
      }),
      { numRuns: 150 },
    );
    expect(freePages()).toBe(pages);
  });
});
