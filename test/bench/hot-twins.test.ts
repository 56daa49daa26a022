import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Suite } from '../../bench/kit/timing.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
}

const hotFiles = filesBelow('src').filter((file) =>
  readFileSync(join(ROOT, file), 'utf8').startsWith('// HOT'),
);

async function suites(): Promise<Suite[]> {
  const files = filesBelow('bench/micro').filter((file) => !file.endsWith('/main.ts'));
  return Promise.all(files.map(async (file) => (await import(join(ROOT, file))).suite));
}

describe('every HOT file', () => {
  it('has a micro-benchmark', async () => {
    const covered = new Set((await suites()).flatMap((suite) => suite.hotFiles));
    expect(hotFiles.length).toBeGreaterThan(0);
    expect(hotFiles.filter((file) => !covered.has(file))).toEqual([]);
  });
});

describe('a micro-benchmark', () => {
  it('names files that exist', async () => {
    const named = (await suites()).flatMap((suite) => suite.hotFiles);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('does its operations, however few', async () => {
    for (const one of (await suites()).flatMap((suite) => suite.cases)) {
      const repeat = one.prepare();
      expect(repeat(2000), one.name).not.toBe(0);
      expect(repeat(2000), one.name).not.toBe(0);
    }
  });
});
