import { type FormatError, LaterVersion } from './format-error.ts';

/** A file of a data directory that is not as it was written. */
export class FileDamaged extends Error {
  override readonly name = 'FileDamaged';
  /** Relative to the data directory. */
  readonly path: string;
  /** Bytes from the file's start. */
  readonly offset: number;
  /** What is wrong there. */
  readonly reason: string;

  constructor(path: string, offset: number, reason: string) {
    super(`${path}, offset ${offset}: ${reason}`);
    this.path = path;
    this.offset = offset;
    this.reason = reason;
  }
}

/** A file that a later release has written: nothing is wrong with it, but we cannot read it. */
export class FileTooNew extends Error {
  override readonly name = 'FileTooNew';
  readonly path: string;

  constructor(path: string, version: number) {
    super(`${path} is of format version ${version}: a later release has written it`);
    this.path = path;
  }
}

/** What to tell of a file whose bytes cannot be read. */
export function faultIn(path: string, error: FormatError): FileDamaged | FileTooNew {
  if (error instanceof LaterVersion) return new FileTooNew(path, error.version);
  return new FileDamaged(path, error.offset, error.message);
}
