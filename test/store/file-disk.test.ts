import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileDisk } from '../../src/store/file-disk.ts';
import { diskContract } from '../contracts/disk.ts';

let top: string;
let count = 0;

beforeAll(() => {
  top = mkdtempSync(`${tmpdir()}/leveret-disk-`);
});

afterAll(() => {
  rmSync(top, { recursive: true });
});

diskContract('the disk of the system', () => new FileDisk(`${top}/${++count}`));

describe('the disk of the system', () => {
  it('makes its root with the first folder', async () => {
    const disk = new FileDisk(`${top}/deep/root`);
    await disk.makeFolder('.');
    expect(existsSync(`${top}/deep/root`)).toBe(true);
    await disk.makeFolder('one/two/three');
    expect(readdirSync(`${top}/deep/root`)).toEqual(['one']);
  });

  it('tells the code of the system', async () => {
    const disk = new FileDisk(`${top}/codes`);
    await disk.makeFolder('folder');
    await expect(disk.open('folder', 'write')).rejects.toMatchObject({ code: 'EISDIR' });
    await (await disk.open('file', 'write')).close();
    await expect(disk.open('file/below', 'read')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(disk.list('file')).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.each(['a\\b', 'c:d', 'e\0f'])(
    'takes no path that some system reads otherwise: %j',
    async (path) => {
      await expect(new FileDisk(top).open(path, 'write')).rejects.toThrow('no path below');
    },
  );
});
