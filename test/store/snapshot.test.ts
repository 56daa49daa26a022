import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksum } from '../../src/store/checksum.ts';
import { FormatError, LaterVersion } from '../../src/store/format-error.ts';
import {
  decodeSnapshot,
  decodeSummary,
  encodeSnapshot,
  type Snapshot,
  type SnapshotLane,
} from '../../src/store/snapshot.ts';

const u32 = fc.nat(0xffff_ffff);
const number = fc.maxSafeNat();

const section = fc.record({
  segment: number,
  offset: number,
  length: u32,
  inBatch: fc.boolean(),
  count: u32,
  firstSeq: number,
  lastSeq: number,
  bytes: number,
  expires: fc.boolean(),
});

const lane: fc.Arbitrary<SnapshotLane> = fc.record({
  queue: u32,
  priority: fc.nat(255),
  next: number,
  floor: number,
  storedTo: number,
  deliveredTo: number,
  gone: fc.array(number),
  returns: fc.array(fc.tuple(number, u32)),
  sections: fc.array(section),
});

const snapshots: fc.Arbitrary<Snapshot> = fc.record({
  salt: u32,
  walFile: number,
  cleanClose: fc.boolean(),
  nextSegment: number,
  facts: fc.array(fc.record({ kind: fc.nat(255), payload: fc.uint8Array() })),
  segments: fc.array(fc.record({ number, bytes: number, isWal: fc.boolean() })),
  lanes: fc.array(lane),
});

function bytesOf(snapshot: Snapshot): Buffer {
  return Buffer.concat(encodeSnapshot(snapshot));
}

/** Makes all checksums right. */
function sum(bytes: Buffer): void {
  const lanesAt = 48 + bytes.readDoubleLE(20);
  bytes.writeUInt32LE(checksum(bytes.subarray(48, lanesAt)), 36);
  bytes.writeUInt32LE(checksum(bytes.subarray(lanesAt)), 40);
  bytes.writeUInt32LE(checksum(bytes.subarray(0, 44)), 44);
}

const sample: Snapshot = {
  salt: 1,
  walFile: 7,
  cleanClose: true,
  nextSegment: 3,
  facts: [{ kind: 1, payload: new Uint8Array([1, 2, 3]) }],
  segments: [{ number: 2, bytes: 5000, isWal: true }],
  lanes: [
    {
      queue: 4,
      priority: 0,
      next: 100,
      floor: 10,
      storedTo: 50,
      deliveredTo: 20,
      gone: [12, 14],
      returns: [[11, 2]],
      sections: [],
    },
  ],
};

describe('a snapshot', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        expect(decodeSnapshot(bytesOf(snapshot))).toEqual(snapshot);
      }),
    );
  });

  it('keeps its facts when the bytes it was read from are used again', () => {
    const bytes = bytesOf(sample);
    const { facts } = decodeSnapshot(bytes);
    bytes.fill(0);
    expect(facts).toEqual(sample.facts);
  });

  it('is refused when an octet of it is another', () => {
    const bytes = bytesOf(sample);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x40;
      expect(() => decodeSnapshot(damaged), `octet ${at}`).toThrow(FormatError);
    }
  });

  it('is refused when it is cut or has grown', () => {
    const bytes = bytesOf(sample);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeSnapshot(bytes.subarray(0, end)), `${end} bytes`).toThrow(FormatError);
    }
    expect(() => decodeSnapshot(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(FormatError);
  });

  it('is refused when its counts are wrong, whatever its checksums', () => {
    fc.assert(
      fc.property(fc.nat(), u32, (place, value) => {
        const bytes = bytesOf(sample);
        bytes.writeUInt32LE(value, 48 + (place % (bytes.length - 51)));
        sum(bytes);
        try {
          decodeSnapshot(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
    );
  });

  it('still tells its summary when only its lanes are damaged', () => {
    const bytes = bytesOf(sample);
    bytes[bytes.length - 3]! ^= 1;
    const { lanes: _, ...summary } = sample;
    expect(decodeSummary(bytes)).toEqual(summary);
    expect(decodeSummary(bytes.subarray(0, -20))).toEqual(summary);
    bytes[60]! ^= 1;
    expect(() => decodeSummary(bytes)).toThrow('summary has a wrong checksum');
  });

  it('says so when a later release has written it', () => {
    const bytes = bytesOf(sample);
    bytes.writeUInt32LE(9, 4);
    sum(bytes);
    expect(() => decodeSnapshot(bytes)).toThrow(LaterVersion);
  });

  it('of ten thousand lanes is written and read in no time', () => {
    const sections = [0, 1].map((i) => ({
      segment: i,
      offset: 4096,
      length: 262_144,
      inBatch: false,
      count: 256,
      firstSeq: i * 256,
      lastSeq: i * 256 + 255,
      bytes: 262_144,
      expires: false,
    }));
    const lanes = Array.from({ length: 10_000 }, (_, queue) => ({
      queue,
      priority: 0,
      next: 512,
      floor: 0,
      storedTo: 512,
      deliveredTo: 0,
      gone: [],
      returns: [],
      sections,
    }));
    const bytes = bytesOf({ ...sample, lanes });
    expect(bytes.length).toBeLessThan(2 * 1024 * 1024);
    expect(decodeSnapshot(bytes).lanes).toEqual(lanes);
  });
});
