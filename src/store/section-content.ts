import { checksum } from './checksum.ts';
import { FileDamaged } from './file-damaged.ts';
import { checkSection, readSection, type SectionVisit } from './section.ts';
import type { Section } from './segment.ts';
import {
  BATCH_CHECKSUM_AT,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_AT,
  BATCH_MAGIC,
  BATCH_SALT_AT,
} from './structures.ts';
import { readPlaces, viewOf } from './wal-format.ts';

/**
 * Visits the lane's messages in a section, dead ones included, in the order of their numbers.
 * @param bytes what has been read of its file: all of the section, if the file is whole
 * @throws FileDamaged
 */
export function visitContent(section: Section, bytes: Uint8Array, visit: SectionVisit): void {
  const fault = faultOf(section, bytes);
  if (fault !== undefined) throw new FileDamaged(section.segment.file.path, section.offset, fault);
  if (section.inBatch) visitBatch(section, bytes, visit);
  else readSection(bytes, visit);
}

function faultOf({ length, inBatch }: Section, bytes: Uint8Array): string | undefined {
  if (bytes.length < length) return 'the file ends within a section';
  return inBatch ? batchFault(bytes) : checkSection(bytes);
}

function batchFault(bytes: Uint8Array): string | undefined {
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== BATCH_MAGIC) return 'no batch begins here';
  if (view.getUint32(BATCH_LENGTH_AT, true) !== bytes.length - BATCH_HEADER_BYTES) {
    return 'the batch has another length';
  }
  const sum = checksum(bytes.subarray(BATCH_SALT_AT));
  if (sum !== view.getUint32(BATCH_CHECKSUM_AT, true)) return 'the batch has a wrong checksum';
  return undefined;
}

function visitBatch({ lane }: Section, bytes: Uint8Array, visit: SectionVisit): void {
  const payload = bytes.subarray(BATCH_HEADER_BYTES);
  let goesOn = true;
  readPlaces(payload, (queue, priority, seq, expiresAt, flags, bodySize, at, length) => {
    if (!goesOn || queue !== lane.queue || priority !== lane.priority) return;
    goesOn = visit(seq, flags, expiresAt, bodySize, BATCH_HEADER_BYTES + at, length);
  });
}
