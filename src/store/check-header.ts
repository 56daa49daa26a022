import type { DiskFile } from './disk.ts';
import { faultIn } from './file-damaged.ts';
import { decodeFileHeader } from './file-header.ts';
import { FormatError } from './format-error.ts';
import { fileHeaderStructure } from './structures.ts';

/**
 * Finds out whether a file is what its name says.
 * @throws FileDamaged when it is not, FileTooNew when a later release has written it
 */
export async function checkFileHeader(
  file: DiskFile,
  magic: number,
  number: number,
  salt: number,
): Promise<void> {
  const bytes = new Uint8Array(fileHeaderStructure.bytes);
  const got = await file.read(bytes, 0);
  try {
    const header = decodeFileHeader(magic, bytes.subarray(0, got));
    if (header.number !== number) {
      throw new FormatError(0, `the file's header says that it is number ${header.number}`);
    }
    if (header.salt !== salt) throw new FormatError(0, 'the file is of another data directory');
  } catch (error) {
    throw error instanceof FormatError ? faultIn(file.path, error) : error;
  }
}
