import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentStream } from '../../src/amqp/content-stream.ts';
import { FlushList } from '../../src/amqp/flush-list.ts';
import { Outbox } from '../../src/amqp/outbox.ts';
import { allocate, busyBytes, release, SLAB_BYTES, slabsInUse, u8 } from '../../src/kit/memory.ts';
import { dropReference, referencesOf } from '../../src/model/record.ts';
import { buildRecord } from '../../src/model/record-builder.ts';
import { footprint } from '../kit/footprint.ts';
import { turn } from '../kit/memory-node.ts';
import { MemoryTransport } from '../kit/memory-transport.ts';
import { frame } from '../kit/scripted-peer.ts';

const CHANNEL = 3;
const FRAME_MAX = 131_072;
const IN_FLIGHT_MAX = 4;

/** An outbox, and what has been put into it so far. */
class Bench {
  readonly transport = new MemoryTransport();
  readonly outbox: Outbox;
  /** How often it has said that it is relieved, and what it was like then. */
  readonly relief: { congested: boolean; choked: boolean }[] = [];
  readonly #given: Uint8Array[] = [];

  constructor(reading: boolean) {
    const { transport } = this;
    transport.reading = reading;
    const outbox = new Outbox(transport, new FlushList(), () => {
      this.relief.push({ congested: outbox.congested, choked: outbox.choked });
    });
    this.outbox = outbox;
    transport.attach({ received: () => {}, written: () => outbox.written(), closed: () => {} });
    benches.push(this);
  }

  /** Puts `length` octets into rooms of at most a slab. */
  puts(value: number, length: number): this {
    for (let sent = 0; sent < length; sent += SLAB_BYTES) {
      const piece = Math.min(SLAB_BYTES, length - sent);
      const at = this.outbox.room(piece);
      u8.fill(value, at, at + piece);
      this.outbox.wrote(at + piece);
    }
    this.#given.push(new Uint8Array(length).fill(value));
    return this;
  }

  /** Streams a body of `size` octets. @returns the record, which the outbox alone holds */
  streams(value: number, size: number): number {
    const record = recordOf(value, size);
    this.#streamRecord(record, value, size);
    dropReference(record);
    return record;
  }

  /** Streams a body whose record the test holds as well. */
  streamsHeld(value: number, size: number): number {
    const record = recordOf(value, size);
    this.#streamRecord(record, value, size);
    return record;
  }

  /** All that was put in, as the peer should get it. */
  given(): Uint8Array {
    return Buffer.concat(this.#given);
  }

  /** The peer reads whatever comes, to the last octet. */
  async readAll(): Promise<void> {
    this.transport.readAll();
    await turn(20);
  }

  #streamRecord(record: number, value: number, size: number): void {
    this.outbox.stream(new ContentStream(record, CHANNEL, FRAME_MAX));
    for (let at = 0; at < size; at += FRAME_MAX - 8) {
      const payload = new Uint8Array(Math.min(FRAME_MAX - 8, size - at)).fill(value);
      this.#given.push(frame(3, CHANNEL, payload));
    }
  }
}

function recordOf(value: number, size: number): number {
  const at = allocate(size);
  u8.fill(value, at, at + size);
  const record = buildRecord('', 'q', {}, at, size);
  release(at);
  return record;
}

const benches: Bench[] = [];
let before: ReturnType<typeof footprint>;

beforeEach(() => {
  before = footprint();
});

afterEach(() => {
  for (const { outbox } of benches) outbox.abandon();
  benches.length = 0;
  expect(footprint()).toEqual(before);
});

function same(actual: Uint8Array, wanted: Uint8Array): boolean {
  return Buffer.compare(actual, wanted) === 0;
}

describe('a content that is streamed', () => {
  it.each([true, false])(
    'goes behind what was written before it, and in front of what comes later (read at once: %j)',
    async (reading) => {
      const bench = new Bench(reading);
      bench.puts(1, 100).streams(2, 10 * SLAB_BYTES + 5);
      bench.puts(3, 50).puts(4, 3 * SLAB_BYTES);
      bench.streams(5, 9 * SLAB_BYTES);
      bench.streams(6, 700_000);
      bench.puts(7, 1);
      await turn();
      await bench.readAll();
      expect(same(bench.transport.output(), bench.given())).toBe(true);
      expect(bench.outbox).toMatchObject({ congested: false, choked: false });
    },
  );

  it('is sent in the order of the rest, however slowly and whenever it is taken', async () => {
    const some = fc.oneof(
      fc.record({ does: fc.constant('puts'), size: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ does: fc.constant('puts'), size: fc.integer({ min: 1, max: 3 * SLAB_BYTES }) }),
      fc.record({ does: fc.constant('streams'), size: fc.integer({ min: 1, max: 600_000 }) }),
      fc.record({ does: fc.constant('takes'), size: fc.nat({ max: 6 }) }),
      fc.record({ does: fc.constant('turns'), size: fc.constant(1) }),
      fc.record({ does: fc.constantFrom('reads', 'rests'), size: fc.constant(0) }),
    );
    const property = fc.asyncProperty(
      fc.boolean(),
      fc.array(some, { maxLength: 25 }),
      async (reading, steps) => {
        const bench = new Bench(reading);
        const { transport, outbox } = bench;
        for (const [index, { does, size }] of steps.entries()) {
          if (does === 'puts') bench.puts(index + 1, size);
          else if (does === 'streams') bench.streams(index + 1, size);
          else if (does === 'takes') transport.take(size);
          else if (does === 'turns') await turn();
          else transport.reading = does === 'reads';
        }
        await turn();
        await bench.readAll();
        expect(same(transport.output(), bench.given())).toBe(true);
        expect(outbox).toMatchObject({ congested: false, choked: false });
        outbox.abandon();
      },
    );
    await fc.assert(property, { numRuns: Number(process.env['FUZZ_RUNS'] ?? 40) });
  });

  it('is sent at once, as far as one turn goes, to a reader that takes it at once', async () => {
    const bench = new Bench(true);
    const record = bench.streamsHeld(1, 14 * SLAB_BYTES);
    expect(same(bench.transport.output(), bench.given())).toBe(true);
    expect(bench.outbox.congested).toBe(false);
    expect(referencesOf(record)).toBe(1);
    dropReference(record);
    await turn();
    expect(bench.relief).toEqual([]);
  });

  it('leaves others their turn when it is longer, and says when it is over', async () => {
    const bench = new Bench(true);
    const { transport, outbox } = bench;
    const record = bench.streamsHeld(1, 100 * SLAB_BYTES);
    let got = 0;
    let turns = 0;
    for (; outbox.congested; turns++) {
      const piece = transport.output().length;
      expect(piece).toBeLessThanOrEqual(16 * SLAB_BYTES);
      expect(piece).toBeGreaterThan(0);
      got += piece;
      expect(referencesOf(record)).toBe(2);
      await turn();
    }
    // 100 slabs and the frames around them; sixteen went before the first turn.
    expect(turns).toBe(6);
    expect(got + transport.output().length).toBe(bench.given().length);
    expect(referencesOf(record)).toBe(1);
    expect(bench.relief).toEqual([{ congested: false, choked: false }]);
    dropReference(record);
  });

  it('takes a handful of slabs while it is not read, however large it is', async () => {
    const bench = new Bench(false);
    const { transport, outbox } = bench;
    const slabs = slabsInUse;
    const record = bench.streamsHeld(1, 64 * SLAB_BYTES);
    const busy = busyBytes();
    expect(transport.inFlight).toBe(IN_FLIGHT_MAX);
    expect(slabsInUse - slabs).toBe(IN_FLIGHT_MAX);
    expect(outbox).toMatchObject({ congested: true, choked: false });
    await turn(3);
    expect(transport.inFlight).toBe(IN_FLIGHT_MAX);
    while (outbox.congested) {
      transport.take(1);
      expect(transport.inFlight).toBeLessThanOrEqual(IN_FLIGHT_MAX);
      expect(busyBytes()).toBeLessThanOrEqual(busy);
      if (transport.inFlight === IN_FLIGHT_MAX) expect(outbox.congested).toBe(true);
    }
    expect(referencesOf(record)).toBe(1);
    expect(bench.relief).toEqual([{ congested: false, choked: false }]);
    transport.take();
    expect(same(transport.output(), bench.given())).toBe(true);
    dropReference(record);
  });

  it('keeps the reader congested until all that waits behind it has gone too', () => {
    const bench = new Bench(false);
    const { transport, outbox } = bench;
    bench.streams(1, 9 * SLAB_BYTES);
    bench.puts(2, 3 * SLAB_BYTES);
    bench.streams(3, 9 * SLAB_BYTES);
    const writes = Math.ceil(bench.given().length / SLAB_BYTES);
    for (let taken = 0; taken < writes - IN_FLIGHT_MAX; taken++) {
      expect(outbox.congested).toBe(true);
      transport.take(1);
    }
    expect(bench.relief).toEqual([]);
    while (transport.inFlight > 0) transport.take(1);
    expect(outbox.congested).toBe(false);
    expect(bench.relief).toHaveLength(1);
    expect(same(transport.output(), bench.given())).toBe(true);
  });

  it('chokes when much is written behind it, until that has gone', () => {
    const bench = new Bench(false);
    const { transport, outbox } = bench;
    bench.streams(1, 9 * SLAB_BYTES);
    bench.puts(2, 15 * SLAB_BYTES);
    expect(outbox).toMatchObject({ congested: true, choked: false });
    bench.puts(3, SLAB_BYTES);
    expect(outbox).toMatchObject({ congested: true, choked: true });
    for (let taken = 0; taken < 9 + 16 - IN_FLIGHT_MAX - 1; taken++) {
      transport.take(1);
      expect(outbox.choked).toBe(true);
    }
    while (transport.inFlight > 0) transport.take(1);
    expect(outbox).toMatchObject({ congested: false, choked: false });
    expect(bench.relief[0]).toMatchObject({ choked: false });
    expect(bench.relief.at(-1)).toEqual({ congested: false, choked: false });
    expect(same(transport.output(), bench.given())).toBe(true);
  });

  it('chokes when many others wait with it', () => {
    const bench = new Bench(false);
    const { transport, outbox } = bench;
    const record = recordOf(1, 9 * SLAB_BYTES);
    const busy = busyBytes();
    let count = 0;
    for (; !outbox.choked; count++) {
      outbox.stream(new ContentStream(record, CHANNEL, FRAME_MAX));
      expect(count).toBeLessThan(20);
    }
    expect(count).toBe(16);
    expect(busyBytes() - busy).toBe(IN_FLIGHT_MAX * SLAB_BYTES);
    expect(referencesOf(record)).toBe(1 + count);
    transport.readAll();
    expect(referencesOf(record)).toBe(1);
    expect(outbox.choked).toBe(false);
    dropReference(record);
  });
});

describe('an outbox that is finished while a content waits', () => {
  it('ends the transport behind the content and all that came after it', () => {
    const bench = new Bench(false);
    const { transport, outbox } = bench;
    bench.puts(1, 10).streams(2, 20 * SLAB_BYTES);
    bench.puts(3, 2 * SLAB_BYTES).puts(4, 12);
    outbox.finish();
    while (transport.inFlight > 0) {
      expect(transport.ended).toBe(false);
      transport.take(1);
    }
    expect(transport.ended).toBe(true);
    expect(same(transport.output(), bench.given())).toBe(true);
    expect(bench.relief).toEqual([]);
  });

  it('ends the transport in a later turn when the reader takes all at once', async () => {
    const bench = new Bench(true);
    const { transport, outbox } = bench;
    bench.streams(1, 40 * SLAB_BYTES);
    bench.puts(2, 5);
    outbox.finish();
    expect(transport.ended).toBe(false);
    for (let i = 0; i < 10 && !transport.ended; i++) await turn();
    expect(transport.ended).toBe(true);
    expect(same(transport.output(), bench.given())).toBe(true);
  });

  it('drops what is streamed after the end', () => {
    const bench = new Bench(true);
    const record = recordOf(1, 9 * SLAB_BYTES);
    bench.outbox.finish();
    expect(bench.transport.ended).toBe(true);
    bench.outbox.stream(new ContentStream(record, CHANNEL, FRAME_MAX));
    expect(referencesOf(record)).toBe(1);
    expect(bench.transport.output()).toHaveLength(0);
    dropReference(record);
  });
});

describe('an outbox that is abandoned while a content waits', () => {
  it.each([0, 1, 5, 12, 30])('gives every slab and record back (%i taken)', async (taken) => {
    const busy = busyBytes();
    const bench = new Bench(false);
    const { transport, outbox } = bench;
    const kept = [bench.streamsHeld(1, 10 * SLAB_BYTES)];
    bench.puts(2, 4 * SLAB_BYTES + 1);
    kept.push(bench.streamsHeld(3, 9 * SLAB_BYTES));
    bench.streams(4, 9 * SLAB_BYTES);
    bench.puts(5, 4 * SLAB_BYTES);
    for (let i = 0; i < taken; i++) transport.take(1);
    outbox.abandon();
    expect(kept.map(referencesOf)).toEqual([1, 1]);
    for (const record of kept) dropReference(record);
    expect(busyBytes()).toBeLessThanOrEqual(busy);
    expect(footprint()).toEqual(before);
    await turn(2);
    const writes = transport.writes;
    outbox.flush();
    expect(transport.writes).toBe(writes);
    expect(footprint()).toEqual(before);
  });

  it('gives back as well what is streamed and written afterwards', async () => {
    const bench = new Bench(false);
    bench.streams(1, 10 * SLAB_BYTES);
    bench.outbox.abandon();
    const record = bench.streamsHeld(2, 10 * SLAB_BYTES);
    expect(referencesOf(record)).toBe(1);
    dropReference(record);
    bench.puts(3, 5 * SLAB_BYTES);
    await turn(2);
    expect(footprint()).toEqual(before);
  });
});
