import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Disk, DiskFile } from '../../src/store/disk.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

async function contents(file: DiskFile): Promise<string> {
  const into = new Uint8Array(await file.size());
  expect(await file.read(into, 0)).toBe(into.length);
  return new TextDecoder().decode(into);
}

/**
 * What every disk must do while nothing is wrong with it.
 * @param make one that is empty
 */
export function diskContract(name: string, make: () => Disk | Promise<Disk>): void {
  let disk: Disk;

  beforeEach(async () => {
    disk = await make();
    await disk.makeFolder('one/two');
  });

  async function written(path: string, text: string): Promise<void> {
    const file = await disk.open(path, 'write');
    await file.write(bytes(text), 0);
    await file.close();
  }

  async function contentsAt(path: string): Promise<string> {
    const file = await disk.open(path, 'read');
    try {
      return await contents(file);
    } finally {
      await file.close();
    }
  }

  describe(`${name}: folders`, () => {
    it('are made with those above them, and left alone when they are there', async () => {
      await written('one/file', 'kept');
      await disk.makeFolder('one/two');
      await disk.makeFolder('.');
      await written('one/two/file', '');
      expect(await disk.list('one')).toEqual(['file']);
    });

    it('list their own files and no folders', async () => {
      for (const path of ['top', 'one/b', 'one/a', 'one/two/c']) await written(path, '');
      expect(await disk.list('.')).toEqual(['top']);
      expect([...(await disk.list('one'))].sort()).toEqual(['a', 'b']);
      expect(await disk.list('one/two')).toEqual(['c']);
    });

    it('list nothing when they are not there', async () => {
      expect(await disk.list('three')).toEqual([]);
      expect(await disk.list('one/two/three')).toEqual([]);
    });

    it('can be synced, if they are there', async () => {
      await written('one/file', '');
      for (const folder of ['.', 'one', 'one/two']) await disk.syncFolder(folder);
      await expect(disk.syncFolder('three')).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  describe(`${name}: names`, () => {
    it.each(['write', 'append'] as const)('are made by opening them to %s', async (mode) => {
      const file = await disk.open('one/file', mode);
      expect(file.path).toBe('one/file');
      expect(await file.size()).toBe(0);
      await file.close();
      expect(await disk.list('one')).toEqual(['file']);
    });

    it('are not made by opening them to read, or in no folder', async () => {
      await expect(disk.open('one/file', 'read')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.open('three/file', 'write')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.open('three/file', 'append')).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await disk.list('one')).toEqual([]);
    });

    it.each(['write', 'append'] as const)('keep their file when opened to %s', async (mode) => {
      await written('one/file', 'kept');
      const file = await disk.open('one/file', mode);
      expect(await contents(file)).toBe('kept');
      await file.close();
    });

    it('can be changed, whatever was there', async () => {
      await written('one/new', 'new');
      await written('one/old', 'old and longer');
      await disk.rename('one/new', 'one/old');
      expect(await disk.list('one')).toEqual(['old']);
      expect(await contentsAt('one/old')).toBe('new');
      await disk.rename('one/old', 'one/two/file');
      expect(await disk.list('one')).toEqual([]);
      expect(await contentsAt('one/two/file')).toBe('new');
    });

    it('cannot be changed when they are not there, or there is no such folder', async () => {
      await written('one/file', 'kept');
      await expect(disk.rename('one/none', 'one/file')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(disk.rename('one/file', 'three/file')).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await contentsAt('one/file')).toBe('kept');
    });

    it('can be removed, also when they are not there', async () => {
      await written('one/file', 'gone');
      await disk.remove('one/file');
      await disk.remove('one/file');
      await disk.remove('three/file');
      expect(await disk.list('one')).toEqual([]);
      await written('one/file', '');
      expect(await contentsAt('one/file')).toBe('');
    });

    it.each(['../file', '/file', 'one/../../file', 'one//file', 'one/./file', ''])(
      'never lead out of the disk: %j',
      async (path) => {
        await written('one/file', 'kept');
        const attempts: readonly (() => Promise<unknown>)[] = [
          () => disk.open(path, 'write'),
          () => disk.rename('one/file', path),
          () => disk.rename(path, 'one/file'),
          () => disk.remove(path),
          () => disk.makeFolder(path),
          () => disk.list(path),
          () => disk.syncFolder(path),
        ];
        for (const attempt of attempts) await expect(attempt()).rejects.toThrow('no path below');
        expect(await contentsAt('one/file')).toBe('kept');
      },
    );
  });

  describe(`${name}: files`, () => {
    it('are read where they were written', async () => {
      const file = await disk.open('one/file', 'write');
      await file.write(bytes('0123456789'), 0);
      await file.write(bytes('ab'), 3);
      const into = new Uint8Array(4);
      expect(await file.read(into, 2)).toBe(4);
      expect(new TextDecoder().decode(into)).toBe('2ab5');
      expect(file.readNow(into, 0)).toBe(4);
      expect(new TextDecoder().decode(into)).toBe('012a');
      file.writeNow(bytes('xyz'), 9);
      expect(await contents(file)).toBe('012ab5678xyz');
      await file.close();
    });

    it('give fewer bytes at their end, and none behind it', async () => {
      await written('one/file', 'abc');
      const file = await disk.open('one/file', 'read');
      const into = new Uint8Array(4);
      expect(await file.read(into, 1)).toBe(2);
      expect(file.readNow(into, 2)).toBe(1);
      expect([...into]).toEqual([99, 99, 0, 0]);
      expect(await file.read(into, 3)).toBe(0);
      expect(file.readNow(into, 1000)).toBe(0);
      await file.close();
    });

    it('are zeros where nobody wrote', async () => {
      const file = await disk.open('one/file', 'write');
      await file.write(bytes('a'), 3);
      expect(await contents(file)).toBe('\0\0\0a');
      await file.truncate(2);
      await file.truncate(5);
      expect(await contents(file)).toBe('\0\0\0\0\0');
      await file.close();
    });

    it.each(['write', 'append'] as const)('take pieces in one, opened to %s', async (mode) => {
      const file = await disk.open('one/file', mode);
      await file.writeDurably(['one', '', 'two', 'three'].map(bytes), 2);
      await file.writeDurably([], 0);
      await file.writeDurably([bytes('!')], 5);
      await file.sync();
      expect(await contents(file)).toBe('\0\0one!wothree');
      await file.close();
    });

    it('take a great many pieces', async () => {
      const file = await disk.open('one/file', 'append');
      const pieces = Array.from({ length: 3000 }, (_, index) => Uint8Array.of(index % 251));
      await file.writeDurably(pieces, 0);
      const into = new Uint8Array(3001);
      expect(await file.read(into, 0)).toBe(3000);
      expect(Buffer.compare(into.subarray(0, 3000), Buffer.concat(pieces))).toBe(0);
      await file.close();
    });

    it('are one for all who have opened them, and outlive their name', async () => {
      const [first, second] = [
        await disk.open('one/file', 'write'),
        await disk.open('one/file', 'append'),
      ];
      await first.write(bytes('seen'), 0);
      expect(await contents(second)).toBe('seen');
      await disk.rename('one/file', 'one/other');
      await second.writeDurably([bytes('b')], 1);
      expect(await contents(first)).toBe('sben');
      expect(await contentsAt('one/other')).toBe('sben');
      await first.close();
      await second.close();
    });

    it('opened to be read cannot be written', async () => {
      await written('one/file', 'kept');
      const file = await disk.open('one/file', 'read');
      await expect(file.write(bytes('x'), 0)).rejects.toMatchObject({ code: 'EBADF' });
      await expect(file.writeDurably([bytes('x')], 0)).rejects.toMatchObject({ code: 'EBADF' });
      expect(() => file.writeNow(bytes('x'), 0)).toThrow(
        expect.objectContaining({ code: 'EBADF' }),
      );
      expect(await contents(file)).toBe('kept');
      await file.close();
    });

    it('that are closed do nothing any more', async () => {
      const file = await disk.open('one/file', 'write');
      await file.close();
      await file.close();
      const into = new Uint8Array(1);
      const bad = expect.objectContaining({ code: 'EBADF' });
      for (const attempt of [
        () => file.size(),
        () => file.read(into, 0),
        () => file.write(into, 0),
        () => file.writeDurably([into], 0),
        () => file.sync(),
        () => file.truncate(1),
      ]) {
        await expect(attempt()).rejects.toEqual(bad);
      }
      expect(() => file.readNow(into, 0)).toThrow(bad);
      expect(() => file.writeNow(into, 0)).toThrow(bad);
      expect(await contentsAt('one/file')).toBe('');
    });

    it('finish what was begun before they were closed', async () => {
      const file = await disk.open('one/file', 'append');
      const writing = file.writeDurably([new Uint8Array(100_000).fill(1)], 0);
      const closing = file.close();
      await Promise.all([writing, closing]);
      expect((await contentsAt('one/file')).length).toBe(100_000);
    });

    it('hold what was last written to each byte', async () => {
      const text = fc.string({ unit: 'binary-ascii', maxLength: 2000 });
      const write = fc.record({
        is: fc.constantFrom('write', 'now', 'durably'),
        text,
        at: fc.nat(3000),
      });
      const truncate = fc.record({ is: fc.constant('truncate'), text, at: fc.nat(3000) });
      const script = fc.array(fc.oneof({ weight: 4, arbitrary: write }, truncate), {
        maxLength: 12,
      });
      await fc.assert(
        fc.asyncProperty(script, async (steps) => {
          await disk.remove('one/file');
          const file = await disk.open('one/file', 'append');
          let expected = '';
          for (const { is, text, at } of steps) {
            if (is === 'truncate') await file.truncate(at);
            else if (is === 'write') await file.write(bytes(text), at);
            else if (is === 'now') file.writeNow(bytes(text), at);
            else await file.writeDurably([bytes(text.slice(0, 7)), bytes(text.slice(7))], at);
            const end = is === 'truncate' ? at : at + text.length;
            if (is === 'truncate') expected = expected.slice(0, at).padEnd(at, '\0');
            else if (text.length > 0) {
              expected = expected.padEnd(at, '\0').slice(0, at) + text + expected.slice(end);
            }
          }
          expect(await contents(file)).toBe(expected);
          await file.close();
        }),
        { numRuns: 30 },
      );
    });
  });

  describe(`${name}: space`, () => {
    it('is counted in bytes', async () => {
      const { free, total } = await disk.space();
      expect(free).toBeGreaterThan(1_000_000);
      expect(total).toBeGreaterThanOrEqual(free);
    });
  });
}
