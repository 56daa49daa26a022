import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SuitePlace } from '../../conformance/clients/kit/place.ts';

let folder: string;
let place: SuitePlace;
const caches = process.env['XDG_CACHE_HOME'];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leveret-place-test-'));
  process.env['XDG_CACHE_HOME'] = folder;
  place = await SuitePlace.make('client', 'suite', folder, join(folder, 'log'));
});

afterEach(async () => {
  if (caches === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = caches;
  await place.remove();
  await rm(folder, { recursive: true });
});

/** Whether it runs; what has ended may stay as a zombie where nobody asks for its status. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('the place of a suite', () => {
  it('gives the status of a command and all that it has said, and keeps that in the log', async () => {
    const command = 'echo "$GIVEN"; pwd; echo wrong >&2; exit 3';
    const options = { environment: { GIVEN: 'given' }, folder: place.work };
    const ended = await place.run('sh', ['-c', command], options);
    expect(ended).toEqual({ status: 3, output: `given\n${place.work}\nwrong\n` });
    expect(await readFile(place.log, 'utf8')).toContain(ended.output);
  });

  it('ends a command that takes too long with all that it has started', async () => {
    const command = 'sleep 300 & echo $!; wait';
    const ended = await place.run('sh', ['-c', command], { seconds: 1 });
    expect(ended.status).toBeUndefined();
    const started = Number(ended.output);
    expect(started).toBeGreaterThan(0);
    await expect.poll(() => isAlive(started)).toBe(false);
  });

  it('does not wait for what a command leaves behind, and ends that', async () => {
    const ended = await place.run('sh', ['-c', 'sleep 300 & echo $!'], { seconds: 200 });
    expect(ended.status).toBe(0);
    await expect.poll(() => isAlive(Number(ended.output))).toBe(false);
  });

  it('throws when a command that must succeed does not, or cannot be run', async () => {
    await expect(place.must('sh', ['-c', 'echo because; exit 2'])).rejects.toThrow('because');
    await expect(place.must('/no/such/command', [])).rejects.toThrow('ENOENT');
    await expect(place.must('true', [])).resolves.toMatchObject({ status: 0 });
  });

  it('runs nothing more once its time is over', async () => {
    const sign = join(folder, 'sign');
    const running = place.run('sh', ['-c', `echo begun >'${sign}'; sleep 300`]);
    await expect.poll(() => existsSync(sign)).toBe(true);
    place.kill();
    expect((await running).status).toBeUndefined();
    await expect(place.run('true', [])).rejects.toThrow('the time is over');
  });
});
