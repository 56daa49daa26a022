import { describe, expect, it } from 'vitest';
import type { DiskFile } from '../../src/store/disk.ts';
import { diskContract } from '../contracts/disk.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { SECTOR_BYTES } from './platter.ts';

diskContract('the faulty disk without faults', () => new FaultyDisk(1));

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

function filled(sectors: number, value: number): Uint8Array {
  return new Uint8Array(sectors * SECTOR_BYTES).fill(value);
}

/** A disk with a durable file of four sectors of ones. */
async function prepared(seed: number): Promise<{ disk: FaultyDisk; file: DiskFile }> {
  const disk = new FaultyDisk(seed);
  const file = await disk.open('file', 'write');
  await file.write(filled(4, 1), 0);
  await file.sync();
  await disk.syncFolder('.');
  return { disk, file };
}

/** The first byte of each sector, when each has one value only. */
function sectors(disk: FaultyDisk): string {
  const bytes = disk.contents('file');
  const text: number[] = [];
  for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
    const sector = bytes.subarray(at, at + SECTOR_BYTES);
    expect(new Set(sector).size).toBe(1);
    text.push(sector[0] ?? -1);
  }
  return text.join('');
}

/** What a script leaves behind, with every seed. */
async function outcomes(
  script: (disk: FaultyDisk, file: DiskFile) => Promise<void>,
  found: (disk: FaultyDisk) => string,
  end: (disk: FaultyDisk) => FaultyDisk = (disk) => disk.crash(),
): Promise<Set<string>> {
  const all = new Set<string>();
  for (const seed of SEEDS) {
    const { disk, file } = await prepared(seed);
    await script(disk, file);
    all.add(found(end(disk)));
  }
  return all;
}

const names = (disk: FaultyDisk) => disk.paths().join(' ');

describe('bytes after a power loss', () => {
  it('are there when they were synced', async () => {
    const found = await outcomes(async (_disk, file) => {
      await file.write(filled(2, 2), SECTOR_BYTES);
      await file.sync();
    }, sectors);
    expect([...found]).toEqual(['1221']);
  });

  it('are there when they were written durably', async () => {
    const found = await outcomes(async (_disk, file) => {
      await file.write(filled(1, 2), SECTOR_BYTES);
      await file.writeDurably([filled(1, 3), filled(2, 3)], SECTOR_BYTES);
    }, sectors);
    expect([...found]).toEqual(['1333']);
  });

  it('may be there or not, sector by sector, when they were not synced', async () => {
    const found = await outcomes(async (_disk, file) => {
      await file.write(filled(3, 2), SECTOR_BYTES);
    }, sectors);
    expect([...found].sort()).toEqual([
      '1111',
      '1112',
      '1121',
      '1122',
      '1211',
      '1212',
      '1221',
      '1222',
    ]);
  });

  it('may be there without others that were written before them', async () => {
    const found = await outcomes(async (_disk, file) => {
      await file.write(filled(1, 2), 0);
      await file.write(filled(1, 2), 3 * SECTOR_BYTES);
      await file.write(filled(1, 3), 0);
    }, sectors);
    expect([...found].sort()).toEqual(['1111', '1112', '2111', '2112', '3111', '3112']);
  });

  it('keep within a sector what was written together', async () => {
    const found = await outcomes(
      async (_disk, file) => {
        await file.write(filled(1, 2).subarray(0, 100), 0);
        await file.write(filled(1, 2).subarray(0, 100), 100);
      },
      (disk) => {
        const bytes = disk.contents('file');
        return [0, 99, 100, 199, 200].map((at) => bytes[at]).join('');
      },
    );
    expect([...found].sort()).toEqual(['11111', '22111', '22221']);
  });

  it('may be missing or zeros where the file grew', async () => {
    const found = await outcomes(async (_disk, file) => {
      await file.write(filled(2, 2), 4 * SECTOR_BYTES);
    }, sectors);
    expect([...found].sort()).toEqual(['1111', '111100', '111102', '11112', '111120', '111122']);
  });

  it('may have been cut off or not', async () => {
    const found = await outcomes(async (_disk, file) => file.truncate(SECTOR_BYTES), sectors);
    expect([...found].sort()).toEqual(['1', '1111']);
  });

  it('may be anything while a durable write is under way, and nothing else has changed', async () => {
    const found = await outcomes(async (disk, file) => {
      disk.crashAfter(0);
      void file.writeDurably([filled(2, 2)], SECTOR_BYTES);
    }, sectors);
    expect([...found].sort()).toEqual(['1111', '1121', '1211', '1221']);
  });

  it('are the same for the same seed', async () => {
    const script = async (): Promise<Uint8Array> => {
      const { disk, file } = await prepared(4);
      await Promise.all([1, 2, 3].map((value) => file.write(filled(4, value), 0)));
      return disk.crash().contents('file');
    };
    expect(await script()).toEqual(await script());
  });
});

describe('names after a power loss', () => {
  it('are as they were when their folder was synced', async () => {
    const found = await outcomes(async (disk) => {
      await disk.open('new', 'write');
      await disk.rename('file', 'renamed');
      await disk.syncFolder('.');
    }, names);
    expect([...found]).toEqual(['new renamed']);
  });

  it('are as after any one of the changes, in their order, when it was not', async () => {
    const found = await outcomes(async (disk) => {
      await disk.open('new', 'write');
      await disk.rename('file', 'renamed');
      await disk.remove('new');
    }, names);
    expect([...found].sort()).toEqual(['file', 'file new', 'new renamed', 'renamed']);
  });

  it('are changed in each folder for itself', async () => {
    const found = await outcomes(async (disk) => {
      await disk.makeFolder('a');
      await disk.open('a/one', 'write');
      await disk.open('two', 'write');
      await disk.syncFolder('a');
    }, names);
    expect([...found].sort()).toEqual(['a/one file', 'a/one file two']);
  });

  it('lead to the file that they led to', async () => {
    for (const seed of SEEDS) {
      const { disk } = await prepared(seed);
      const other = await disk.open('other', 'write');
      await other.write(filled(4, 2), 0);
      await other.sync();
      await disk.syncFolder('.');
      await disk.rename('other', 'file');
      const after = disk.crash();
      expect(['1111 file other', '2222 file']).toContain(`${sectors(after)} ${names(after)}`);
    }
  });
});

describe('a killed process', () => {
  it('leaves all that it had written, which is not durable yet', async () => {
    const kill = (disk: FaultyDisk) => disk.kill();
    const script = async (disk: FaultyDisk, file: DiskFile) => {
      await file.write(filled(1, 2), 0);
      await disk.rename('file', 'other');
      await disk.rename('other', 'file');
      await disk.open('new', 'write');
    };
    expect([...(await outcomes(script, sectors, kill))]).toEqual(['2111']);
    expect([...(await outcomes(script, names, kill))]).toEqual(['file new']);
    const found = await outcomes(script, names, (disk) => disk.kill().crash());
    expect([...found].sort()).toEqual(['file', 'file new', 'other']);
  });

  it('leaves of what was under way all, nothing, or a part', async () => {
    const found = await outcomes(
      async (disk, file) => {
        disk.crashAfter(0);
        void file.write(filled(1, 2), 0);
        void disk.remove('file');
      },
      names,
      (disk) => disk.kill(),
    );
    expect([...found]).toEqual(['']);
  });
});

describe('a disk whose power has gone', () => {
  it('answers nothing any more, however long one waits', async () => {
    const { disk, file } = await prepared(1);
    disk.crashAfter(2);
    let answers = 0;
    for (let i = 0; i < 5; i++) void file.write(filled(1, 2), 0).then(() => answers++);
    await disk.down;
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(answers).toBe(2);
    expect(disk.isDown).toBe(true);
    expect(() => file.readNow(filled(1, 0), 0)).toThrow('the power is off');
  });

  it('refuses everything once it has been replaced, and nothing of it is seen', async () => {
    const { disk, file } = await prepared(1);
    const next = disk.crash();
    await expect(file.write(filled(1, 2), 0)).rejects.toThrow('the power was off');
    await expect(disk.remove('file')).rejects.toThrow('the power was off');
    expect(() => file.writeNow(filled(1, 2), 0)).toThrow('the power is off');
    expect(sectors(next)).toBe('1111');
  });
});

describe('a disk that fails', () => {
  it('says once that it failed, at the operation that was asked for', async () => {
    const { disk, file } = await prepared(1);
    disk.failNext('read', 2);
    const into = filled(1, 0);
    expect(await file.read(into, 0)).toBe(SECTOR_BYTES);
    await expect(file.read(into, 0)).rejects.toMatchObject({ code: 'EIO' });
    expect(await file.read(into, 0)).toBe(SECTOR_BYTES);
    disk.failNext('write', 1, 'ENOSPC');
    expect(() => file.writeNow(into, 0)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    disk.failNext('sync');
    await expect(disk.syncFolder('.')).rejects.toMatchObject({ code: 'EIO' });
  });

  it('may lose for ever what a failed sync was to make durable', async () => {
    const found = await outcomes(async (disk, file) => {
      disk.failNext('sync');
      await file.write(filled(1, 2), 0);
      await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
      expect(sectors(disk)).toBe('2111');
      await file.sync();
    }, sectors);
    expect([...found].sort()).toEqual(['1111', '2111']);
  });

  it('is full when its capacity is used up', async () => {
    const { disk, file } = await prepared(1);
    disk.capacity = 5 * SECTOR_BYTES;
    await file.write(filled(4, 2), 0);
    await expect(file.write(filled(4, 3), 2 * SECTOR_BYTES)).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    expect(sectors(disk)).toBe('22333');
    await expect(file.truncate(6 * SECTOR_BYTES)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await disk.space()).toEqual({ free: 0, total: 5 * SECTOR_BYTES });
    await file.truncate(0);
    await file.writeDurably([filled(5, 4)], 0);
    expect(sectors(disk)).toBe('44444');
  });

  it('changes nothing while it is read-only', async () => {
    const { disk, file } = await prepared(1);
    disk.readOnly = true;
    for (const attempt of [
      file.write(filled(1, 2), 0),
      file.truncate(0),
      disk.open('new', 'write'),
      disk.open('file', 'append'),
      disk.rename('file', 'new'),
      disk.remove('file'),
      disk.makeFolder('folder'),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'EROFS' });
    }
    expect(`${sectors(disk)} ${names(disk)}`).toBe('1111 file');
  });

  it('can have a bit turned round, for ever', async () => {
    const { disk, file } = await prepared(1);
    disk.flip('file', 700);
    expect(disk.contents('file')[700]).toBe(0);
    await file.sync();
    expect(disk.crash().contents('file')[700]).toBe(0);
  });

  it('keeps what was written, whatever becomes of the buffer', async () => {
    const { disk, file } = await prepared(1);
    const bytes = Buffer.from(filled(4, 2));
    await file.write(bytes, 0);
    bytes.fill(3);
    expect(sectors(disk)).toBe('2222');
    file.writeNow(bytes, 0);
    bytes.fill(4);
    await file.sync();
    expect(sectors(disk.crash())).toBe('3333');
  });

  it('notices a buffer that changes while it is written', async () => {
    const { file } = await prepared(1);
    const bytes = Buffer.from(filled(1, 2));
    const writing = file.write(bytes, 0);
    bytes[0] = 3;
    await expect(writing).rejects.toThrow('changed while it was being written');
  });
});

describe('a disk under load', () => {
  it('ends what is asked of different files in any order, and of one file in order', async () => {
    const orders = new Set<string>();
    for (const seed of SEEDS) {
      const disk = new FaultyDisk(seed);
      const [a, b] = [await disk.open('a', 'write'), await disk.open('b', 'write')];
      const order: string[] = [];
      const note = (text: string) => () => order.push(text);
      await Promise.all([
        a.write(filled(1, 1), 0).then(note('a1')),
        a.sync().then(note('a2')),
        b.write(filled(1, 1), 0).then(note('b1')),
        b.sync().then(note('b2')),
      ]);
      orders.add(order.join(' '));
    }
    expect([...orders].sort()).toEqual([
      'a1 a2 b1 b2',
      'a1 b1 a2 b2',
      'a1 b1 b2 a2',
      'b1 a1 a2 b2',
      'b1 a1 b2 a2',
      'b1 b2 a1 a2',
    ]);
  });
});
