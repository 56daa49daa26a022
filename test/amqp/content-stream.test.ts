import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentStream } from '../../src/amqp/content-stream.ts';
import {
  allocate,
  release,
  returnSlab,
  SEGMENT_BYTES,
  SLAB_BYTES,
  takeSlab,
  u8,
} from '../../src/kit/memory.ts';
import { dropReference, referencesOf } from '../../src/model/record.ts';
import { buildRecord } from '../../src/model/record-builder.ts';
import { footprint } from '../kit/footprint.ts';
import { frame } from '../kit/scripted-peer.ts';

const CHANNEL = 0x1234;
const FRAME_HEADER_BYTES = 7;
const UNTOUCHED = 0xaa;

// No two neighbours alike, and no period that a frame or a slab has.
function bodyOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) % 251);
}

function record(body: Uint8Array): number {
  const at = allocate(body.length);
  u8.set(body, at);
  const built = buildRecord('e', 'k', { appId: 'a' }, at, body.length);
  release(at);
  return built;
}

/** What a body is on the wire, said as simply as can be. */
function framed(body: Uint8Array, frameMax: number): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += frameMax - 8) {
    frames.push(frame(3, CHANNEL, body.subarray(at, at + frameMax - 8)));
  }
  return Buffer.concat(frames);
}

/** Fills rooms of these sizes, over and over again, and puts together what was written into them. */
function written(content: ContentStream, slab: number, rooms: readonly number[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let turn = 0; !content.isDone; turn++) {
    const room = rooms[turn % rooms.length] ?? 0;
    u8.fill(UNTOUCHED, slab + room, Math.min(slab + room + 64, slab + SLAB_BYTES));
    const end = content.fill(slab, slab + room);
    expect(end - slab).toBeGreaterThanOrEqual(0);
    expect(end - slab).toBeLessThanOrEqual(room);
    const behind = u8.subarray(slab + room, Math.min(slab + room + 64, slab + SLAB_BYTES));
    expect(behind.every((octet) => octet === UNTOUCHED)).toBe(true);
    pieces.push(u8.slice(slab, end));
  }
  return Buffer.concat(pieces);
}

let before: ReturnType<typeof footprint>;
let slab = 0;

beforeEach(() => {
  before = footprint();
  slab = takeSlab();
});

afterEach(() => {
  returnSlab(slab);
  expect(footprint()).toEqual(before);
});

const frameMaxes = [4096, 131_072] as const;
const borders = [
  1,
  2,
  4087,
  4088,
  4089,
  2 * 4088 - 1,
  2 * 4088,
  2 * 4088 + 1,
  SLAB_BYTES - 9,
  SLAB_BYTES - 8,
  SLAB_BYTES - 7,
  SLAB_BYTES,
  131_063,
  131_064,
  131_065,
  2 * 131_064,
  2 * 131_064 + 1,
  8 * SLAB_BYTES + 1,
];

describe('a content that is written as there is room for it', () => {
  it.each(frameMaxes.flatMap((frameMax) => borders.map((size) => [size, frameMax] as const)))(
    'is %i octets in frames of at most %i, to the octet',
    (size, frameMax) => {
      const body = bodyOf(size);
      const held = record(body);
      const content = new ContentStream(held, CHANNEL, frameMax);
      const bytes = written(content, slab, [SLAB_BYTES]);
      expect(Buffer.compare(bytes, framed(body, frameMax))).toBe(0);
      content.release();
      dropReference(held);
    },
  );

  it('fills each frame but the last', () => {
    const held = record(bodyOf(10_000));
    const content = new ContentStream(held, CHANNEL, 4096);
    const bytes = written(content, slab, [SLAB_BYTES]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const sizes: number[] = [];
    for (let at = 0; at < bytes.length; at += sizes.at(-1)! + 8) sizes.push(view.getUint32(at + 3));
    expect(sizes).toEqual([4088, 4088, 10_000 - 2 * 4088]);
    content.release();
    dropReference(held);
  });

  it('is the same whatever rooms it is given', () => {
    const room = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 700 }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 9, max: 400 }),
        fc.array(room, { maxLength: 12 }),
        (size, frameMax, rooms) => {
          const body = bodyOf(size);
          const held = record(body);
          const content = new ContentStream(held, CHANNEL, frameMax);
          // The header of a frame needs its room in one piece.
          const bytes = written(content, slab, [...rooms, FRAME_HEADER_BYTES]);
          expect(Buffer.compare(bytes, framed(body, frameMax))).toBe(0);
          content.release();
          dropReference(held);
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 200) },
    );
  });

  it('writes nothing where there is none', () => {
    const held = record(bodyOf(100));
    const content = new ContentStream(held, CHANNEL, 4096);
    expect(content.fill(slab, slab)).toBe(slab);
    expect(content.fill(slab, slab + FRAME_HEADER_BYTES - 1)).toBe(slab);
    expect(content.fill(slab, slab + FRAME_HEADER_BYTES)).toBe(slab + FRAME_HEADER_BYTES);
    expect(content.fill(slab, slab)).toBe(slab);
    expect(content.fill(slab, slab + 100)).toBe(slab + 100);
    expect(content.isDone).toBe(false);
    expect(content.fill(slab, slab)).toBe(slab);
    expect(content.isDone).toBe(false);
    expect(content.fill(slab, slab + 100)).toBe(slab + 1);
    expect(content.isDone).toBe(true);
    expect(content.fill(slab, slab + 100)).toBe(slab);
    content.release();
    dropReference(held);
  });

  it('holds its record until it is released, whether it is done or not', () => {
    const held = record(bodyOf(5000));
    const first = new ContentStream(held, 1, 4096);
    const second = new ContentStream(held, 2, 4096);
    expect(referencesOf(held)).toBe(3);
    written(first, slab, [SLAB_BYTES]);
    expect(referencesOf(held)).toBe(3);
    first.release();
    expect(referencesOf(held)).toBe(2);
    second.fill(slab, slab + 10);
    second.release();
    expect(referencesOf(held)).toBe(1);
    dropReference(held);
  });

  it('is still what it was when nobody else holds the record and memory is in demand', () => {
    const body = bodyOf(2 * SEGMENT_BYTES);
    const held = record(body);
    const content = new ContentStream(held, CHANNEL, 131_072);
    dropReference(held);
    const others = [1, 2, 3, 1].map((count) => {
      const at = allocate(count * SEGMENT_BYTES);
      u8.fill(UNTOUCHED, at, at + count * SEGMENT_BYTES);
      return at;
    });
    const bytes = written(content, slab, [SLAB_BYTES]);
    expect(Buffer.compare(bytes, framed(body, 131_072))).toBe(0);
    content.release();
    for (const other of others) release(other);
  });
});
