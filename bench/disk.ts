/** What a folder takes of its disk, and what one durable write costs there. */
import {
  closeSync,
  fdatasyncSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Histogram } from './kit/statistics.ts';
import { sleep } from './result.ts';

const BLOCK_BYTES = 512;
const TMPFS_MAGIC = 0x01021994;
const PROBE_BYTES = 4096;
const PROBE_FILE_BYTES = 32 * 2 ** 20;
const SETTLE_POLL_SECONDS = 0.25;

/** Bytes that the files of a folder occupy, holes left out and preallocated room included. */
export function diskBytesOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const stat = lstatSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    bytes += (stat?.blocks ?? 0) * BLOCK_BYTES;
  }
  return bytes;
}

/** Disk use once it has not shrunk for a while, and how long that took to come about. */
export async function settledDiskBytesOf(
  folder: string,
  quietSeconds: number,
  patienceSeconds: number,
): Promise<{ readonly bytes: number; readonly seconds: number }> {
  const start = performance.now();
  let least = Number.POSITIVE_INFINITY;
  let shrankAt = start;
  for (;;) {
    const bytes = diskBytesOf(folder);
    const now = performance.now();
    if (bytes < least) {
      least = bytes;
      shrankAt = now;
    }
    if (now - shrankAt > quietSeconds * 1e3 || now - start > patienceSeconds * 1e3) {
      return { bytes, seconds: (shrankAt - start) / 1e3 };
    }
    await sleep(SETTLE_POLL_SECONDS);
  }
}

/** Whether what is written there is written to memory only, so that it tells nothing of durability. */
export function isMemoryOnly(folder: string): boolean {
  return statfsSync(folder).type === TMPFS_MAGIC;
}

/** Overwrites 4 KiB at a time of a file that is all written, each followed by fdatasync; adds each time in µs. */
export function probeSync(folder: string, seconds: number, into: Histogram): void {
  const own = mkdtempSync(join(folder, 'leveret-probe-'));
  const file = openSync(join(own, 'probe'), 'w');
  try {
    writeSync(file, Buffer.alloc(PROBE_FILE_BYTES, 1));
    fdatasyncSync(file);
    const block = Buffer.alloc(PROBE_BYTES, 2);
    const end = performance.now() + seconds * 1e3;
    for (let at = 0; performance.now() < end; at = (at + PROBE_BYTES) % PROBE_FILE_BYTES) {
      const start = performance.now();
      writeSync(file, block, 0, PROBE_BYTES, at);
      fdatasyncSync(file);
      into.add((performance.now() - start) * 1e3);
    }
  } finally {
    closeSync(file);
    rmSync(own, { recursive: true, force: true });
  }
}
