import { checksum } from './checksum.ts';
import {
  ENTRY_BODY_SIZE_AT,
  ENTRY_BYTES,
  ENTRY_EXPIRES_AT,
  ENTRY_FLAGS_AT,
  ENTRY_LENGTH_AT,
  SECTION_BODY_BYTES_AT,
  SECTION_CHECKSUM_AT,
  SECTION_COUNT_AT,
  SECTION_HEADER_BYTES,
  SECTION_LENGTH_AT,
  SECTION_MAGIC,
  SECTION_PRIORITY_AT,
  SECTION_QUEUE_AT,
  type SectionHeader,
  sectionHeaderStructure,
} from './structures.ts';
import { viewOf } from './wal-format.ts';

const CONTENT_BYTES_MIN = 4096;
const ENTRIES_MIN = 16;

/**
 * Collects messages of one lane, ascending by their numbers, into a section: a header, an entry for
 * each message, the contents one behind the other.
 */
export class SectionWriter {
  #index: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #indexView = viewOf(this.#index);
  #indexEnd = SECTION_HEADER_BYTES;
  #content: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #contentEnd = 0;
  #count = 0;
  #bodyBytes = 0;
  #startsAnew = false;

  /** Messages so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes that the section has if it is finished now. */
  get size(): number {
    return this.#indexEnd + this.#contentEnd;
  }

  /** Takes a copy of `bytes[at, at + length)`. */
  add(
    seq: number,
    expiresAt: number,
    flags: number,
    bodySize: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): void {
    if (this.#startsAnew) this.#startOver();
    this.#makeRoom(length);
    const entry = this.#indexEnd;
    const view = this.#indexView;
    view.setFloat64(entry, seq, true);
    view.setFloat64(entry + ENTRY_EXPIRES_AT, expiresAt, true);
    view.setUint32(entry + ENTRY_LENGTH_AT, length, true);
    view.setUint32(entry + ENTRY_BODY_SIZE_AT, bodySize, true);
    // The octets behind the flags are zero.
    view.setFloat64(entry + ENTRY_FLAGS_AT, 0, true);
    view.setUint8(entry + ENTRY_FLAGS_AT, flags);
    this.#indexEnd = entry + ENTRY_BYTES;
    this.#content.set(bytes.subarray(at, at + length), this.#contentEnd);
    this.#contentEnd += length;
    this.#count += 1;
    this.#bodyBytes += bodySize;
  }

  /** The section, in pieces that are good until the writer is given the first message of the next. */
  finish(queue: number, priority: number): readonly Uint8Array[] {
    if (this.#startsAnew) this.#startOver();
    if (this.#count === 0) this.#makeRoom(0);
    const head = this.#index.subarray(0, this.#indexEnd);
    const content = this.#content.subarray(0, this.#contentEnd);
    const view = this.#indexView;
    view.setUint32(0, SECTION_MAGIC, true);
    view.setUint32(SECTION_LENGTH_AT, this.size, true);
    view.setUint32(SECTION_QUEUE_AT, queue, true);
    view.setUint32(SECTION_PRIORITY_AT, priority, true);
    view.setUint32(SECTION_COUNT_AT, this.#count, true);
    view.setFloat64(SECTION_BODY_BYTES_AT, this.#bodyBytes, true);
    view.setFloat64(SECTION_BODY_BYTES_AT + 8, 0, true);
    const sum = checksum(content, checksum(head.subarray(SECTION_QUEUE_AT)));
    view.setUint32(SECTION_CHECKSUM_AT, sum, true);
    this.#startsAnew = true;
    return content.length === 0 ? [head] : [head, content];
  }

  // Its buffers are used again: sections are mostly as large as the ones before them.
  #startOver(): void {
    this.#startsAnew = false;
    this.#indexEnd = SECTION_HEADER_BYTES;
    this.#contentEnd = 0;
    this.#count = 0;
    this.#bodyBytes = 0;
  }

  #makeRoom(length: number): void {
    if (this.#indexEnd + ENTRY_BYTES > this.#index.length) {
      const bytes = Math.max(
        this.#index.length * 2,
        SECTION_HEADER_BYTES + ENTRIES_MIN * ENTRY_BYTES,
      );
      this.#index = grown(this.#index, this.#indexEnd, bytes);
      this.#indexView = viewOf(this.#index);
    }
    const needed = this.#contentEnd + length;
    if (needed > this.#content.length) {
      const bytes = Math.max(needed, this.#content.length * 2, CONTENT_BYTES_MIN);
      this.#content = grown(this.#content, this.#contentEnd, bytes);
    }
  }
}

function grown(old: Buffer, used: number, bytes: number): Buffer<ArrayBuffer> {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  old.copy(buffer, 0, 0, used);
  return buffer;
}

/**
 * Sees a message of a section.
 * @param expiresAt milliseconds of the wall clock; Infinity if never
 * @param at where its content begins in the section's bytes
 * @returns false to see no more of them
 */
export type SectionVisit = (
  seq: number,
  flags: number,
  expiresAt: number,
  bodySize: number,
  at: number,
  length: number,
) => boolean;

/** Visits the messages of a section that `checkSection` has found nothing wrong with. */
export function readSection(bytes: Uint8Array, visit: SectionVisit): void {
  const view = viewOf(bytes);
  const count = view.getUint32(SECTION_COUNT_AT, true);
  let entry = SECTION_HEADER_BYTES;
  let at = entry + count * ENTRY_BYTES;
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(entry + ENTRY_LENGTH_AT, true);
    const goesOn = visit(
      view.getFloat64(entry, true),
      view.getUint8(entry + ENTRY_FLAGS_AT),
      view.getFloat64(entry + ENTRY_EXPIRES_AT, true),
      view.getUint32(entry + ENTRY_BODY_SIZE_AT, true),
      at,
      length,
    );
    if (!goesOn) return;
    entry += ENTRY_BYTES;
    at += length;
  }
}

/** The header of the section that begins at `at`; undefined if none can begin there. */
export function sectionHeader(bytes: Uint8Array, at = 0): SectionHeader | undefined {
  if (bytes.length - at < SECTION_HEADER_BYTES) return undefined;
  const header = sectionHeaderStructure.decode(bytes, at);
  return header.magic === SECTION_MAGIC ? header : undefined;
}

/** What is wrong with the bytes of a section; undefined if nothing is. */
export function checkSection(bytes: Uint8Array): string | undefined {
  if (bytes.length < SECTION_HEADER_BYTES) return 'too short for a section';
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== SECTION_MAGIC) return 'no section begins here';
  const length = view.getUint32(SECTION_LENGTH_AT, true);
  if (length !== bytes.length) return `the section has ${length} bytes, not ${bytes.length}`;
  const sum = checksum(bytes.subarray(SECTION_QUEUE_AT));
  if (sum !== view.getUint32(SECTION_CHECKSUM_AT, true)) return 'the section has a wrong checksum';
  const count = view.getUint32(SECTION_COUNT_AT, true);
  let end = SECTION_HEADER_BYTES + count * ENTRY_BYTES;
  if (end > length) return `the section has no room for ${count} messages`;
  for (let i = 0; i < count; i++) {
    end += view.getUint32(SECTION_HEADER_BYTES + i * ENTRY_BYTES + ENTRY_LENGTH_AT, true);
  }
  return end === length ? undefined : `the messages have ${end} bytes, not ${length}`;
}
