import { describe, expect, it } from 'vitest';
import { takePage, u8 } from '../../src/kit/memory.ts';
import { PlaceList } from '../../src/store/append-log.ts';
import { Batch } from '../../src/store/batch.ts';
import { checksum } from '../../src/store/checksum.ts';
import { decodeFileHeader, encodeFileHeader } from '../../src/store/file-header.ts';
import { FormatError, LaterVersion } from '../../src/store/format-error.ts';
import { SectionWriter } from '../../src/store/section.ts';
import { encodeSnapshot } from '../../src/store/snapshot.ts';
import { StoredLane } from '../../src/store/stored-lane.ts';
import {
  BATCH_HEADER_BYTES,
  BLOCK_BYTES,
  batchHeaderStructure,
  ENTRY_BYTES,
  fileHeaderStructure,
  SECTION_HEADER_BYTES,
  SEGMENT_MAGIC,
  SNAPSHOT_HEADER_BYTES,
  sectionEntryStructure,
  sectionHeaderStructure,
  snapshotHeaderStructure,
  WAL_MAGIC,
} from '../../src/store/structures.ts';

function lettersOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1');
}

describe('a file header', () => {
  it('fills a block, with its own fields and zeros', () => {
    const block = encodeFileHeader(WAL_MAGIC, 42, 0xfedc_ba98);
    expect(block.length).toBe(BLOCK_BYTES);
    expect(lettersOf(block)).toBe('LVTW');
    const header = fileHeaderStructure.decode(block, 0);
    expect(header).toEqual({
      magic: WAL_MAGIC,
      version: 1,
      number: 42,
      salt: 0xfedc_ba98,
      checksum: checksum(block.subarray(0, 20)),
    });
    expect(block.subarray(fileHeaderStructure.bytes).every((octet) => octet === 0)).toBe(true);
    expect(decodeFileHeader(WAL_MAGIC, block)).toEqual(header);
  });

  it('is refused when an octet of it is another', () => {
    for (let at = 0; at < fileHeaderStructure.bytes; at++) {
      const block = encodeFileHeader(SEGMENT_MAGIC, 1, 2);
      block[at]! ^= 0x10;
      expect(() => decodeFileHeader(SEGMENT_MAGIC, block), `octet ${at}`).toThrow(FormatError);
    }
  });

  it('is refused where another kind of file, or none, is meant', () => {
    const block = encodeFileHeader(SEGMENT_MAGIC, 1, 2);
    expect(lettersOf(block)).toBe('LVTS');
    expect(() => decodeFileHeader(WAL_MAGIC, block)).toThrow('no header');
    expect(() => decodeFileHeader(WAL_MAGIC, new Uint8Array(3))).toThrow('no header');
  });

  it('says so when a later release has written it', () => {
    const fields = { magic: WAL_MAGIC, version: 2, number: 1, salt: 3, checksum: 0 };
    const sum = checksum(fileHeaderStructure.encode(fields).subarray(0, 20));
    const later = fileHeaderStructure.encode({ ...fields, checksum: sum });
    expect(() => decodeFileHeader(WAL_MAGIC, later)).toThrow(LaterVersion);
    expect(() => decodeFileHeader(WAL_MAGIC, later)).toThrow('format version 2');
  });
});

describe('what is written by hand is what is described:', () => {
  it('the header of a batch', () => {
    const batch = new Batch();
    const page = takePage();
    u8.fill(7, page, page + 100);
    const places = new PlaceList();
    places.add(new StoredLane(3, 4), 5, Infinity);
    batch.message(page, 100, 60, 1, places);
    batch.finish();
    const bytes = Buffer.concat(batch.seal({ salt: 0x8000_0001, fileNumber: 9, batchNumber: 11 }));
    const header = {
      magic: Buffer.from('LVTB').readUInt32LE(),
      length: 16 + 24 + 100,
      checksum: checksum(bytes.subarray(12, BATCH_HEADER_BYTES + 140)),
      salt: 0x8000_0001,
      fileNumber: 9,
      batchNumber: 11,
      reserved: 0,
    };
    expect(batchHeaderStructure.bytes).toBe(BATCH_HEADER_BYTES);
    expect(batchHeaderStructure.decode(bytes, 0)).toEqual(header);
    expect(Buffer.from(batchHeaderStructure.encode(header))).toEqual(
      bytes.subarray(0, BATCH_HEADER_BYTES),
    );
    batch.clear();
  });

  it('the header and the entries of a section', () => {
    const writer = new SectionWriter();
    writer.add(2 ** 40, 1234.5, 0xff, 3, Buffer.from('..hello'), 2, 5);
    const bytes = Buffer.concat(writer.finish(0xffff_fffe, 255));
    const header = {
      magic: Buffer.from('LVTC').readUInt32LE(),
      length: SECTION_HEADER_BYTES + ENTRY_BYTES + 5,
      checksum: checksum(bytes.subarray(12)),
      queue: 0xffff_fffe,
      priority: 255,
      pad: 0,
      count: 1,
      bodyBytes: 3,
      reserved: 0,
    };
    const entry = {
      seq: 2 ** 40,
      expiresAt: 1234.5,
      length: 5,
      bodySize: 3,
      flags: 0xff,
      pad: 0,
      reserved: 0,
    };
    expect(sectionHeaderStructure.decode(bytes, 0)).toEqual(header);
    expect(sectionEntryStructure.decode(bytes, SECTION_HEADER_BYTES)).toEqual(entry);
    expect(
      Buffer.concat([
        sectionHeaderStructure.encode(header),
        sectionEntryStructure.encode(entry),
        Buffer.from('hello'),
      ]),
    ).toEqual(bytes);
  });

  it('the header of a snapshot', () => {
    const bytes = Buffer.concat(
      encodeSnapshot({
        salt: 5,
        walFile: 2 ** 33,
        cleanClose: true,
        nextSegment: 1,
        facts: [],
        segments: [],
        lanes: [],
      }),
    );
    expect(lettersOf(bytes)).toBe('LVTP');
    expect(snapshotHeaderStructure.bytes).toBe(SNAPSHOT_HEADER_BYTES);
    expect(snapshotHeaderStructure.decode(bytes, 0)).toMatchObject({
      version: 1,
      salt: 5,
      walFile: 2 ** 33,
      summaryLength: 20,
      lanesLength: 4,
      summaryChecksum: checksum(bytes.subarray(SNAPSHOT_HEADER_BYTES, -4)),
      lanesChecksum: checksum(bytes.subarray(-4)),
      checksum: checksum(bytes.subarray(0, SNAPSHOT_HEADER_BYTES - 4)),
    });
    expect(bytes).toHaveLength(SNAPSHOT_HEADER_BYTES + 24);
  });
});
