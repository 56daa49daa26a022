import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/store/disk.ts';
import type { Finding } from '../../src/store/finding.ts';
import { Irreparable } from '../../src/store/finding.ts';
import { type Examination, examine } from '../../src/store/repair.ts';
import type { SegmentLog } from '../../src/store/segment-log.ts';
import { decodeSnapshot } from '../../src/store/snapshot.ts';
import { FaultyDisk } from '../kit/faulty-disk.ts';
import { append, durable, openSmall, type ReadBack, readBack } from './kit.ts';

const encoder = new TextEncoder();

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function bodyOf(queue: number, seq: number): string {
  return `${queue}/${seq} `.padEnd(900, '.');
}

/** Appends messages one by one, each in a batch of its own. */
async function fill(log: SegmentLog, queue: number, from: number, to: number): Promise<void> {
  for (let seq = from; seq < to; seq++) {
    append(log, [[log.lane(queue, 0), seq]], bodyOf(queue, seq));
    await durable(log);
  }
}

async function declare(log: SegmentLog, name: string): Promise<void> {
  log.appendFact({ kind: 9, payload: encoder.encode(name) });
  await durable(log);
}

/** A directory with messages in the log alone: queue 1 has 0 to 7, of which 2 is gone. */
async function inLog(): Promise<FaultyDisk> {
  const disk = new FaultyDisk(1);
  const { log } = await openSmall(disk);
  await declare(log, 'one');
  await fill(log, 1, 0, 4);
  log.appendSettled(log.lane(1, 0), 2);
  await durable(log);
  await declare(log, 'two');
  await fill(log, 1, 4, 8);
  return disk.kill();
}

/**
 * A directory that was closed: of its two queues' messages up to 99 only those that `waits` says are
 * there. Where most of them are, files of the log stay as segments.
 */
async function closed(waits: (seq: number) => boolean): Promise<FaultyDisk> {
  const disk = new FaultyDisk(2);
  const { log } = await openSmall(disk);
  log.describeBy(() => [{ kind: 9, payload: encoder.encode('both') }]);
  for (const queue of [1, 2]) await fill(log, queue, 0, 100);
  for (const queue of [1, 2]) {
    for (const seq of numbers(0, 100)) {
      if (!waits(seq)) log.appendSettled(log.lane(queue, 0), seq);
    }
  }
  await log.close();
  return disk.kill();
}

const even = (seq: number): boolean => seq % 2 === 0;
const evens = numbers(0, 100).filter(even);
const inSegments = (): Promise<FaultyDisk> => closed(even);

const most = (seq: number): boolean => seq > 1;
const inKeptFiles = (): Promise<FaultyDisk> => closed(most);

interface Contents {
  readonly facts: readonly string[];
  readonly lanes: ReadonlyMap<number, readonly ReadBack[]>;
}

async function contents(disk: Disk): Promise<Contents> {
  const { log, recovered } = await openSmall(disk);
  const lanes = new Map<number, readonly ReadBack[]>();
  for (const { queue, priority, count } of recovered.lanes) {
    const messages = readBack(log, log.lane(queue, priority));
    expect(messages).toHaveLength(count);
    lanes.set(queue, messages);
  }
  await log.close();
  const facts = recovered.facts.map(({ payload }) => Buffer.from(payload).toString());
  return { facts, lanes };
}

function seqsOf({ lanes }: Contents, queue: number): readonly number[] {
  return (lanes.get(queue) ?? []).map(({ seq }) => seq);
}

function only(examination: Examination): Finding {
  expect(examination.findings).toHaveLength(1);
  return examination.findings[0]!;
}

function pathIn(disk: FaultyDisk, folder: string, nth = 0): string {
  return disk.paths().filter((path) => path.startsWith(`${folder}/`))[nth]!;
}

function imageOf(disk: FaultyDisk): ReadonlyMap<string, string> {
  return new Map(
    disk.paths().map((path) => [path, Buffer.from(disk.contents(path)).toString('base64')]),
  );
}

describe('a data directory that is whole', () => {
  it('has nothing to be repaired, and is left alone', async () => {
    for (const disk of [await inLog(), await inSegments()]) {
      const before = imageOf(disk);
      const examination = await examine(disk);
      expect(examination.findings).toEqual([]);
      await examination.repair();
      expect(imageOf(disk)).toEqual(before);
    }
  });

  it('may be an empty one', async () => {
    const examination = await examine(new FaultyDisk(1));
    expect(examination.findings).toEqual([]);
  });

  it('may end in a batch that was being written', async () => {
    const disk = await inLog();
    const end = 4096 * 12;
    disk.flip(pathIn(disk, 'wal'), end - 4096 + 100);
    expect((await examine(disk)).findings).toEqual([]);
  });
});

describe('a log that is damaged within', () => {
  it('is cut there, and it is said before what is lost', async () => {
    const disk = await inLog();
    const path = pathIn(disk, 'wal');
    // The batches: one, 0, 1, 2, 3, 2 is gone, two, 4, 5, 6, 7; this is that of 3.
    const offset = 4096 * 5;
    disk.flip(path, offset + 500);
    await expect(openSmall(disk)).rejects.toThrow(`${path}, offset ${offset}`);
    const before = imageOf(disk);
    const examination = await examine(disk);
    expect(imageOf(disk)).toEqual(before);
    expect(only(examination)).toMatchObject({
      path,
      offset,
      reason: expect.stringContaining('batch 5 has a wrong checksum'),
      remedy: {
        is: 'log cut',
        batches: 6,
        files: [],
        messages: new Map([[1, 4]]),
        returning: new Map([[1, 1]]),
        facts: [{ kind: 9, payload: encoder.encode('two') }],
      },
    });
    await examination.repair();
    const after = await contents(disk);
    expect(seqsOf(after, 1)).toEqual([0, 1, 2]);
    expect(after.facts).toEqual(['one']);
  });

  it('loses the files that follow as well', async () => {
    const disk = new FaultyDisk(3);
    const { log } = await openSmall(disk);
    await fill(log, 1, 0, 40);
    const killed = disk.kill();
    const [first, second, third] = killed.paths().filter((path) => path.startsWith('wal/'));
    killed.flip(first!, 4096 * 3 + 50);
    const examination = await examine(killed);
    const { remedy } = only(examination);
    expect(remedy).toMatchObject({ is: 'log cut', messages: new Map([[1, 37]]) });
    expect(remedy).toHaveProperty('files', third === undefined ? [second] : [second, third]);
    await examination.repair();
    expect(seqsOf(await contents(killed), 1)).toEqual([0, 1]);
  });

  it('loses a file that follows one that is missing', async () => {
    const disk = new FaultyDisk(3);
    const { log } = await openSmall(disk);
    await fill(log, 1, 0, 40);
    const killed = disk.kill();
    const [first, second, third] = killed.paths().filter((path) => path.startsWith('wal/'));
    await killed.remove(first!);
    const examination = await examine(killed);
    const files = third === undefined ? [second] : [second, third];
    expect(only(examination)).toMatchObject({ path: first, remedy: { files } });
    await examination.repair();
    expect((await contents(killed)).lanes.size).toBe(0);
  });

  it('loses nothing when it is only the header of a file', async () => {
    const disk = await inLog();
    const path = pathIn(disk, 'wal');
    disk.flip(path, 9);
    const examination = await examine(disk);
    expect(only(examination)).toMatchObject({ path, remedy: { is: 'header written' } });
    await examination.repair();
    expect(seqsOf(await contents(disk), 1)).toEqual([0, 1, 3, 4, 5, 6, 7]);
  });
});

describe('a segment that is damaged', () => {
  it('loses the section, and no more', async () => {
    const disk = await inSegments();
    const path = pathIn(disk, 'segments');
    disk.flip(path, 4096 + 1000);
    const examination = await examine(disk);
    const { offset, reason, remedy } = only(examination);
    expect([offset, reason]).toEqual([4096, 'the section has a wrong checksum']);
    const messages = remedy.is === 'section dropped' ? remedy.messages : undefined;
    const [[queue, count] = [0, 0]] = [...(messages ?? [])];
    expect(count).toBeGreaterThan(0);
    await examination.repair();
    const after = await contents(disk);
    expect(seqsOf(after, queue)).toHaveLength(50 - count);
    expect(seqsOf(after, 3 - queue)).toEqual(evens);
  });

  it('loses all that is in it when it is missing', async () => {
    const disk = await inSegments();
    const path = pathIn(disk, 'segments');
    await disk.remove(path);
    await expect(openSmall(disk)).rejects.toThrow('missing');
    const examination = await examine(disk);
    const { remedy } = only(examination);
    const messages = remedy.is === 'section dropped' ? remedy.messages : undefined;
    await examination.repair();
    const after = await contents(disk);
    for (const queue of [1, 2]) {
      const lost = messages?.get(queue) ?? 0;
      expect(seqsOf(after, queue)).toHaveLength(50 - lost);
    }
    expect(after.facts).toEqual(['both']);
  });

  it('loses what is behind its end when it is too short', async () => {
    const disk = await inSegments();
    const path = pathIn(disk, 'segments');
    const file = await disk.open(path, 'write');
    await file.truncate(4096 + 6000);
    await file.close();
    const examination = await examine(disk);
    const { offset, remedy } = only(examination);
    expect(offset).toBe(4096 + 6000);
    const messages = remedy.is === 'section dropped' ? remedy.messages : undefined;
    await examination.repair();
    const after = await contents(disk);
    const left = seqsOf(after, 1).length + seqsOf(after, 2).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBe(100 - (messages?.get(1) ?? 0) - (messages?.get(2) ?? 0));
  });

  it('loses a batch where it is a file of the log', async () => {
    const disk = await inKeptFiles();
    const path = pathIn(disk, 'wal');
    disk.flip(path, 4096 * 6 + 200);
    const examination = await examine(disk);
    expect(only(examination)).toEqual({
      path,
      offset: 4096 * 6,
      reason: 'the batch has a wrong checksum',
      remedy: { is: 'section dropped', messages: new Map([[1, 1]]) },
    });
    await examination.repair();
    const after = await contents(disk);
    expect(seqsOf(after, 1)).toEqual(numbers(2, 100).filter((seq) => seq !== 5));
    expect(seqsOf(after, 2)).toEqual(numbers(2, 100));
  });

  it('loses nothing when it is only its header', async () => {
    const disk = await inSegments();
    const path = pathIn(disk, 'segments');
    disk.flip(path, 17);
    const examination = await examine(disk);
    expect(only(examination)).toMatchObject({ path, remedy: { is: 'header written' } });
    await examination.repair();
    expect(seqsOf(await contents(disk), 1)).toEqual(evens);
  });
});

describe('a snapshot that is damaged', () => {
  it('has its lanes rebuilt from the segments', async () => {
    const disk = await inSegments();
    const path = pathIn(disk, 'snapshot');
    disk.flip(path, disk.contents(path).length - 5);
    const examination = await examine(disk);
    const { remedy } = only(examination);
    const messages = remedy.is === 'lanes rebuilt' ? remedy.messages : new Map<number, number>();
    await examination.repair();
    const after = await contents(disk);
    for (const queue of [1, 2]) {
      expect(messages.get(queue)).toBe(seqsOf(after, queue).length);
      // What was consumed may be back; what waited must be.
      expect(seqsOf(after, queue)).toEqual(expect.arrayContaining(evens));
      for (const { seq, body, returns } of after.lanes.get(queue) ?? []) {
        expect(body).toBe(bodyOf(queue, seq));
        expect(returns).toBeGreaterThan(0);
      }
    }
    expect(after.facts).toEqual(['both']);
  });

  it('has its lanes rebuilt from files of the log as well', async () => {
    const disk = await inKeptFiles();
    const path = pathIn(disk, 'snapshot');
    disk.flip(path, disk.contents(path).length - 5);
    const examination = await examine(disk);
    expect(only(examination).remedy).toMatchObject({ is: 'lanes rebuilt' });
    await examination.repair();
    const after = await contents(disk);
    for (const queue of [1, 2]) {
      expect(seqsOf(after, queue)).toEqual(expect.arrayContaining(numbers(2, 100)));
    }
  });

  it('has its lanes rebuilt from what is whole of a segment', async () => {
    const disk = await inSegments();
    const snapshot = pathIn(disk, 'snapshot');
    disk.flip(snapshot, disk.contents(snapshot).length - 5);
    const segment = pathIn(disk, 'segments');
    disk.flip(segment, 4096 + 4);
    const examination = await examine(disk);
    expect(examination.findings).toMatchObject([
      { path: snapshot, remedy: { is: 'lanes rebuilt' } },
      { path: segment, offset: 4096, remedy: { is: 'section dropped', messages: undefined } },
    ]);
    await examination.repair();
    const after = await contents(disk);
    const missing = [1, 2].flatMap((queue) => {
      const found = new Set(seqsOf(after, queue));
      return evens.filter((seq) => !found.has(seq));
    });
    expect(missing.length).toBeGreaterThan(0);
    expect(missing.length).toBeLessThan(10);
  });

  it('is beyond repair when its definitions are', async () => {
    const disk = await inSegments();
    disk.flip(pathIn(disk, 'snapshot'), 70);
    await expect(examine(disk)).rejects.toThrow(Irreparable);
    await expect(examine(disk)).rejects.toThrow('all definitions are lost');
  });

  it('is beyond repair when it is gone', async () => {
    const disk = await inSegments();
    await disk.remove(pathIn(disk, 'snapshot'));
    await expect(examine(disk)).rejects.toThrow('no snapshot');
  });

  it('gives way to an older one that is whole', async () => {
    const disk = await inLog();
    const path = pathIn(disk, 'snapshot');
    const { walFile } = decodeSnapshot(disk.contents(path));
    const newer = `snapshot/${String(walFile + 1).padStart(12, '0')}.snap`;
    const file = await disk.open(newer, 'write');
    await file.write(disk.contents(path).subarray(0, 50), 0);
    await file.close();
    const examination = await examine(disk);
    expect(only(examination)).toMatchObject({ path: newer, remedy: { is: 'snapshot dropped' } });
    await examination.repair();
    expect(seqsOf(await contents(disk), 1)).toEqual([0, 1, 3, 4, 5, 6, 7]);
  });
});

describe('a data directory with one fault anywhere', () => {
  const makers = [inLog, inSegments, inKeptFiles];

  async function afterFault(make: () => Promise<FaultyDisk>, place: number, kind: string) {
    const disk = await make();
    const paths = disk.paths();
    const path = paths[place % paths.length]!;
    const at = Math.floor(place / paths.length) % Math.max(1, disk.contents(path).length);
    if (kind === 'flip') disk.flip(path, at);
    else if (kind === 'remove') await disk.remove(path);
    else {
      const file = await disk.open(path, 'write');
      await file.truncate(at);
      await file.close();
    }
    return disk;
  }

  it('opens after its repair, with nothing in it that was not there before', async () => {
    const kinds = fc.constantFrom('flip', 'flip', 'flip', 'cut', 'remove');
    await fc.assert(
      fc.asyncProperty(fc.nat(), kinds, fc.nat(2), async (place, kind, maker) => {
        const disk = await afterFault(makers[maker]!, place, kind);
        let examination: Examination;
        try {
          examination = await examine(disk);
        } catch (error) {
          expect(error).toBeInstanceOf(Irreparable);
          return;
        }
        await examination.repair();
        expect((await examine(disk)).findings).toEqual([]);
        const after = await contents(disk);
        for (const [queue, messages] of after.lanes) {
          for (const { seq, body } of messages) expect(body).toBe(bodyOf(queue, seq));
        }
        const harmless = ['header written', 'snapshot dropped'];
        const isHarmless = examination.findings.every(({ remedy }) => harmless.includes(remedy.is));
        // The last batch of a log may as well have been on its way.
        if (!isHarmless || maker === 0) return;
        const waiting = maker === 1 ? evens : numbers(2, 100);
        for (const queue of [1, 2]) expect(seqsOf(after, queue)).toEqual(waiting);
      }),
      { numRuns: 40 },
    );
  });
});
