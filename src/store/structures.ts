import layout from 'buffer-layout';
import { type Structure, structure } from '../kit/structure.ts';

// What is of fixed size on disk, described once, little-endian. Nothing on a hot path goes through
// these: the code there writes the same octets by hand, and a test holds the two together.

/**
 * The version that this code writes into every file, and the highest that it reads. Headers of files
 * are the same in all versions, so that each can tell a later one from damage.
 */
export const FORMAT_VERSION = 1;

/** WAL and segment files have a header of one block; batches start at multiples of it. */
export const BLOCK_BYTES = 4096;

// Four letters each, as they stand in a file.
export const WAL_MAGIC = magic('LVTW');
export const BATCH_MAGIC = magic('LVTB');
export const SEGMENT_MAGIC = magic('LVTS');
export const SECTION_MAGIC = magic('LVTC');
export const SNAPSHOT_MAGIC = magic('LVTP');

/** What WAL files and segment files begin with; the rest of the block is zero. */
export interface FileHeader {
  readonly magic: number;
  readonly version: number;
  /** What the file's name says. */
  readonly number: number;
  /** Differs from file to file, and whenever a file is used again. */
  readonly salt: number;
  /** Of all octets before it. */
  readonly checksum: number;
}

export interface BatchHeader {
  readonly magic: number;
  /** Octets of the records that follow this header. */
  readonly length: number;
  /** Of all octets from `salt` on and of the records. */
  readonly checksum: number;
  readonly salt: number;
  readonly fileNumber: number;
  /** Ascends throughout the log. */
  readonly batchNumber: number;
  readonly reserved: number;
}

export interface SectionHeader {
  readonly magic: number;
  /** Octets of the whole section. */
  readonly length: number;
  /** Of all octets from `queue` on to the end of the section. */
  readonly checksum: number;
  readonly queue: number;
  readonly priority: number;
  readonly pad: number;
  /** Messages. */
  readonly count: number;
  /** The sum of their bodies in octets. */
  readonly bodyBytes: number;
  readonly reserved: number;
}

/** One of those between a section's header and its contents. */
export interface SectionEntry {
  readonly seq: number;
  /** Milliseconds of the wall clock; Infinity if never. */
  readonly expiresAt: number;
  /** Octets of the content. */
  readonly length: number;
  readonly bodySize: number;
  readonly flags: number;
  readonly pad: number;
  readonly reserved: number;
}

export interface SnapshotHeader {
  readonly magic: number;
  readonly version: number;
  readonly salt: number;
  /** The first WAL file that is not part of it. */
  readonly walFile: number;
  /** Octets of the summary that follows this header, and of the lanes behind it. */
  readonly summaryLength: number;
  readonly lanesLength: number;
  /** Each has a checksum of its own: the summary can be read without the lanes. */
  readonly summaryChecksum: number;
  readonly lanesChecksum: number;
  /** Of all octets before it. */
  readonly checksum: number;
}

function magic(letters: string): number {
  return Buffer.from(letters, 'latin1').readUInt32LE();
}

export const fileHeaderStructure: Structure<FileHeader> = structure([
  layout.u32('magic'),
  layout.u32('version'),
  layout.f64('number'),
  layout.u32('salt'),
  layout.u32('checksum'),
]);

export const FILE_HEADER_CHECKSUM_AT = 20;

export const batchHeaderStructure: Structure<BatchHeader> = structure([
  layout.u32('magic'),
  layout.u32('length'),
  layout.u32('checksum'),
  layout.u32('salt'),
  layout.f64('fileNumber'),
  layout.f64('batchNumber'),
  layout.f64('reserved'),
]);

export const BATCH_HEADER_BYTES = 40;
export const BATCH_LENGTH_AT = 4;
export const BATCH_CHECKSUM_AT = 8;
export const BATCH_SALT_AT = 12;
export const BATCH_FILE_NUMBER_AT = 16;
export const BATCH_NUMBER_AT = 24;

export const sectionHeaderStructure: Structure<SectionHeader> = structure([
  layout.u32('magic'),
  layout.u32('length'),
  layout.u32('checksum'),
  layout.u32('queue'),
  layout.u8('priority'),
  layout.u24('pad'),
  layout.u32('count'),
  layout.f64('bodyBytes'),
  layout.f64('reserved'),
]);

export const SECTION_HEADER_BYTES = 40;
export const SECTION_LENGTH_AT = 4;
export const SECTION_CHECKSUM_AT = 8;
export const SECTION_QUEUE_AT = 12;
export const SECTION_PRIORITY_AT = 16;
export const SECTION_COUNT_AT = 20;
export const SECTION_BODY_BYTES_AT = 24;

export const sectionEntryStructure: Structure<SectionEntry> = structure([
  layout.f64('seq'),
  layout.f64('expiresAt'),
  layout.u32('length'),
  layout.u32('bodySize'),
  layout.u8('flags'),
  layout.u24('pad'),
  layout.u32('reserved'),
]);

export const ENTRY_BYTES = 32;
export const ENTRY_EXPIRES_AT = 8;
export const ENTRY_LENGTH_AT = 16;
export const ENTRY_BODY_SIZE_AT = 20;
export const ENTRY_FLAGS_AT = 24;

export const snapshotHeaderStructure: Structure<SnapshotHeader> = structure([
  layout.u32('magic'),
  layout.u32('version'),
  layout.u32('salt'),
  layout.f64('walFile'),
  layout.f64('summaryLength'),
  layout.f64('lanesLength'),
  layout.u32('summaryChecksum'),
  layout.u32('lanesChecksum'),
  layout.u32('checksum'),
]);

export const SNAPSHOT_HEADER_BYTES = 48;
export const SNAPSHOT_CHECKSUM_AT = 44;
