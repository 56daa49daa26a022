import { closeSync, cpSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { factKinds } from '../../src/broker/definition-facts.ts';
import { RealClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/logger.ts';
import { SeededRandom } from '../../src/kit/random.ts';
import { openRepair } from '../../src/server/repair.ts';
import { lockDirectory } from '../../src/store/directory-lock.ts';
import { FileDisk } from '../../src/store/file-disk.ts';
import { openSegmentLog } from '../../src/store/open-segment-log.ts';
import { append, durable } from '../store/kit.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-repair-'));
  folders.push(folder);
  return folder;
}

function open(folder: string) {
  return openSegmentLog({
    disk: new FileDisk(folder),
    clock: new RealClock(),
    random: new SeededRandom(1),
    logger: silentLogger,
    walBytes: 256 * 1024,
  });
}

/** A folder with a queue and four messages of it in a log that was never closed. */
async function used(): Promise<string> {
  const folder = newFolder();
  const { log } = await open(folder);
  const queue = { number: 5, name: 'orders', vhost: '/', autoDelete: false, arguments: new Map() };
  log.appendFact(factKinds.queueDeclared.factOf(queue));
  for (let seq = 0; seq < 4; seq++) {
    append(log, [[log.lane(5, 0), seq]], `message ${seq}`);
    await durable(log);
  }
  append(log, [[log.lane(6, 0), 0]], 'of no queue');
  log.appendSettled(log.lane(5, 0), 0);
  log.appendFact(factKinds.vhostAdded.factOf({ name: 'other' }));
  await durable(log);
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  await log.close();
  return copy;
}

function damage(folder: string, path: string, offset: number): void {
  const file = openSync(join(folder, path), 'r+');
  writeSync(file, Buffer.from('damaged'), 0, 7, offset);
  closeSync(file);
}

const LOG = 'wal/000000000001.wal';

describe('a look at a data directory', () => {
  it('finds nothing in one that is whole', async () => {
    const directory = await openRepair(await used());
    expect(directory.report).toEqual([]);
    await directory.close();
  });

  it('tells what is damaged, and what is lost by the names of its queues', async () => {
    const folder = await used();
    damage(folder, LOG, 4096 * 3 + 60);
    const directory = await openRepair(folder);
    expect(directory.report).toEqual([
      `${LOG}, offset 12288: batch 3 has a wrong checksum, but a good batch follows at offset 16384`,
      '  drops what was there, and 2 batches behind it',
      "  queue 'orders' in vhost '/': 1 message dropped",
      '  a queue that is gone (number 6): 1 message dropped',
      "  queue 'orders' in vhost '/': 1 message consumed before, waiting again",
      '  1 change of definitions dropped: vhost added',
    ]);
    await directory.repair();
    await directory.close();
    const { log, recovered } = await open(folder);
    expect(recovered.lanes).toMatchObject([{ queue: 5, count: 2 }]);
    await log.close();
  });

  it('is not to be had while somebody works in it', async () => {
    const folder = await used();
    const lock = await lockDirectory(folder);
    await expect(openRepair(folder)).rejects.toThrow('in use by process');
    await lock.release();
    const directory = await openRepair(folder);
    await directory.close();
  });

  it('is refused where there is no data, and nothing is left there', async () => {
    const folder = newFolder();
    await expect(openRepair(folder)).rejects.toThrow(`there is no data in ${folder}`);
    expect(readdirSync(folder)).toEqual([]);
    const none = join(folder, 'none');
    await expect(openRepair(none)).rejects.toThrow('there is no data');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says so when nothing can be done, and gives the directory back', async () => {
    const folder = await used();
    const [name] = readdirSync(join(folder, 'snapshot'));
    damage(folder, `snapshot/${name}`, 50);
    await expect(openRepair(folder)).rejects.toThrow(/cannot be repaired: snapshot.* put a copy/);
    await (await lockDirectory(folder)).release();
  });
});
