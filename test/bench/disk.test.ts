import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskBytesOf, probeSync, settledDiskBytesOf } from '../../bench/disk.ts';
import { Histogram } from '../../bench/kit/statistics.ts';

const KIB = 1024;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-disk-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the disk use of a folder', () => {
  it('counts what files occupy, also those in folders below, and not their holes', () => {
    mkdirSync(join(folder, 'below'));
    writeFileSync(join(folder, 'below', 'full'), Buffer.alloc(512 * KIB, 1));
    writeFileSync(join(folder, 'holey'), '');
    truncateSync(join(folder, 'holey'), 64 * KIB * KIB);
    const bytes = diskBytesOf(folder);
    expect(bytes).toBeGreaterThanOrEqual(512 * KIB);
    expect(bytes).toBeLessThan(1024 * KIB);
  });

  it('is settled when it has stopped shrinking', async () => {
    writeFileSync(join(folder, 'going'), Buffer.alloc(512 * KIB, 1));
    setTimeout(() => rmSync(join(folder, 'going')), 100);
    const settled = await settledDiskBytesOf(folder, 0.6, 10);
    expect(settled.bytes).toBeLessThan(512 * KIB);
    expect(settled.seconds).toBeGreaterThan(0);
  });
});

describe('the probe of durable writes', () => {
  it('adds the time of each and leaves nothing behind', () => {
    const times = new Histogram();
    probeSync(folder, 0.05, times);
    expect(times.count).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});
