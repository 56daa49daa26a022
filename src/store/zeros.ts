import type { DiskFile } from './disk.ts';

const PIECE_BYTES = 1024 * 1024;

/** Gives a file its blocks, so that what is written there later changes nothing but bytes. */
export async function fillWithZeros(file: DiskFile, bytes: number): Promise<void> {
  const zeros = new Uint8Array(Math.min(PIECE_BYTES, bytes));
  for (let at = 0; at < bytes; at += zeros.length) {
    await file.write(zeros.subarray(0, Math.min(zeros.length, bytes - at)), at);
  }
}
