import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropReference } from '../../src/model/record.ts';
import type { Queue } from '../../src/queues/queue.ts';
import {
  FakeConsumer,
  FakeHost,
  freePages,
  Messages,
  noRecords,
  queueOf,
  waiting,
} from './fixtures.ts';

interface Item {
  readonly body: string;
  /** The place in the order of publishing. */
  readonly at: number;
  readonly priority: number;
  readonly expiresAt: number;
  readonly returns: number;
  readonly persistent: boolean;
}

interface Limits {
  readonly durable: boolean;
  readonly modes: 'persistent' | 'transient' | 'both';
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

  publish(body: string, priority: number, ownTtlMs: number, persistent: boolean): void {
    const item: Item = {
      body,
      at: this.#published++,
      priority: Math.min(priority, this.#limits.maxPriority),
      expiresAt: this.now + Math.min(ownTtlMs, this.#limits.ttlMs),
      returns: 0,
      persistent,
    };
    if (this.credit > 0 && this.waiting.length === 0) this.#deliver(item);
    else this.levels[item.priority]?.push(item);
    this.#trim();
    this.expire();
  }

  /** Takes the next one out. */
  shift(): Item | undefined {
    const item = [...this.levels]
      .reverse()
      .find((level) => level.length > 0)
      ?.shift();
    this.expire();
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
      this.#trim();
      this.expire();
    }
    this.deliverAll();
  }

  /** What is transient is gone, and what was out is back. */
  restart(): void {
    for (const level of this.levels) level.splice(0, level.length, ...level.filter(isPersistent));
    for (const item of this.out.splice(0).filter(isPersistent)) {
      this.levels[item.priority]?.push({ ...item, returns: Math.max(1, item.returns) });
    }
    for (const level of this.levels) level.sort((a, b) => a.at - b.at);
    this.expire();
    this.deliverAll();
  }

  purge(): number {
    const count = this.waiting.length;
    for (const level of this.levels) level.length = 0;
    return count;
  }

  // Heads that are too many go, then heads that have expired: in the order of RabbitMQ.
  #trim(): void {
    while (this.waiting.length > this.#limits.maxLength) {
      const level = [...this.levels].reverse().find((one) => one.length > 0);
      const item = level?.shift();
      if (item !== undefined) this.deaths.push(`maxlen ${item.body}`);
    }
  }

  expire(): void {
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

function isPersistent({ persistent }: Item): boolean {
  return persistent;
}

type Step =
  | { do: 'publish'; count: number; priority: number; ttlMs: number; persistent: boolean }
  | { do: 'credit'; count: number }
  | { do: 'ack' | 'requeue' | 'reject'; index: number }
  | { do: 'take'; count: number }
  | { do: 'purge' | 'restart' }
  | { do: 'advance'; ms: number }
  | { do: 'page'; stored: boolean; keepBytes: number }
  | { do: 'read' };

type Publishing = Extract<Step, { do: 'publish' }>;

const index = fc.nat(20);
const publishing = (ttlMs: fc.Arbitrary<number>) =>
  fc.record({
    do: fc.constant('publish' as const),
    count: fc.constantFrom(1, 1, 1, 2, 8),
    priority: fc.nat(6),
    ttlMs,
    persistent: fc.boolean(),
  });
const expiring = fc.oneof({ weight: 3, arbitrary: fc.constant(Infinity) }, fc.nat(60));
const moving: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('credit' as const), count: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('ack', 'requeue', 'requeue', 'reject'), index }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      count: fc.constantFrom(1, 1, 2, 9),
    }),
  },
);
const advancing: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('advance' as const),
  ms: fc.nat(40),
});
const paging: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('page' as const),
      stored: fc.boolean(),
      keepBytes: fc.constantFrom(0, 0, 200, 500),
    }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'read' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'restart' }) },
);

function stepsOf(...kinds: { weight: number; arbitrary: fc.Arbitrary<Step> }[]) {
  // A purge now and then, lest no queue ever grow.
  const purge = { weight: 1, arbitrary: fc.constant<Step>({ do: 'purge' }) };
  return fc.array(fc.oneof(...kinds, purge), { minLength: 1, maxLength: 120 });
}

const limits: fc.Arbitrary<Limits> = fc.record({
  durable: fc.boolean(),
  modes: fc.constantFrom('persistent', 'transient', 'both'),
  maxPriority: fc.constantFrom(0, 0, 1, 4),
  maxLength: fc.constantFrom(Infinity, Infinity, Infinity, 0, 1, 5, 12),
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
  consumer = new FakeConsumer({ credit: 0 });
  /** What is to be read arrives at once: what has expired on disk is found out when it is read. */
  eager = false;
  queue: Queue;
  readonly model: Model;
  readonly #given: Limits;
  #count = 0;
  #persistent = 0;
  #paged = false;
  #restarted = false;

  constructor(given: Limits) {
    this.#given = given;
    this.queue = this.#declare();
    this.model = new Model(given);
    this.queue.addConsumer(this.consumer);
  }

  /** Lets it page out, and read back no more than a few messages at a time. */
  async usePaging(): Promise<void> {
    await this.host.useDisk();
    this.host.log.mostBytes = 300;
    this.host.log.held = true;
    this.host.disk.held = true;
  }

  async run(one: Step): Promise<void> {
    const { queue, model, consumer } = this;
    const at = 'index' in one ? one.index % Math.max(1, model.out.length) : 0;
    switch (one.do) {
      case 'publish':
        for (let i = 0; i < one.count; i++) {
          this.#publish(one);
          if (this.eager) await this.readAll();
        }
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
        for (let i = 0; i < one.count; i++) this.#take();
        return;
      case 'restart':
        this.#restart();
        return;
      case 'purge':
        expect(queue.purge()).toBe(model.purge());
        return;
      case 'advance':
        await this.host.clock.advance(one.ms);
        model.now += one.ms;
        model.expire();
        return;
      case 'page':
        if (one.stored) this.host.log.store();
        if (queue.pageOut(one.keepBytes) > 0) this.#paged = true;
        return;
      case 'read':
        await this.read();
        return;
    }
  }

  /** Lets what is being read arrive. */
  async read(): Promise<void> {
    this.host.log.flush();
    this.host.disk.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The same, and whatever is read because of it. */
  async readAll(): Promise<void> {
    while (this.host.log.waiting + this.host.disk.waiting > 0) await this.read();
  }

  /** The consumer waits for what is on disk. */
  get lags(): boolean {
    return this.consumer.credit > 0 && this.queue.ready > 0;
  }

  // Any queue here may have any limits, so that each meets each.
  #declare(): Queue {
    const { durable, deliveryLimit } = this.#given;
    return queueOf(this.host, {
      durable,
      arguments: argumentsOf(this.#given),
      settings: { deliveryLimit: deliveryLimit < Infinity ? deliveryLimit : undefined },
    });
  }

  #restart(): void {
    if (!this.queue.durable) return;
    this.#paged = true;
    this.#restarted = true;
    this.queue.close();
    const { credit, deliveries } = this.consumer;
    for (const { record } of deliveries) dropReference(record);
    this.queue = this.#declare();
    for (const lane of this.host.log.restart()) this.queue.recover(lane);
    this.consumer = new FakeConsumer({ credit });
    this.queue.addConsumer(this.consumer);
    this.model.restart();
  }

  #publish({ priority, ttlMs, persistent: chosen }: Publishing): void {
    const { modes } = this.#given;
    const body = 'm'.repeat(this.#count % 7) + this.#count++;
    const persistent = modes === 'both' ? chosen : modes === 'persistent';
    const properties = {
      deliveryMode: persistent ? 2 : 1,
      priority,
      ...(ttlMs < Infinity ? { expiration: String(ttlMs) } : {}),
    };
    this.host.publish(this.queue, this.messages.make(body, properties));
    this.model.publish(body, priority, ttlMs, persistent);
    if (persistent && this.queue.durable) this.#persistent += 1;
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
    if (!this.#paged) expect(this.messages.held).toBe(ready.length + model.out.length);
    const kept = [...model.waiting, ...model.out].filter(({ persistent }) => persistent).length;
    expect(this.host.log.live).toBe(queue.durable ? kept : 0);
    expect(this.host.failures).toEqual([]);
  }

  /** Delivers what is left, and lets go of it. */
  async end(): Promise<void> {
    await this.run({ do: 'credit', count: 1000 });
    await this.readAll();
    this.expectSame();
    expect(this.queue.ready).toBe(0);
    while (this.consumer.deliveries.length > 0) this.consumer.ack(this.queue);
    expect(this.messages.held).toBe(0);
    // Every message has left its place for good, once.
    const { settled } = this.host.log;
    // A place that the log has never heard of may be given anew after a restart.
    if (!this.#restarted) expect(new Set(settled).size).toBe(settled.length);
    expect(settled.length).toBe(this.#persistent);
    this.queue.delete();
    await this.read();
    this.messages.drop();
    const [empty] = this.host.disk.files.values();
    if (this.#paged) expect([this.host.disk.openFiles, await empty?.size()]).toEqual([1, 0]);
  }
}

describe('a queue', () => {
  it('does what the model does, step by step, and gives everything back', async () => {
    const steps = stepsOf(
      { weight: 16, arbitrary: publishing(expiring) },
      { weight: 20, arbitrary: moving },
      { weight: 2, arbitrary: advancing },
    );
    const pages = freePages();
    await fc.assert(
      fc.asyncProperty(limits, steps, async (given, all) => {
        const pair = new Pair(given);
        for (const one of all) {
          await pair.run(one);
          pair.expectSame();
        }
        await pair.end();
      }),
      { numRuns: 150 },
    );
    expect(freePages()).toBe(pages);
    expect(noRecords()).toBe(true);
  });

  it('does so with messages on disk that come back as they are wanted', async () => {
    const steps = stepsOf(
      { weight: 16, arbitrary: publishing(expiring) },
      { weight: 20, arbitrary: moving },
      { weight: 2, arbitrary: advancing },
      { weight: 10, arbitrary: paging },
    );
    const pages = freePages();
    await fc.assert(
      fc.asyncProperty(limits, steps, async (given, all) => {
        const pair = new Pair(given);
        await pair.usePaging();
        pair.eager = true;
        for (const one of all) {
          await pair.run(one);
          await pair.readAll();
          pair.expectSame();
        }
        await pair.end();
      }),
      { numRuns: 2500 },
    );
    expect(freePages()).toBe(pages);
    expect(noRecords()).toBe(true);
  }, 60_000);

  it('does so whatever happens while they are being read', async () => {
    const steps = stepsOf(
      { weight: 16, arbitrary: publishing(fc.constant(Infinity)) },
      { weight: 16, arbitrary: moving },
      { weight: 12, arbitrary: paging },
    );
    const pages = freePages();
    await fc.assert(
      fc.asyncProperty(limits, steps, async (given, all) => {
        const pair = new Pair({ ...given, ttlMs: Infinity });
        await pair.usePaging();
        for (const one of all) {
          await pair.run(one);
          while (pair.lags) await pair.read();
          pair.expectSame();
        }
        await pair.end();
      }),
      { numRuns: 250 },
    );
    expect(freePages()).toBe(pages);
    expect(noRecords()).toBe(true);
  });
});
