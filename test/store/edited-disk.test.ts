import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/store/disk.ts';
import { type Edit, EditedDisk, makeEdits } from '../../src/store/edited-disk.ts';
import { FaultyDisk } from '../kit/faulty-disk.ts';

const paths = ['one/a', 'one/b', 'two/a'];

async function newDisk(): Promise<FaultyDisk> {
  const disk = new FaultyDisk(1);
  await disk.makeFolder('one');
  await disk.makeFolder('two');
  for (const path of ['one/a', 'two/a']) {
    const file = await disk.open(path, 'write');
    await file.write(
      Uint8Array.from({ length: 60 }, (_, i) => i),
      0,
    );
    await file.close();
  }
  return disk;
}

async function read(disk: Disk): Promise<ReadonlyMap<string, readonly number[]>> {
  const found = new Map<string, readonly number[]>();
  for (const folder of ['one', 'two']) {
    for (const name of await disk.list(folder)) {
      const file = await disk.open(`${folder}/${name}`, 'read');
      const bytes = new Uint8Array(100);
      const got = await file.read(bytes, 0);
      expect(got).toBe(await file.size());
      found.set(`${folder}/${name}`, [...bytes.subarray(0, got)]);
      const part = new Uint8Array(7);
      const gotNow = file.readNow(part, 30);
      expect([...part.subarray(0, gotNow)]).toEqual([...bytes.subarray(30, Math.min(37, got))]);
      await file.close();
    }
  }
  return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
}

const path = fc.constantFrom(...paths);
const octets = fc.uint8Array({ maxLength: 40 });

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('remove' as const), path }),
  fc.record({ kind: fc.constant('put' as const), path, bytes: octets }),
  fc.record({ kind: fc.constant('cut' as const), path, length: fc.nat(70) }),
  fc.record({ kind: fc.constant('patch' as const), path, offset: fc.nat(59), bytes: octets }),
);

// Cuts and patches are of what is there, and never make a file longer.
function sensible(edits: readonly Edit[]): readonly Edit[] {
  const sizes = new Map([
    ['one/a', 60],
    ['two/a', 60],
  ]);
  return edits.filter((each) => {
    const size = sizes.get(each.path);
    if (each.kind === 'remove') sizes.delete(each.path);
    else if (each.kind === 'put') sizes.set(each.path, each.bytes.length);
    else if (size === undefined) return false;
    else if (each.kind === 'cut') {
      if (each.length > size) return false;
      sizes.set(each.path, each.length);
    } else if (each.offset + each.bytes.length > size) return false;
    return true;
  });
}

describe('edits', () => {
  it('are seen before they are made as they are seen afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 8 }), async (some) => {
        const edits = sensible(some);
        const disk = await newDisk();
        const before = await read(disk);
        const edited = new EditedDisk(disk, edits);
        const promised = await read(edited);
        await edited.close();
        expect(await read(disk)).toEqual(before);
        await makeEdits(disk, edits);
        expect(await read(disk)).toEqual(promised);
      }),
      { numRuns: 60 },
    );
  });

  it('are durable when they have been made', async () => {
    const disk = await newDisk();
    await makeEdits(disk, [
      { kind: 'put', path: 'one/b', bytes: new Uint8Array([1, 2]) },
      { kind: 'remove', path: 'one/a' },
    ]);
    const after = disk.crash();
    expect(after.paths()).toContain('one/b');
    expect(after.paths()).not.toContain('one/a');
    expect([...after.contents('one/b')]).toEqual([1, 2]);
  });
});

describe('an edited disk', () => {
  it('is only looked at', async () => {
    const disk = await newDisk();
    const before = await read(disk);
    const edited = new EditedDisk(disk, []);
    await expect(edited.open('one/a', 'write')).rejects.toThrow('only looked at');
    const file = await edited.open('one/a', 'read');
    await expect(file.truncate(0)).rejects.toThrow('only looked at');
    await edited.remove('one/a');
    expect(await edited.list('one')).toEqual([]);
    await edited.close();
    await expect(edited.open('one/a', 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await read(disk)).toEqual(before);
  });
});
