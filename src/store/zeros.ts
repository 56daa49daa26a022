import type { DiskFile } from './disk.ts';

const PIECE_BYTES = 1024 * 1024;
const GENTLE_BYTES = 128 * 1024;

/** Gives a file its blocks, so that what is written there later changes nothing but bytes. */
export async function fillWithZeros(file: DiskFile, bytes: number): Promise<void> {
  await fill(file, bytes, PIECE_BYTES, false);
  await file.sync();
}

/** The same in small pieces, each synced: others who sync meanwhile hardly wait for them. */
export async function fillGently(file: DiskFile, bytes: number): Promise<void> {
  await fill(file, bytes, GENTLE_BYTES, true);
}

async function fill(
  file: DiskFile,
  bytes: number,
  pieceBytes: number,
  syncs: boolean,
): Promise<void> {
  const zeros = new Uint8Array(Math.min(pieceBytes, bytes));
  for (let at = 0; at < bytes; at += zeros.length) {
    await file.write(zeros.subarray(0, Math.min(zeros.length, bytes - at)), at);
    if (syncs) await file.sync();
  }
}
