/** Bytes on disk that are not what they should be. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  /** Where, counted from the start of the bytes that were read. */
  readonly offset: number;

  constructor(offset: number, text: string) {
    super(text);
    this.offset = offset;
  }
}

/** A file that a later release has made. Nothing is wrong with it. */
export class LaterVersion extends FormatError {
  readonly version: number;

  constructor(version: number) {
    super(4, `is of format version ${version}, made by a later release`);
    this.version = version;
  }
}
