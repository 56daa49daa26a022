import { assert } from '../../src/kit/assert.ts';

/** As a system reports what went wrong. */
export class DiskFault extends Error {
  override readonly name = 'DiskFault';
  readonly code: string;
  /** The answer to one who asked a disk that was replaced. */
  readonly isAfterDeath: boolean;

  constructor(code: string, text: string, isAfterDeath = false) {
    super(`${code}: ${text}`);
    this.code = code;
    this.isAfterDeath = isAfterDeath;
  }
}

/** What a system writes of a buffer that changes meanwhile is anybody's guess. */
export function checkUnchanged(written: Uint8Array, pieces: readonly Uint8Array[]): void {
  let at = 0;
  for (const piece of pieces) {
    const same = Buffer.compare(piece, written.subarray(at, at + piece.length)) === 0;
    assert(same, 'a buffer was changed while it was being written');
    at += piece.length;
  }
}
