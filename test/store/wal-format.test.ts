import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takePage, u8 } from '../../src/kit/memory.ts';
import { PlaceList } from '../../src/store/append-log.ts';
import { Batch } from '../../src/store/batch.ts';
import { FormatError } from '../../src/store/format-error.ts';
import { StoredLane } from '../../src/store/stored-lane.ts';
import { BATCH_HEADER_BYTES } from '../../src/store/structures.ts';
import {
  PLACE_BYTES,
  placeExpiry,
  placePriority,
  placeQueue,
  placeSeq,
  type RecordVisitor,
  readBatch,
  viewOf,
} from '../../src/store/wal-format.ts';

type Seen = readonly (string | number | Uint8Array | readonly number[])[];

/** Writes down what it is told. */
class Listener implements RecordVisitor {
  readonly seen: Seen[] = [];
  readonly #payload: Uint8Array;

  constructor(payload: Uint8Array) {
    this.#payload = payload;
  }

  message(
    flags: number,
    bodySize: number,
    contentAt: number,
    length: number,
    placesAt: number,
    placeCount: number,
  ): void {
    const view = viewOf(this.#payload);
    const places: number[] = [];
    for (let i = 0; i < placeCount; i++) {
      const at = placesAt + i * PLACE_BYTES;
      places.push(placeQueue(view, at), placePriority(view, at));
      places.push(placeSeq(view, at), placeExpiry(view, at));
    }
    const content = new Uint8Array(this.#payload.subarray(contentAt, contentAt + length));
    this.seen.push(['message', flags, bodySize, content, places]);
  }

  settled(queue: number, priority: number, from: number, to: number): void {
    this.seen.push(['settled', queue, priority, from, to]);
  }

  fact(kind: number, payload: Uint8Array): void {
    this.seen.push(['fact', kind, new Uint8Array(payload)]);
  }

  delivered(queue: number, priority: number, deliveredTo: number): void {
    this.seen.push(['delivered', queue, priority, deliveredTo]);
  }

  returned(queue: number, priority: number, seq: number, returns: number): void {
    this.seen.push(['returned', queue, priority, seq, returns]);
  }

  dropped(queue: number): void {
    this.seen.push(['dropped', queue]);
  }
}

function seenIn(payload: Uint8Array): Seen[] {
  const listener = new Listener(payload);
  readBatch(payload, listener);
  return listener.seen;
}

function payloadOf(batch: Batch): Uint8Array {
  batch.finish();
  const { size } = batch;
  const bytes = Buffer.concat(batch.seal({ salt: 1, fileNumber: 1, batchNumber: 1 }));
  batch.clear();
  return new Uint8Array(bytes.subarray(BATCH_HEADER_BYTES, size));
}

// The least that a record of each type can be.
const records = {
  message: Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]), Buffer.alloc(6)]),
  settled: Buffer.concat([Buffer.from([2]), Buffer.alloc(23)]),
  fact: Buffer.from([3, 7, 0, 0, 2, 0, 0, 0, 8, 9]),
  delivered: Buffer.concat([Buffer.from([4]), Buffer.alloc(15)]),
  returned: Buffer.concat([Buffer.from([5]), Buffer.alloc(19)]),
  dropped: Buffer.concat([Buffer.from([6]), Buffer.alloc(7)]),
};

describe('the records of a batch', () => {
  it('are read as they were written', () => {
    const batch = new Batch();
    const one = new StoredLane(1, 0);
    const other = new StoredLane(0xffff_ffff, 255);
    other.deliveredTo = 2 ** 41;
    const page = takePage();
    u8.set([1, 2, 3], page);
    const places = new PlaceList();
    places.add(one, 10, Infinity);
    places.add(other, 2 ** 40, 1_700_000_000_123);
    batch.message(page, 3, 2, 0xa5, places);
    batch.settled(one, 3, 4);
    batch.settled(one, 4, 9);
    batch.settled(other, 4, 5);
    batch.returned(one, 10, 3);
    batch.fact(200, new Uint8Array([9, 8]));
    batch.dropped(77);
    batch.delivered(other);
    expect(seenIn(payloadOf(batch))).toEqual([
      [
        'message',
        0xa5,
        2,
        new Uint8Array([1, 2, 3]),
        [1, 0, 10, Infinity, 0xffff_ffff, 255, 2 ** 40, 1_700_000_000_123],
      ],
      ['settled', 1, 0, 3, 9],
      ['settled', 0xffff_ffff, 255, 4, 5],
      ['returned', 1, 0, 10, 3],
      ['fact', 200, new Uint8Array([9, 8])],
      ['dropped', 77],
      ['delivered', 0xffff_ffff, 255, 2 ** 41],
    ]);
  });

  it('may have zeros between them', () => {
    const payload = Buffer.concat([Buffer.alloc(3), records.fact, Buffer.alloc(1), records.fact]);
    const fact = ['fact', 7, new Uint8Array([8, 9])];
    expect(seenIn(payload)).toEqual([fact, fact]);
  });

  it('are refused with their place when one is cut', () => {
    for (const [name, record] of Object.entries(records)) {
      expect(seenIn(record), name).toHaveLength(1);
      for (let end = 1; end < record.length; end++) {
        const payload = Buffer.concat([records.fact, record.subarray(0, end)]);
        const offset = records.fact.length;
        expect(() => seenIn(payload), `${end} of ${name}`).toThrow(
          expect.objectContaining({ name: 'FormatError', offset }),
        );
      }
    }
  });

  it('are refused when one is of no type that there is', () => {
    expect(() => seenIn(Buffer.from([0, 0, 99]))).toThrow('no record is of type 99');
  });

  it('never read beyond their end, whatever they are', () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(...Object.values(records)),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (all) => {
        const payload = new Uint8Array(Buffer.concat(all));
        try {
          seenIn(payload);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
    );
  });
});
