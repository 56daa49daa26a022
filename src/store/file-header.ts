import { checksum } from './checksum.ts';
import { FormatError, LaterVersion } from './format-error.ts';
import {
  BLOCK_BYTES,
  FILE_HEADER_CHECKSUM_AT,
  type FileHeader,
  FORMAT_VERSION,
  fileHeaderStructure,
} from './structures.ts';

/** The first block of a WAL file or segment file. */
export function encodeFileHeader(magic: number, number: number, salt: number): Uint8Array {
  const header = { magic, version: FORMAT_VERSION, number, salt, checksum: 0 };
  const unsummed = fileHeaderStructure.encode(header);
  const sum = checksum(unsummed.subarray(0, FILE_HEADER_CHECKSUM_AT));
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(fileHeaderStructure.encode({ ...header, checksum: sum }));
  return block;
}

/**
 * @throws FormatError where the bytes do not begin with a whole header
 * @throws LaterVersion
 */
export function decodeFileHeader(magic: number, bytes: Uint8Array): FileHeader {
  if (bytes.length < fileHeaderStructure.bytes) throw new FormatError(0, 'the file has no header');
  const header = fileHeaderStructure.decode(bytes, 0);
  if (header.magic !== magic) throw new FormatError(0, 'the file has no header');
  if (header.checksum !== checksum(bytes.subarray(0, FILE_HEADER_CHECKSUM_AT))) {
    throw new FormatError(0, "the file's header has a wrong checksum");
  }
  if (header.version > FORMAT_VERSION) throw new LaterVersion(header.version);
  return header;
}
