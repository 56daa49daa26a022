import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../src/kit/clock.ts';
import type { Disk } from '../../src/store/disk.ts';
import { FileDisk } from '../../src/store/file-disk.ts';
import type { SegmentLog } from '../../src/store/segment-log.ts';
import { appendLogContract } from '../contracts/append-log.ts';
import { append, durable, openSmall, readBack } from './kit.ts';

let root: string;
let disk: Disk;
let clock: VirtualClock;
let copies = 0;
const roots: string[] = [];
const open: SegmentLog[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'leveret-log-'));
  roots.push(root);
  disk = new FileDisk(root);
  clock = new VirtualClock(1000);
});

afterEach(async () => {
  for (const log of open.splice(0)) await log.close();
  for (const each of roots.splice(0)) rmSync(each, { recursive: true, force: true });
});

async function opened() {
  const both = await openSmall(disk, clock);
  open.push(both.log);
  return both;
}

async function reopened(log: SegmentLog) {
  await log.close();
  return opened();
}

/** What a process that was killed leaves: nothing is closed, another one takes over. */
function killed(): void {
  const copy = `${root}-${++copies}`;
  cpSync(root, copy, { recursive: true });
  roots.push(copy);
  root = copy;
  disk = new FileDisk(copy);
}

async function abandoned() {
  killed();
  return opened();
}

const files = (folder: string) => readdirSync(join(root, folder)).sort();
const bytesIn = (folder: string) =>
  files(folder).reduce((sum, name) => sum + statSync(join(root, folder, name)).size, 0);

describe('the segment log', () => {
  appendLogContract('the segment log', async () => (await opened()).log);
});

describe('the disk', () => {
  it('is asked for messages, and both ways are counted', async () => {
    const { log } = await opened();
    const lane = log.lane(5, 0);
    append(log, [[lane, 0]], 'first');
    append(log, [[lane, 1]], 'second');
    await durable(log);
    expect(log.traffic).toEqual({ written: 2, read: 0 });
    const { log: next } = await reopened(log);
    expect(readBack(next, next.lane(5, 0))).toHaveLength(2);
    expect(next.traffic).toEqual({ written: 0, read: 2 });
  });
});

describe('what was durable', () => {
  it('is there again after a restart in good order, and after none', async () => {
    for (const restart of [reopened, abandoned]) {
      const { log } = await opened();
      const [high, low] = [log.lane(5, 1), log.lane(5, 0)];
      append(
        log,
        [
          [low, 0],
          [high, 0, 5000],
        ],
        'first',
      );
      append(log, [[low, 1]], 'second', 9);
      await durable(log);
      const { log: next, recovered } = await restart(log);
      expect(recovered.afterCrash).toBe(restart === abandoned);
      expect([...recovered.lanes].sort((a, b) => a.priority - b.priority)).toEqual([
        { queue: 5, priority: 0, next: 2, count: 2, bytes: 11, expires: false },
        { queue: 5, priority: 1, next: 1, count: 1, bytes: 5, expires: true },
      ]);
      expect(readBack(next, next.lane(5, 0))).toEqual([
        { seq: 0, body: 'first', flags: 1, expiresAt: Infinity, returns: 0 },
        { seq: 1, body: 'second', flags: 9, expiresAt: Infinity, returns: 0 },
      ]);
      expect(readBack(next, next.lane(5, 1))).toEqual([
        { seq: 0, body: 'first', flags: 1, expiresAt: 5000, returns: 0 },
      ]);
      root = `${root}-fresh`;
      roots.push(root);
      disk = new FileDisk(root);
    }
  });

  it('does not come back once it has been settled', async () => {
    const { log } = await opened();
    const lane = log.lane(1, 0);
    for (let seq = 0; seq < 10; seq++) append(log, [[lane, seq]], `m${seq}`);
    log.appendSettled(lane, 0);
    log.appendSettled(lane, 4);
    log.appendSettledRange(lane, 6, 9);
    await durable(log);
    const { log: second } = await abandoned();
    expect(readBack(second, second.lane(1, 0)).map(({ seq }) => seq)).toEqual([1, 2, 3, 5, 9]);
    second.appendSettled(second.lane(1, 0), 2);
    await durable(second);
    const { log: third, recovered } = await reopened(second);
    expect(readBack(third, third.lane(1, 0)).map(({ seq }) => seq)).toEqual([1, 3, 5, 9]);
    expect(recovered.lanes).toMatchObject([{ next: 10, count: 4, bytes: 8 }]);
  });

  it('says what was handed out and how often it has come back', async () => {
    const { log } = await opened();
    const lane = log.lane(1, 0);
    for (let seq = 0; seq < 4; seq++) append(log, [[lane, seq]], 'x');
    log.noteDelivered(lane, 3);
    log.appendReturned(lane, 1, 7);
    await durable(log);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { log: next } = await abandoned();
    expect(readBack(next, next.lane(1, 0)).map(({ returns }) => returns)).toEqual([1, 7, 1, 0]);
    const { log: last } = await reopened(next);
    expect(readBack(last, last.lane(1, 0)).map(({ returns }) => returns)).toEqual([1, 7, 1, 0]);
  });

  it('goes with its queue', async () => {
    const { log } = await opened();
    append(
      log,
      [
        [log.lane(1, 0), 0],
        [log.lane(2, 0), 0],
      ],
      'x',
    );
    log.appendQueueDropped(1);
    await durable(log);
    const { recovered } = await abandoned();
    expect(recovered.lanes.map(({ queue }) => queue)).toEqual([2]);
  });

  it('has its facts in their order, or what its keeper says of them', async () => {
    const fact = (kind: number) => ({ kind, payload: new Uint8Array([kind, 2, 3]) });
    const { log } = await opened();
    for (const kind of [3, 1, 2]) log.appendFact(fact(kind));
    await durable(log);
    const { log: next, recovered } = await abandoned();
    expect(recovered.facts).toEqual([3, 1, 2].map(fact));
    next.describeBy(() => [fact(9)]);
    next.appendFact(fact(9));
    const { recovered: last } = await reopened(next);
    expect(last.facts).toEqual([fact(9)]);
  });

  it('survives being cut off in the middle of its last batch', async () => {
    const { log } = await opened();
    const lane = log.lane(1, 0);
    append(log, [[lane, 0]], 'kept');
    await durable(log);
    append(log, [[lane, 1]], 'x'.repeat(9000));
    await durable(log);
    killed();
    const [name = ''] = files('wal');
    const path = join(root, 'wal', name);
    const bytes = readFileSync(path);
    bytes.fill(0, 4096 + 4096 + 5000);
    writeFileSync(path, bytes);
    const { log: next } = await opened();
    expect(readBack(next, next.lane(1, 0)).map(({ body }) => body)).toEqual(['kept']);
  });

  it('is not guessed at when it has been damaged', async () => {
    const { log } = await opened();
    const lane = log.lane(1, 0);
    for (let seq = 0; seq < 3; seq++) {
      append(log, [[lane, seq]], `m${seq}`);
      await durable(log);
    }
    killed();
    const [name = ''] = files('wal');
    const path = join(root, 'wal', name);
    const bytes = readFileSync(path);
    bytes[2 * 4096 + 60] = 0xff;
    writeFileSync(path, bytes);
    await expect(opened()).rejects.toThrow(`wal/${name}, offset 8192`);
  });
});

const stored = () => bytesIn('segments') + bytesIn('wal');

describe('what became of messages', () => {
  const turns = () => new Promise((resolve) => setTimeout(resolve, 50));

  it('is written with what comes next', async () => {
    const { log } = await opened();
    const lane = log.lane(1, 0);
    append(log, [[lane, 0]], 'm');
    await durable(log);
    log.noteDelivered(lane, 1);
    const settled = log.appendSettled(lane, 0);
    await turns();
    expect(log.durable).toBeLessThan(settled);
    append(log, [[lane, 1]], 'm');
    await expect.poll(() => log.durable).toBeGreaterThan(settled);
  });

  it('is written a moment later when nothing comes', async () => {
    const { log } = await opened();
    const lane = log.lane(1, 0);
    append(log, [[lane, 0]], 'm');
    await durable(log);
    const settled = log.appendSettledRange(lane, 0, 1);
    await clock.advance(10);
    await expect.poll(() => log.durable).toBe(settled);
  });

  it('is written at once when somebody waits for it', async () => {
    const { log } = await opened();
    const lane = log.lane(1, 0);
    append(log, [[lane, 0]], 'm');
    await durable(log);
    log.appendReturned(lane, 0, 1);
    await durable(log);
    expect(log.durable).toBe(log.appended);
  });
});

describe('a log that moves on', () => {
  // Many queues share each batch: what waits of them is sorted when it is stored.
  async function fillMany(log: SegmentLog, queues: number, each: number) {
    for (let seq = 0; seq < each; seq++) {
      for (let queue = 1; queue <= queues; queue++) {
        append(log, [[log.lane(queue, 0), seq]], `${queue}:${seq} ${'w'.repeat(200)}`);
      }
      await durable(log);
    }
  }

  it('sorts what many queues have in one file', async () => {
    const { log } = await opened();
    await fillMany(log, 20, 60);
    expect(files('segments').length).toBeGreaterThan(1);
    const { log: next } = await abandoned();
    for (let queue = 1; queue <= 20; queue++) {
      const read = readBack(next, next.lane(queue, 0)).map(({ body }) => body.split(' ')[0]);
      expect(read).toEqual(Array.from({ length: 60 }, (_, seq) => `${queue}:${seq}`));
    }
  });

  it('gives the space of many queues back when one message of each stays', async () => {
    const { log } = await opened();
    await fillMany(log, 20, 60);
    const before = stored();
    for (let queue = 1; queue <= 20; queue++) log.appendSettledRange(log.lane(queue, 0), 1, 60);
    await durable(log);
    await vi.waitFor(async () => {
      await clock.advance(1000);
      expect(bytesIn('segments')).toBeLessThan(30_000);
    }, 5000);
    expect(stored()).toBeLessThan(before);
    const { log: next } = await abandoned();
    for (let queue = 1; queue <= 20; queue++) {
      expect(readBack(next, next.lane(queue, 0)).map(({ seq }) => seq)).toEqual([0]);
    }
  });

  async function fill(log: SegmentLog, from: number, to: number, body = 'y'.repeat(1000)) {
    const lane = log.lane(1, 0);
    for (let seq = from; seq < to; seq++) {
      append(log, [[lane, seq]], `${seq} ${body}`);
      if (seq % 10 === 0) await durable(log);
    }
    await durable(log);
  }

  const settle = (log: SegmentLog, from: number, to: number, except: (seq: number) => boolean) => {
    for (let seq = from; seq < to; seq++) {
      if (!except(seq)) log.appendSettled(log.lane(1, 0), seq);
    }
  };

  it('stores what still waits, in order, readable in pieces', async () => {
    const { log } = await opened();
    await fill(log, 0, 1000);
    const { storedTo } = log.lane(1, 0);
    expect(storedTo).toBeGreaterThan(300);
    const read = readBack(log, log.lane(1, 0));
    expect(read.map(({ seq }) => seq)).toEqual(Array.from({ length: storedTo }, (_, i) => i));
    expect(read.every(({ seq, body }) => body.startsWith(`${seq} y`))).toBe(true);
    const { log: next, recovered } = await abandoned();
    expect(recovered.lanes).toMatchObject([{ next: 1000, count: 1000 }]);
    expect(readBack(next, next.lane(1, 0))).toHaveLength(1000);
  });

  it('keeps few files of its own while everything is consumed', async () => {
    const { log } = await opened();
    for (let round = 0; round < 20; round++) {
      await fill(log, round * 100, round * 100 + 100);
      settle(log, round * 100, round * 100 + 100, () => false);
    }
    await durable(log);
    await vi.waitFor(async () => {
      await clock.advance(1000);
      expect(files('segments')).toEqual([]);
      expect(files('wal').length).toBeLessThan(12);
    }, 15_000);
  });

  it('gives space back when one old message of many stays', async () => {
    const { log } = await opened();
    await fill(log, 0, 2000);
    const before = stored();
    settle(log, 0, 2000, (seq) => seq % 100 === 0);
    await durable(log);
    await vi.waitFor(async () => {
      await clock.advance(1000);
      expect(stored()).toBeLessThan(before / 4);
    }, 5000);
    await log.close();
    const { log: next } = await opened();
    expect(readBack(next, next.lane(1, 0)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 20 }, (_, i) => i * 100),
    );
  });

  it('takes messages that are larger than its files', async () => {
    const { log } = await opened();
    const body = 'z'.repeat(300_000);
    await fill(log, 0, 3, body);
    await fill(log, 3, 200);
    const { log: next } = await abandoned();
    const read = readBack(next, next.lane(1, 0));
    expect(read.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(read.slice(0, 3).map(({ body: b }) => b.length)).toEqual([300_002, 300_002, 300_002]);
  });
});

describe('a directory whose snapshot is gone', () => {
  it('is not taken for a new one', async () => {
    const { log } = await opened();
    append(log, [[log.lane(1, 0), 0]], 'x');
    await durable(log);
    killed();
    rmSync(join(root, 'snapshot'), { recursive: true });
    await expect(opened()).rejects.toThrow('there is no snapshot');
    expect(files('wal')).not.toEqual([]);
  });
});
