import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, BatchReader, type WalEnd } from '../../src/store/batch-reader.ts';
import { checksum } from '../../src/store/checksum.ts';
import { encodeFileHeader } from '../../src/store/file-header.ts';
import { LaterVersion } from '../../src/store/format-error.ts';
import {
  BATCH_MAGIC,
  BLOCK_BYTES,
  batchHeaderStructure,
  fileHeaderStructure,
  SEGMENT_MAGIC,
  WAL_MAGIC,
} from '../../src/store/structures.ts';

const NUMBER = 3;
const SALT = 0xdead_beef;
const MIB = 1024 * 1024;

interface Spec {
  readonly batchNumber: number;
  readonly payload: Uint8Array;
  readonly fileNumber?: number;
  readonly salt?: number;
}

function batch({ batchNumber, payload, fileNumber = NUMBER, salt = SALT }: Spec): Buffer {
  const header = batchHeaderStructure.encode({
    magic: BATCH_MAGIC,
    length: payload.length,
    checksum: 0,
    salt,
    fileNumber,
    batchNumber,
    reserved: 0,
  });
  const bytes = Buffer.alloc(Math.ceil((40 + payload.length) / BLOCK_BYTES) * BLOCK_BYTES);
  bytes.set(header);
  bytes.set(payload, 40);
  bytes.writeUInt32LE(checksum(bytes.subarray(12, 40 + payload.length)), 8);
  return bytes;
}

function payloadOf(octet: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(octet);
}

function fileOf(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([encodeFileHeader(WAL_MAGIC, NUMBER, SALT), ...parts]);
}

interface Result {
  readonly batches: readonly Pick<Batch, 'offset' | 'batchNumber'>[];
  readonly payloads: readonly Uint8Array[];
  readonly end: WalEnd | undefined;
}

async function readAll(file: Buffer): Promise<Result> {
  const reader = await BatchReader.open({ read: readFrom(file) }, NUMBER);
  const batches: Pick<Batch, 'offset' | 'batchNumber'>[] = [];
  const payloads: Uint8Array[] = [];
  for (;;) {
    const found = await reader.next();
    if (found === undefined) break;
    batches.push({ offset: found.offset, batchNumber: found.batchNumber });
    payloads.push(new Uint8Array(found.payload));
  }
  expect(await reader.next()).toBeUndefined();
  return { batches, payloads, end: reader.end };
}

function readFrom(file: Buffer): (into: Uint8Array, position: number) => Promise<number> {
  return async (into, position) => {
    const piece = file.subarray(position, position + into.length);
    into.set(piece);
    return piece.length;
  };
}

const one = batch({ batchNumber: 1, payload: payloadOf(1, 100) });
const two = batch({ batchNumber: 2, payload: payloadOf(2, 5000) });
const three = batch({ batchNumber: 3, payload: payloadOf(3, 4056) });
const blanks = Buffer.alloc(8 * BLOCK_BYTES);

describe('the batches of a WAL file', () => {
  it('are read in order, up to the zeros behind them', async () => {
    const { batches, payloads, end } = await readAll(fileOf(one, two, three, blanks));
    expect(batches).toEqual([
      { offset: 4096, batchNumber: 1 },
      { offset: 8192, batchNumber: 2 },
      { offset: 16_384, batchNumber: 3 },
    ]);
    expect(payloads).toEqual([payloadOf(1, 100), payloadOf(2, 5000), payloadOf(3, 4056)]);
    expect(end).toEqual({ kind: 'clean', end: 20_480, reason: '' });
  });

  it('are read up to the very end of the file', async () => {
    const { batches, end } = await readAll(fileOf(one));
    expect(batches).toHaveLength(1);
    expect(end).toEqual({ kind: 'clean', end: 8192, reason: '' });
  });

  it('are read whatever their sizes', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(9000), fc.nat(6 * MIB)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, async (all) => {
        const expected = all.map((size, i) => payloadOf(i + 1, size));
        const file = fileOf(
          ...expected.map((payload, i) => batch({ batchNumber: 2 * i, payload })),
          blanks,
        );
        const { payloads, end } = await readAll(file);
        expect(payloads.map((payload) => payload.length)).toEqual(all);
        expect(payloads.every((payload, i) => Buffer.compare(payload, expected[i]!) === 0)).toBe(
          true,
        );
        expect(end).toEqual({ kind: 'clean', end: file.length - blanks.length, reason: '' });
      }),
      { numRuns: 15 },
    );
  });

  it('end before those of the former life of the file', async () => {
    const old = batch({ batchNumber: 9, payload: payloadOf(9, 10), fileNumber: NUMBER - 2 });
    const strange = batch({ batchNumber: 9, payload: payloadOf(9, 10), salt: 1 });
    const { batches, end } = await readAll(fileOf(one, old, old, strange));
    expect(batches).toHaveLength(1);
    expect(end).toEqual({ kind: 'clean', end: 8192, reason: '' });
  });
});

it('the records of a batch can be copied out of it by slice', async () => {
  const file = fileOf(one, two);
  const reader = await BatchReader.open({ read: readFrom(file) }, NUMBER);
  const payload = (await reader.next())?.payload;
  const copy = payload?.slice(0, 100);
  payload?.fill(0);
  expect(copy).toEqual(payloadOf(1, 100));
});

describe('a batch that is bad', () => {
  const bad = Buffer.from(two);
  bad[300]! ^= 1;

  it('is a torn tail where none follows it', async () => {
    const { batches, end } = await readAll(fileOf(one, bad, blanks));
    expect(batches).toHaveLength(1);
    expect(end).toEqual({ kind: 'torn', end: 8192, reason: 'batch 2 has a wrong checksum' });
  });

  it('is a torn tail when only its first blocks were written', async () => {
    const { batches, end } = await readAll(fileOf(one, two.subarray(0, BLOCK_BYTES), blanks));
    expect(batches).toHaveLength(1);
    expect(end).toMatchObject({ kind: 'torn', end: 8192 });
  });

  it('is a torn tail when the file ends in it', async () => {
    const { batches, end } = await readAll(fileOf(one, two.subarray(0, BLOCK_BYTES)));
    expect(batches).toHaveLength(1);
    expect(end).toMatchObject({
      kind: 'torn',
      end: 8192,
      reason: 'batch 2 is longer than the file',
    });
  });

  it('is corruption where a good one follows', async () => {
    const { batches, end } = await readAll(fileOf(one, bad, three, blanks));
    expect(batches).toHaveLength(1);
    expect(end).toMatchObject({ kind: 'corrupt', end: 8192 });
    expect(end?.reason).toContain('batch 2 has a wrong checksum');
    expect(end?.reason).toContain('16384');
  });

  it('can be passed over when good ones follow', async () => {
    const file = fileOf(one, bad, three, bad, batch({ batchNumber: 4, payload: payloadOf(4, 1) }));
    const reader = await BatchReader.open({ read: readFrom(file) }, NUMBER);
    const numbers: number[] = [];
    do {
      for (let found = await reader.next(); found !== undefined; found = await reader.next()) {
        numbers.push(found.batchNumber);
      }
    } while (reader.resume());
    expect(numbers).toEqual([1, 3, 4]);
    expect(reader.end).toEqual({ kind: 'clean', end: file.length, reason: '' });
  });

  it('is corruption where its header is gone and a good one follows', async () => {
    const { end } = await readAll(fileOf(one, Buffer.alloc(two.length), three, blanks));
    expect(end).toMatchObject({ kind: 'corrupt', end: 8192 });
  });

  it('is corruption where a good one follows that is larger than the window', async () => {
    const large = batch({ batchNumber: 3, payload: payloadOf(3, 9 * MIB) });
    const { end } = await readAll(fileOf(one, bad, large));
    expect(end).toMatchObject({ kind: 'corrupt', end: 8192 });
    large[8 * MIB]! ^= 1;
    const torn = await readAll(fileOf(one, bad, large));
    expect(torn.end).toMatchObject({ kind: 'torn', end: 8192 });
  });

  it('is one that an earlier one has the number of', async () => {
    const { batches, end } = await readAll(fileOf(two, one, blanks));
    expect(batches).toHaveLength(1);
    expect(end).toEqual({ kind: 'torn', end: 12_288, reason: 'batch 1 follows batch 2' });
  });

  it('is a torn tail or corruption, whichever of its octets is another', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(two.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, flip, isLast) => {
          const damaged = Buffer.from(two);
          damaged[at]! ^= flip;
          const { batches, end } = await readAll(
            isLast ? fileOf(one, damaged, blanks) : fileOf(one, damaged, three, blanks),
          );
          if (at >= 5040) {
            expect(batches).toHaveLength(isLast ? 2 : 3);
            return;
          }
          expect(batches).toHaveLength(1);
          expect(end?.end).toBe(8192);
          expect(end?.kind).toBe(isLast ? kindOf(at) : 'corrupt');
        },
      ),
    );
  });

  // Without these fields it cannot be told from what else may lie behind the last batch.
  function kindOf(at: number): WalEnd['kind'] {
    const isIdentity = at < 4 || (at >= 12 && at < 24);
    return isIdentity ? 'clean' : 'torn';
  }
});

describe('a WAL file without its header', () => {
  it('has not been used when nothing lies behind it', async () => {
    const blank = Buffer.alloc(BLOCK_BYTES);
    for (const file of [Buffer.alloc(0), blank, Buffer.concat([blank, blanks])]) {
      const { batches, end } = await readAll(file);
      expect(batches).toEqual([]);
      expect(end).toEqual({ kind: 'clean', end: 0, reason: '' });
    }
  });

  it('was being put to use when only old batches lie behind it', async () => {
    const torn = Buffer.from(encodeFileHeader(WAL_MAGIC, NUMBER, SALT)).fill(0, 12);
    const old = batch({ batchNumber: 9, payload: payloadOf(9, 10), fileNumber: 1, salt: 5 });
    const { batches, end } = await readAll(Buffer.concat([torn, old, blanks]));
    expect(batches).toEqual([]);
    expect(end).toMatchObject({ kind: 'torn', end: 0 });
  });

  it('is corrupt when batches of its own lie behind it', async () => {
    const { batches, end } = await readAll(Buffer.concat([Buffer.alloc(BLOCK_BYTES), one]));
    expect(batches).toEqual([]);
    expect(end).toMatchObject({ kind: 'corrupt', end: 0 });
    const foreign = encodeFileHeader(SEGMENT_MAGIC, NUMBER, SALT);
    expect((await readAll(Buffer.concat([foreign, one]))).end?.kind).toBe('corrupt');
  });

  it('has not been used when the header is that of its former life', async () => {
    const header = encodeFileHeader(WAL_MAGIC, 1, SALT);
    const old = batch({ batchNumber: 9, payload: payloadOf(9, 10), fileNumber: 1 });
    const { batches, end } = await readAll(Buffer.concat([header, old, blanks]));
    expect(batches).toEqual([]);
    expect(end).toEqual({ kind: 'clean', end: 4096, reason: '' });
  });
});

it('a WAL file of a later release is not read', async () => {
  const fields = { magic: WAL_MAGIC, version: 2, number: NUMBER, salt: SALT, checksum: 0 };
  const sum = checksum(fileHeaderStructure.encode(fields).subarray(0, 20));
  const header = Buffer.alloc(BLOCK_BYTES);
  header.set(fileHeaderStructure.encode({ ...fields, checksum: sum }));
  await expect(readAll(Buffer.concat([header, one]))).rejects.toThrow(LaterVersion);
});
